import TCPModel

/// One way takes longer than the other, by more than the clocks leave open.
enum AsymmetricDelayRule: FindingRule {
  static let kind = FindingKind.asymmetricDelay
  static let severity = Finding.Severity.info

  private static let least = PathDirection.leastAsymmetry
  /// A handful of segments shows no usual time.
  private static let leastCount: Int64 = 5

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let path = connection.path, let difference = difference(path) else { return nil }
    return Sighting(weight: difference, frame: connection.firstFrame)
  }

  /// By how much the slower way's median exceeds the other one's for certain: what lies above each way's
  /// least does not depend on the clocks, the medians themselves by no more than twice the doubt.
  private static func difference(_ path: ConnectionPath) -> Nanoseconds? {
    guard let there = path.directions.client.delay, let back = path.directions.server.delay,
      there.count >= leastCount, back.count >= leastCount
    else { return nil }
    let waiting = (there.median &- there.min) &- (back.median &- back.min)
    var certain = Int64(clamping: waiting.magnitude)
    if let doubt = path.clockUncertainty {
      let difference = Int64(clamping: (there.median &- back.median).magnitude)
      certain = max(certain, difference &- 2 &* doubt)
    }
    let (longer, shorter) = (max(there.median, back.median), min(there.median, back.median))
    guard certain >= least, longer &- shorter >= least, longer >= shorter &+ shorter / 2 else {
      return nil
    }
    return certain
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let there = group.example.path?.directions.client.delay,
      let back = group.example.path?.directions.server.delay
    else { return .nothing }
    return group.says(
      "finding.asymmetric_delay",
      ["there": .duration(there.median), "back": .duration(back.median)])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let path = group.example.path else { return evidence }
    for side in Side.allCases {
      evidence.add("min_from_\(side.name)_ns", path.directions[side].delay?.min)
      evidence.add("median_from_\(side.name)_ns", path.directions[side].delay?.median)
      evidence.add("p95_from_\(side.name)_ns", path.directions[side].delay?.p95)
    }
    evidence.add("clock_uncertainty_ns", path.clockUncertainty)
    return evidence
  }
}
