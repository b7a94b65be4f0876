import TCPModel

/// A queue that grows under load until it is most of the round trip: one twentieth of the time, or
/// more, it made 100 ms and twice the least round trip.
enum BufferbloatRule: FindingRule {
  static let kind = FindingKind.bufferbloat
  static let severity = Finding.Severity.warning

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.holdsBareACKs, let limits = worst(connection) else { return nil }
    return Sighting(weight: limits.highRoundTrip ?? 0, frame: limits.highRoundTripFrame)
  }

  /// The direction with the longer queue.
  private static func worst(_ connection: ConnectionSummary) -> TransferLimits? {
    Side.allCases.compactMap { connection.limits[$0] }.filter(\.hasBufferbloat)
      .max { ($0.highRoundTrip ?? 0) < ($1.highRoundTrip ?? 0) }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let limits = worst(group.example), let least = limits.leastRoundTrip,
      let most = limits.highRoundTrip
    else { return .nothing }
    guard let rate = limits.bottleneck else {
      return group.says(
        "finding.bufferbloat", ["least": .duration(least), "most": .duration(most)])
    }
    return group.says(
      "finding.bufferbloat.rate",
      ["least": .duration(least), "most": .duration(most), "rate": .bitRate(rate)])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let limits = worst(group.example)
    evidence.add("least_round_trip_ns", limits?.leastRoundTrip)
    evidence.add("most_round_trip_ns", limits?.highRoundTrip)
    evidence.add("bottleneck_bps", limits?.bottleneck)
    return evidence
  }
}
