import TCPModel

/// How long a segment travels between the capture point and each endpoint, one way.
///
/// One capture measures round trips only: a way is taken as half of one. Where nothing tells, both
/// are 0 and arrows are drawn level.
public struct PathDelays: Sendable, Hashable {
  public var toward: PerSide<Nanoseconds>
  /// Where the capture was taken: as the handshake says, else as data and their ACKs do.
  public var vantage: Vantage

  public init(_ summary: ConnectionSummary) {
    // The shortest trip seen is nearest to the path itself: it holds the least waiting.
    // Crossing SYNs answer nothing, so their distances are no trips.
    let handshake = summary.handshake.kind == .simultaneous ? nil : summary.handshake
    let toServer = PathDelays.shorter(handshake?.serverRTT, summary.rtt.client?.min) / 2
    let toClient = PathDelays.shorter(handshake?.clientRTT, summary.rtt.server?.min) / 2
    vantage = summary.vantage
    if vantage == .unknown, toServer > 0, toClient > 0 {
      vantage = PathDelays.vantage(toClient: toClient, toServer: toServer)
    }
    switch vantage {
    case .client: toward = PerSide(client: 0, server: toServer)
    case .server: toward = PerSide(client: toClient, server: 0)
    case .middle: toward = PerSide(client: toClient, server: toServer)
    case .unknown: toward = PerSide(both: 0)
    }
  }

  /// An end that answers in a tenth of the time of the other is where the capture was taken. No
  /// more than that: answers may wait, so two similar times do not prove a place between.
  private static func vantage(toClient: Nanoseconds, toServer: Nanoseconds) -> Vantage {
    if toClient < toServer / 10 { return .client }
    return toServer < toClient / 10 ? .server : .unknown
  }

  private static func shorter(_ left: Nanoseconds?, _ right: Nanoseconds?) -> Nanoseconds {
    max(0, min(left ?? right ?? 0, right ?? left ?? 0))
  }

  /// From one endpoint to the other.
  public var total: Nanoseconds { toward.client &+ toward.server }

  public var isKnown: Bool { total > 0 }
}

/// When something left its sender and reached its receiver, as far as one capture tells.
public struct Flight: Sendable, Hashable {
  public var departure: Nanoseconds
  public var arrival: Nanoseconds
}

/// Estimates flights so that no answer leaves before what it answers has arrived, and nothing
/// overtakes on the way.
struct FlightEstimate {
  struct Entry {
    var at: Nanoseconds
    var from: Side
    /// Relative; nil without the ACK flag.
    var acknowledgment: Int64?
    /// The first sequence number after it; nil when it takes no sequence space.
    var sequenceEnd: Int64?
    /// Nothing answers an RST.
    var isReset = false
  }

  /// More segments in flight than this are not searched for the one that is answered.
  private static let searchDepth = 256

  static func flights(_ entries: [Entry], _ delays: PathDelays) -> [Flight] {
    var flights = entries.map { entry in
      Flight(
        departure: entry.at &- delays.toward[entry.from],
        arrival: entry.at &+ delays.toward[entry.from.peer])
    }
    for side in Side.allCases where delays.toward[side] > 0 {
      reconcile(&flights, entries, side, delay: delays.toward[side])
    }
    return flights
  }

  /// At one endpoint: what answers a segment faster than the estimated trip allows meets it halfway.
  private static func reconcile(
    _ flights: inout [Flight], _ entries: [Entry], _ side: Side, delay: Nanoseconds
  ) {
    var arrivals: [Int] = []
    var earliestDeparture = Nanoseconds.min
    for (index, entry) in entries.enumerated() {
      guard entry.from == side else {
        arrivals.append(index)
        continue
      }
      if let cause = cause(of: entry, among: arrivals, entries, delay: delay) {
        let meeting = entries[cause].at + (entry.at - entries[cause].at) / 2
        earliestDeparture = max(earliestDeparture, meeting)
        for earlier in arrivals.reversed() where earlier <= cause {
          guard flights[earlier].arrival > meeting else { break }
          flights[earlier].arrival = max(meeting, entries[earlier].at)
        }
      }
      flights[index].departure = min(entry.at, max(flights[index].departure, earliestDeparture))
    }
  }

  /// The latest arrival that the entry answers, when there was less than a round trip for it: one
  /// that it acknowledges, or one without data (a probe) when the trip is missing by a little only.
  private static func cause(
    of entry: Entry, among arrivals: [Int], _ entries: [Entry], delay: Nanoseconds
  ) -> Int? {
    guard let acknowledgment = entry.acknowledgment else { return nil }
    for index in arrivals.suffix(searchDepth).reversed() {
      let distance = entry.at &- entries[index].at
      if distance < 0 || distance &- delay >= delay { return nil }
      if entries[index].isReset { continue }
      if let end = entries[index].sequenceEnd {
        if end <= acknowledgment { return index }
      } else if distance >= delay / 5 &* 8 {
        return index
      }
    }
    return nil
  }
}
