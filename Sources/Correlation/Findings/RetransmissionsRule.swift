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
    }
  }

  static func sentence(_ group: FindingGroup) -> String {
    let sides = sides(group.example)
    let first = share(group.example, sides[0], unit: " segments")
    let other =
      sides.count > 1
      ? ", the \(sides[1].name) \(share(group.example, sides[1], unit: ""))" : ""
    return "\(group.capitalised) to \(group.serverName): the \(sides[0].name) sent "
      + "\(group.upTo)\(first) again\(other)\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let traffic = group.example.traffic
    let sides = sides(group.example)
    evidence.add("retransmitted_segments", traffic[sides[0]].retransmittedSegments)
    evidence.add("segments", traffic[sides[0]].segments)
    evidence.add("by", sides[0].name)
    if sides.count > 1 {
      evidence.add("peer_retransmitted_segments", traffic[sides[1]].retransmittedSegments)
      evidence.add("peer_segments", traffic[sides[1]].segments)
    }
    return evidence
  }

  /// Segments sent again, without those of the handshake.
  private static func repeats(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    let handshake = connection.handshake
    return (connection.traffic[side].retransmittedSegments ?? 0)
      - Int64(side == .client ? handshake.synRetransmissions : handshake.synACKRetransmissions)
  }

  private static func isMuch(_ connection: ConnectionSummary, _ side: Side) -> Bool {
    let repeats = repeats(connection, side)
    return repeats >= leastCount
      && repeats * 1000 >= connection.traffic[side].segments * leastShare
  }

  /// Those that sent much again, the one that sent more first.
  private static func sides(_ connection: ConnectionSummary) -> [Side] {
    let traffic = connection.traffic
    let serverSentMore =
      (traffic.client.retransmittedSegments ?? 0) < (traffic.server.retransmittedSegments ?? 0)
    return (serverSentMore ? [.server, .client] : [Side.client, .server]).filter {
      isMuch(connection, $0)
    }
  }

  /// `22 of 172 segments (12.8 %)`; one captured segment may have become many on the wire, so their
  /// number is no limit.
  private static func share(_ connection: ConnectionSummary, _ side: Side, unit: String) -> String {
    let all = connection.traffic[side].segments
    let repeats = connection.traffic[side].retransmittedSegments ?? 0
    if repeats > all { return "\(repeats)\(unit)" }
    return "\(repeats) of \(all)\(unit) (\(Quantity.percent(repeats, of: all)))"
  }
}
