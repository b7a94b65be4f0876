import Support
import TCPModel

/// A noticeable share of the segments had to be sent again.
enum RetransmissionsRule: FindingRule {
  static let kind = FindingKind.retransmissions
  static let severity = Finding.Severity.warning

  /// Share of a side's segments, in thousandths, and the least number of them.
  static let leastShare: Int64 = 10
  static let leastCount: Int64 = 3

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    // What a segment sent again costs is not known yet; a round trip at least.
    let trip = max(connection.rtt.client?.mean ?? 0, connection.rtt.server?.mean ?? 0)
    let all = Side.allCases.reduce(0) { $0 + max(0, repeats(connection, $1)) }
    return Sighting(
      frames: connection.landmarks.firstRetransmission,
      cost: trip.multipliedReportingOverflow(by: all).partialValue
    ) { side in
      isMuch(connection, side) ? repeats(connection, side) : nil
    }?.telling("\(isMuch(connection, .client)) \(isMuch(connection, .server))")
  }

  static func sentence(_ group: FindingGroup) -> String {
    let sides = sides(group.example)
    let first = share(group.example, sides[0], unit: " segments")
    let other =
      sides.count > 1
      ? ", the \(sides[1].name) \(share(group.example, sides[1], unit: ""))" : ""
    return "\(group.capitalised) to \(group.serverName): the \(sides[0].name) sent "
      + "\(group.upTo)\(first) again\(other)\(group.count == 1 ? inVain(group.example) : group.worst)."
  }

  /// What the capture at the other end knows of the repeats.
  private static func inVain(_ connection: ConnectionSummary) -> String {
    let needless = needless(connection)
    return needless == 0
      ? ""
      : "; \(Quantity.counted(needless, "repeat")) arrived although the first copy had"
  }

  private static func needless(_ connection: ConnectionSummary) -> Int64 {
    sides(connection).reduce(0) { $0 &+ (connection.path?.directions[$1].needless ?? 0) }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let sides = sides(group.example)
    evidence.add("retransmitted_segments", repeats(group.example, sides[0]))
    evidence.add("segments", segments(group.example, sides[0]))
    evidence.add("by", sides[0].name)
    if group.example.path != nil { evidence.add("needless", needless(group.example)) }
    if sides.count > 1 {
      evidence.add("peer_retransmitted_segments", repeats(group.example, sides[1]))
      evidence.add("peer_segments", segments(group.example, sides[1]))
    }
    return evidence
  }

  /// Segments sent again, without those of the handshake.
  private static func repeats(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    (connection.traffic[side].retransmittedSegments ?? 0) - handshakes(connection, side)
  }

  private static func handshakes(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    let handshake = connection.handshake
    return Int64(side == .client ? handshake.synRetransmissions : handshake.synACKRetransmissions)
  }

  /// What it sent, each once, without those of the handshake that were sent again.
  private static func segments(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    max(connection.traffic[side].segments, connection.path?.directions[side].sent ?? 0)
      - handshakes(connection, side)
      - Int64(connection.analysis?[side].duplicateFrames ?? 0)
  }

  private static func isMuch(_ connection: ConnectionSummary, _ side: Side) -> Bool {
    let repeats = repeats(connection, side)
    // A FIN that nobody acknowledges is another trouble than loss.
    if connection.outcome == .halfClosed, connection.traffic[side].fin > repeats { return false }
    return repeats >= leastCount && repeats * 1000 >= segments(connection, side) * leastShare
  }

  /// Those that sent much again, the one that sent more first.
  private static func sides(_ connection: ConnectionSummary) -> [Side] {
    let serverSentMore = repeats(connection, .client) < repeats(connection, .server)
    return (serverSentMore ? [.server, .client] : [Side.client, .server]).filter {
      isMuch(connection, $0)
    }
  }

  /// `22 of 172 segments (12.8 %)`; one captured segment may have become many on the wire, so their
  /// number is no limit.
  private static func share(_ connection: ConnectionSummary, _ side: Side, unit: String) -> String {
    let all = segments(connection, side)
    let repeats = repeats(connection, side)
    if repeats > all { return "\(repeats)\(unit)" }
    return "\(repeats) of \(all)\(unit) (\(Quantity.percent(repeats, of: all)))"
  }
}
