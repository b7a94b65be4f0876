import TCPModel

/// A capture shows segments that are larger than the path carries: the network card cuts what was captured as
/// it was sent, or has merged what was captured as it arrived. Packets counted and sized there are not those of
/// the path.
enum OffloadSeenRule: FindingRule {
  static let kind = FindingKind.offloadSeen
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let path = connection.path else { return nil }
    let seen = Side.allCases.reduce(Int64(0)) { $0 &+ count(path, at: $1) }
    return seen > 0 ? Sighting(weight: seen, frame: connection.firstFrame) : nil
  }

  /// The larger segments that one end's capture shows, sent and received. Where both captures show the same size,
  /// the path may carry it.
  private static func count(_ path: ConnectionPath, at side: Side) -> Int64 {
    sent(path, by: side) &+ received(path, by: side)
  }

  private static func sent(_ path: ConnectionPath, by side: Side) -> Int64 {
    let own = path.directions[side]
    return own.largest.sender > own.largest.receiver ? own.oversized.sender : 0
  }

  private static func received(_ path: ConnectionPath, by side: Side) -> Int64 {
    let others = path.directions[side.peer]
    return others.largest.receiver > others.largest.sender ? others.oversized.receiver : 0
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let path = group.example.path else { return .nothing }
    let ends = Side.allCases.compactMap { side -> Wording.Value? in
      var parts: [Wording.Value] = []
      let (sent, received) = (sent(path, by: side), received(path, by: side))
      if sent > 0 {
        let largest = Int(path.directions[side].largest.sender)
        parts.append(
          .said(
            "offload.sent",
            ["segments": .counted("unit.segments", sent), "largest": .count(largest)]))
      }
      if received > 0 {
        let largest = Int(path.directions[side.peer].largest.receiver)
        parts.append(
          .said(
            "offload.received",
            ["segments": .counted("unit.segments", received), "largest": .count(largest)]))
      }
      return parts.isEmpty
        ? nil
        : .said("offload.end", ["side": .side(side), "parts": .list(parts, joined: "offload.and")])
    }
    return group.says("finding.offload_seen", ["ends": .commas(ends)])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let path = group.example.path else { return evidence }
    for side in Side.allCases {
      let (sent, received) = (sent(path, by: side), received(path, by: side))
      if sent > 0 {
        evidence.add("oversized_sent_by_\(side.name)", sent)
        evidence.add("largest_sent_by_\(side.name)", path.directions[side].largest.sender)
      }
      if received > 0 {
        evidence.add("oversized_received_by_\(side.name)", received)
        evidence.add(
          "largest_received_by_\(side.name)", path.directions[side.peer].largest.receiver)
      }
    }
    return evidence
  }
}
