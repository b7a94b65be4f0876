import TCPModel

/// A transfer that the path kept slow: by its rate, by losses, or by its length; or many exchanges, one after another.
enum LimitedByPathRule: FindingRule {
  static let kind = FindingKind.limitedByPath
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    if let held = held(connection) {
      return held.sighting(held.limits.longestOfPath, of: way(held).limit)
    }
    guard let turns = turns(connection) else { return nil }
    return Sighting(weight: turns.time, frame: connection.landmarks.longestWait).telling("turns")
  }

  private static func held(_ connection: ConnectionSummary) -> HeldTime? {
    guard let held = HeldTime(connection, by: .path), !connection.hasLeft(held.side.peer) else {
      return nil
    }
    let way = way(held)
    // A repeat of what had arrived costs a timeout each; for longer something else held the sender back.
    if way.limit == .loss, connection.repeatsInVain(held.side),
      way.time / leastTimeout > connection.traffic[held.side].retransmittedSegments ?? 0
    {
      return nil
    }
    if way.limit == .bandwidth, isTooMuch(held, way.time, connection) { return nil }
    // Who repeats the same to the end without an answer repairs nothing.
    if way.limit == .loss, let stuck = connection.landmarks.stuck[held.side],
      stuck.until &- stuck.since >= way.time / 2
    {
      return nil
    }
    return held
  }

  private struct Turns {
    var count: Int
    var time: Nanoseconds
    var trip: Nanoseconds
  }

  /// Each exchange begins when the one before is over, and waits for the way there and back, hardly for the server.
  private static func turns(_ connection: ConnectionSummary) -> Turns? {
    let timings = connection.timings
    guard connection.isTwoWay, connection.holdsBareACKs, timings.exchanges >= leastTurns,
      let wait = timings.wait, let server = timings.serverTime, let trip = connection.wayToServer,
      trip >= leastTrip, wait >= HeldTime.least &* 2, wait >= connection.duration / 10 &* 8,
      server <= wait / 4, Nanoseconds(timings.exchanges) &* trip >= wait / 4 &* 3,
      Side.allCases.allSatisfy({ connection.traffic[$0].retransmittedSegments ?? 0 == 0 })
    else { return nil }
    return Turns(count: timings.exchanges, time: wait, trip: trip)
  }

  private static let leastTurns = 20
  /// Within a building a host takes longer than the way.
  private static let leastTrip: Nanoseconds = 5_000_000

  /// Which of the path's limits held longest, and how long: losses, one after another, count together,
  /// as a window that grows and one that has grown do.
  private static func way(_ held: HeldTime) -> (limit: Limit, time: Nanoseconds) {
    let times = held.limits.times
    let repair = times[.recovery] &+ times[.timeout] &+ times[.tailProbe] &+ times[.loss]
    let window = times[.congestionWindow] &+ times[.slowStart]
    if times[.bandwidth] >= max(repair, window) { return (.bandwidth, times[.bandwidth]) }
    return repair >= window ? (.loss, repair) : (.congestionWindow, window)
  }

  /// RFC 6298 2.4.
  private static let leastTimeout: Nanoseconds = 1_000_000_000

  /// At that rate more would have been sent in that time than there was: the rate is of another part of it.
  private static func isTooMuch(
    _ held: HeldTime, _ time: Nanoseconds, _ connection: ConnectionSummary
  ) -> Bool {
    guard let rate = held.limits.bottleneck else { return false }
    let most = Double(rate) / 8 * Double(time) / 1e9
    return most > Double(connection.traffic[held.side].ipBytes) * 1.25
  }

  /// Losses and their repair held longest.
  static func isRepair(_ held: HeldTime) -> Bool { way(held).limit == .loss }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let held = held(group.example) else {
      guard let turns = turns(group.example) else { return .nothing }
      return group.says(
        "finding.limited_by_path.turns",
        [
          "exchanges": group.upTo(.counted("unit.exchanges", turns.count)),
          "time": .duration(turns.time), "whole": .duration(group.example.duration),
          "trip": .duration(turns.trip),
        ])
    }
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
      return .said(connection.repeatsInVain(held.side) ? "limited.needless" : "limited.losses")
    default:
      return held.limits.leastRoundTrip.map {
        .said("limited.congestionAndTrip", ["time": .duration($0)])
      } ?? .said("limited.congestion")
    }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = held(group.example) else {
      var evidence = Evidence()
      let turns = turns(group.example)
      evidence.add("exchanges", turns?.count)
      evidence.add("waited_ns", turns?.time)
      evidence.add("round_trip_ns", turns?.trip)
      return evidence
    }
    var evidence = held.evidence(of: .path)
    evidence.add("bottleneck_bps", held.limits.bottleneck)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
