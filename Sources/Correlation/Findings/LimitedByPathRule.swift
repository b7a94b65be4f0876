import TCPModel

/// A transfer that the path kept slow: by its rate, by losses, or by its length.
enum LimitedByPathRule: FindingRule {
  static let kind = FindingKind.limitedByPath
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    HeldTime(connection, by: .path).flatMap {
      connection.hasLeft($0.side.peer) ? nil : $0.sighting($0.limits.longestOfPath)
    }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let held = HeldTime(group.example, by: .path) else { return .nothing }
    let times = held.limits.times
    let repair = times[.recovery] &+ times[.timeout] &+ times[.tailProbe] &+ times[.loss]
    let window = times[.congestionWindow] &+ times[.slowStart]
    let cause: Wording.Value
    let own: Nanoseconds
    if times[.bandwidth] >= max(repair, window) {
      own = times[.bandwidth]
      cause =
        held.limits.bottleneck.map { .said("limited.bandwidthOf", ["rate": .bitRate($0)]) }
        ?? .said("limited.bandwidth")
    } else if repair >= window {
      own = repair
      let repeats = group.example.traffic[held.side].retransmittedSegments ?? 0
      // What is missing to the end was lost, whatever came twice before.
      let isNeedless =
        group.example.needlessRepeats(by: held.side) * 2 > repeats
        && group.example.landmarks.firstHole[held.side] == 0
      cause = .said(isNeedless ? "limited.needless" : "limited.losses")
    } else {
      own = window
      cause =
        held.limits.leastRoundTrip.map {
          .said("limited.congestionAndTrip", ["time": .duration($0)])
        } ?? .said("limited.congestion")
    }
    return group.says(
      "finding.limited_by_path",
      [
        "side": .side(held.side), "cause": held.named(cause, for: own, "limited.mostly"),
        "time": held.share(of: group.example),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = HeldTime(group.example, by: .path) else { return Evidence() }
    var evidence = held.evidence(of: .path)
    evidence.add("bottleneck_bps", held.limits.bottleneck)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
