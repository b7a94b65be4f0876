import TCPModel

/// What the other point, which was capturing, never saw: the SYNs of a connection, or payload that was sent again
/// and again.
enum NeverArrivedRule: FindingRule {
  static let kind = FindingKind.neverArrived
  static let severity = Finding.Severity.error
  /// That nobody answered, and that the SYN was sent again, follows.
  static let explains: Set<FindingKind> = [.unanswered, .synRetries]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    if connection.unmatched == .neverArrived {
      return Sighting(
        weight: connection.traffic.client.segments, frame: connection.firstFrame,
        cost: Sighting.failure)
    }
    guard let path = connection.path else { return nil }
    let sides = Side.allCases.filter { path.directions[$0].undelivered > 0 }
    guard !sides.isEmpty else { return nil }
    let frames = sides.flatMap { path.directions[$0].undeliveredSegments.map(\.frame) }
    return Sighting(weight: Int64(frames.count), frames: frames, cost: Sighting.failure)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let path = group.example.path else {
      let sent = group.example.traffic.client.segments
      return group.says(
        "finding.never_arrived", ["what": .counted("finding.never_arrived.all", sent)])
    }
    let parts = Side.allCases.compactMap { side -> Wording.Value? in
      let direction = path.directions[side]
      guard direction.undelivered > 0 else { return nil }
      return .said(
        "undelivered",
        [
          "bytes": .counted("unit.bytes", direction.undelivered), "side": .side(side),
          "segments": .counted("unit.segments", direction.undeliveredSegments.count),
        ])
    }
    return group.says(
      "finding.never_arrived.data", ["parts": .list(parts, joined: "list.commaAnd")])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let path = group.example.path else {
      evidence.add("segments", group.example.traffic.client.segments)
      return evidence
    }
    for side in Side.allCases where path.directions[side].undelivered > 0 {
      evidence.add("undelivered_from_\(side.name)", path.directions[side].undelivered)
      evidence.add(
        "segments_from_\(side.name)", path.directions[side].undeliveredSegments.count)
    }
    return evidence
  }
}
