import TCPModel

/// Whose segments a capture does not have, though it has what was sent to them: that they did not answer
/// cannot be told there.
///
/// An asymmetric route, a mirror of one direction, a filter by source.
struct DeafHosts {
  /// Forged addresses must not cost memory.
  private static let hostLimit = 1 << 12

  private struct Place: Hashable {
    var capture: Int
    var host: IPAddress
  }

  private var hosts: Set<Place> = []
  /// By capture: connections of which both directions are there, and such of one alone.
  private var twoWay: [Int: Int] = [:]
  private var oneWay: [Int: Int] = [:]
  /// Captures with a segment that neither opens nor closes: with the ACK of a handshake, if there was one.
  private var plain: Set<Int> = []
  /// Captures with a connection that opened, and not by what was captured.
  private var openedUnseen: Set<Int> = []

  /// One of all connections, or of a few of them.
  mutating func sample(_ connection: ConnectionSummary) {
    if connection.isTwoWay { twoWay[connection.capture, default: 0] += 1 }
    noteHeard(connection)
  }

  private mutating func noteHeard(_ connection: ConnectionSummary) {
    if connection.landmarks.opensUnseen { openedUnseen.insert(connection.capture) }
    for side in Side.allCases {
      let traffic = connection.traffic[side]
      if traffic.segments > traffic.syn + traffic.fin + traffic.rst {
        plain.insert(connection.capture)
      }
    }
  }

  mutating func add(_ connection: ConnectionSummary) {
    noteHeard(connection)
    // Somebody answered: the client acknowledges or goes on.
    guard connection.traffic.server.segments == 0, connection.outcome != .unanswered,
      connection.traffic.client.segments > 1
    else { return }
    oneWay[connection.capture, default: 0] += 1
    if hosts.count < Self.hostLimit {
      hosts.insert(Place(capture: connection.capture, host: connection.server.address))
    }
  }

  /// Whether the silence of a connection's server means nothing: another connection shows that its segments
  /// were not captured, or nobody's were that went that way.
  func has(_ connection: ConnectionSummary) -> Bool {
    if hosts.contains(Place(capture: connection.capture, host: connection.server.address)) {
      return true
    }
    guard hearsNobody(in: connection.capture) else { return false }
    // Nothing but SYNs, as a filter leaves them: who sends one again got no answer in time.
    return oneWay[connection.capture] != nil || connection.handshake.synRetransmissions == 0
  }

  /// No answer of anybody was captured.
  var hearsNobody: Bool { twoWay.isEmpty }

  /// There is a segment that neither opens nor closes.
  var hearsACKs: Bool { !plain.isEmpty }

  /// A filter for SYNs, FINs and RSTs left no ACK of anybody, also not of connections that opened: that one is
  /// missing says nothing there.
  func missesACKs(in capture: Int) -> Bool {
    !plain.contains(capture) && openedUnseen.contains(capture)
  }

  func hearsNobody(in capture: Int) -> Bool { twoWay[capture] == nil }
}
