import TCPModel

/// After a long idle time nothing gets through any more: a device on the path forgot the flow.
enum IdlePathDroppedRule: FindingRule {
  static let kind = FindingKind.idlePathDropped
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [
    .limitedByPath,
    .stalled, .retransmissions, .reset, .slowResponse, .halfClosed,
  ]

  /// No device forgets a flow sooner.
  static let leastIdle: Nanoseconds = 15_000_000_000
  /// Of silence afterwards: a host that is busy or far away answers sooner.
  static let leastSilence: Nanoseconds = 3_000_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let stop = Silence(connection), stop.idle >= leastIdle,
      context.time(after: stop.since, of: connection) >= leastSilence
    else { return nil }
    return Sighting(
      weight: stop.idle, frames: [stop.frame, connection.landmarks.stuck[stop.speaker]?.lastFrame],
      cost: Sighting.failure &+ connection.span &- stop.since
    ).telling(stop.story(in: connection))
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let stop = Silence(group.example)
    let speaker = stop?.speaker ?? .client
    return group.says(
      "finding.idle_path_dropped",
      [
        "idle": group.upTo(.duration(stop?.idle ?? 0)), "speaker": .side(speaker),
        "times": .counted("unit.times", stop?.repeats ?? 0), "peer": .side(speaker.peer),
        "verdict": stop?.verdict("forgotten.", in: group.example) ?? .nothing,
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let stop = Silence(group.example)
    evidence.add("idle_ns", stop?.idle)
    evidence.add("by", stop?.speaker.name)
    evidence.add("frame", stop?.frame)
    evidence.add("repeats", stop?.repeats)
    return evidence
  }
}
