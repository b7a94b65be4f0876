import TCPModel

/// A transfer that the path kept slow: by its rate, by losses, or by its length.
enum LimitedByPathRule: FindingRule {
  static let kind = FindingKind.limitedByPath
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let held = HeldTime(connection, by: .path), !connection.hasLeft(held.side.peer) else {
      return nil
    }
    let way = way(held)
    // Who repeats the same to the end without an answer repairs nothing.
    if way.limit == .loss, let stuck = connection.landmarks.stuck[held.side],
      stuck.until &- stuck.since >= way.time / 2
    {
      return nil
    }
    return held.sighting(held.limits.longestOfPath, of: way.limit)
  }

  /// Which of the path's limits held longest, and how long: losses, one after another, count together,
  /// as a window that grows and one that has grown do.
  private static func way(_ held: HeldTime) -> (limit: Limit, time: Nanoseconds) {
    let times = held.limits.times
    let repair = times[.recovery] &+ times[.timeout] &+ times[.tailProbe] &+ times[.loss]
    let window = times[.congestionWindow] &+ times[.slowStart]
    if times[.bandwidth] >= max(repair, window) { return (.bandwidth, times[.bandwidth]) }
    return repair >= window ? (.loss, repair) : (.congestionWindow, window)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let held = HeldTime(group.example, by: .path) else { return .nothing }
    let way = way(held)
    return group.says(
      "finding.limited_by_path",
      [
        "side": .side(held.side),
        "cause": held.named(
          cause(way.limit, held, group.example), for: way.time, "limited.mostly"),
        "time": held.share(of: group.example),
      ])
  }

  private static func cause(
    _ limit: Limit, _ held: HeldTime, _ connection: ConnectionSummary
  ) -> Wording.Value {
    switch limit {
    case .bandwidth:
      return held.limits.bottleneck.map { .said("limited.bandwidthOf", ["rate": .bitRate($0)]) }
        ?? .said("limited.bandwidth")
    case .loss:
      let repeats = connection.traffic[held.side].retransmittedSegments ?? 0
      // What is missing to the end was lost, whatever came twice before.
      let isNeedless =
        connection.needlessRepeats(by: held.side) * 2 > repeats
        && connection.landmarks.firstHole[held.side] == 0
      return .said(isNeedless ? "limited.needless" : "limited.losses")
    default:
      return held.limits.leastRoundTrip.map {
        .said("limited.congestionAndTrip", ["time": .duration($0)])
      } ?? .said("limited.congestion")
    }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = HeldTime(group.example, by: .path) else { return Evidence() }
    var evidence = held.evidence(of: .path)
    evidence.add("bottleneck_bps", held.limits.bottleneck)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
