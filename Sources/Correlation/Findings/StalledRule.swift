import TCPModel

/// An end fell silent: nothing of what the other one sent was acknowledged any more, or not for seconds.
enum StalledRule: FindingRule {
  static let kind = FindingKind.stalled
  static let severity = Finding.Severity.error

  /// To the end, so that nothing of these stands by itself.
  private static let ends: Set<FindingKind> = [
    .retransmissions, .reset, .slowResponse, .halfClosed, .limitedByPath,
  ]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let stop = stop(connection) else {
      return pause(connection).map { _, _, span in
        Sighting(
          weight: span.duration, frames: [span.firstFrame, span.lastFrame],
          severity: .warning, cost: span.duration
        ).telling("goes on")
      }
    }
    var sighting = Sighting(
      weight: connection.span &- stop.since,
      frames: [stop.frame, connection.landmarks.stuck[stop.speaker]?.lastFrame],
      cost: Sighting.failure &+ connection.span &- stop.since
    ).telling("\(stop.story(in: connection)) \(stop.mayBeTooLarge(in: connection))")
    sighting.explains = ends
    return sighting
  }

  /// Nothing of an end came for seconds, and what the other one sent again was in vain; then both went on.
  private static func pause(
    _ connection: ConnectionSummary
  ) -> (speaker: Side, limits: TransferLimits, span: LimitInterval)? {
    guard connection.isTwoWay, connection.holdsBareACKs, !connection.landmarks.isMultipath,
      !connection.landmarks.clockWentBackwards
    else { return nil }
    return Side.allCases.compactMap { side in
      connection.limits[side].flatMap { limits in
        limits.longestSilence.map { (side, limits, $0) }
      }
    }.filter {
      // Who closes meanwhile, or says nothing more, does not go on.
      $0.2.end < connection.teardown.start ?? .max && $0.2.end < connection.landmarks.lastPayloadAt
    }.max { $0.2.duration < $1.2.duration }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let stop = stop(group.example)
    if stop == nil, let (speaker, limits, span) = pause(group.example) {
      return group.says(
        "finding.stalled.pause",
        [
          "peer": .side(speaker.peer), "speaker": .side(speaker),
          "times": .counted("unit.times", limits.silentRepeats),
          "time": group.upTo(.duration(span.duration)),
        ])
    }
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

  private static func stop(_ connection: ConnectionSummary) -> Silence? {
    Silence(connection).flatMap { connection.hasLeft($0.speaker.peer) ? nil : $0 }
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
    let stop = stop(group.example)
    if stop == nil, let (speaker, limits, span) = pause(group.example) {
      evidence.add("by", speaker.peer.name)
      evidence.add("since_ns", span.start)
      evidence.add("silent_ns", span.duration)
      evidence.add("repeats", limits.silentRepeats)
      return evidence
    }
    evidence.add("by", stop?.speaker.peer.name)
    evidence.add("since_ns", stop?.since)
    evidence.add("repeats", stop?.repeats)
    evidence.add(
      "unacknowledged_bytes", stop.map { group.example.landmarks.unacknowledged[$0.speaker] })
    return evidence
  }
}
