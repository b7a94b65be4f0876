import TCPModel

/// An end fell silent: nothing of what the other one sent was acknowledged any more.
enum StalledRule: FindingRule {
  static let kind = FindingKind.stalled
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [
    .retransmissions, .reset, .slowResponse, .halfClosed, .limitedByPath,
  ]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let stop = Silence(connection), !connection.hasLeft(stop.speaker.peer) else {
      return nil
    }
    return Sighting(
      weight: connection.span &- stop.since,
      frames: [stop.frame, connection.landmarks.stuck[stop.speaker]?.lastFrame],
      cost: Sighting.failure &+ connection.span &- stop.since
    ).telling("\(stop.story(in: connection)) \(stop.mayBeTooLarge(in: connection))")
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let stop = Silence(group.example)
    let speaker = stop?.speaker ?? .client
    return group.says(
      "finding.stalled",
      [
        "peer": .side(speaker.peer), "speaker": .side(speaker),
        "times": .counted("unit.times", stop?.repeats ?? 0),
        "time": group.upTo(.duration(stop?.repeated ?? 0)),
        "verdict": verdict(stop, group.example),
      ])
  }

  private static func verdict(_ stop: Silence?, _ connection: ConnectionSummary) -> Wording.Value {
    guard let stop else { return .nothing }
    guard stop.mayBeTooLarge(in: connection) else {
      return stop.verdict("stalled.", in: connection)
    }
    return .said(
      "stalled.tooLarge",
      [
        "peer": .side(stop.speaker.peer),
        "bytes": .counted("unit.bytes", connection.landmarks.stuck[stop.speaker]?.length ?? 0),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let stop = Silence(group.example)
    evidence.add("by", stop?.speaker.peer.name)
    evidence.add("since_ns", stop?.since)
    evidence.add("repeats", stop?.repeats)
    evidence.add(
      "unacknowledged_bytes", stop.map { group.example.landmarks.unacknowledged[$0.speaker] })
    return evidence
  }
}
