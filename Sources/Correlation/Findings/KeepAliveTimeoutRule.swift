import TCPModel

/// Keep-alive probes at the end that nothing answered.
enum KeepAliveTimeoutRule: FindingRule {
  static let kind = FindingKind.keepAliveTimeout
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.stalled, .retransmissions]

  /// A probe is answered sooner.
  private static let answerTime: Nanoseconds = 1_000_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let (side, marks) = (prober(connection), connection.landmarks)
    let probes = marks.unansweredKeepAlives[side]
    let last = marks.lastSegment[side] ?? connection.span
    // Who gives up has waited long enough.
    let hasEnded =
      marks.resetBy != side && context.time(after: last, of: connection) < answerTime
    // Of one direction the answers were not captured, nor where a filter wants payload. Who has closed keeps
    // nothing alive.
    guard probes >= (hasEnded ? 3 : 2), connection.isTwoWay, connection.holdsBareACKs,
      connection.traffic[side].fin == 0
    else { return nil }
    var sighting = Sighting(
      weight: Int64(probes), frames: [marks.firstKeepAlive[side], marks.lastKeepAlive[side]],
      cost: Sighting.failure)
    // Its host gives up.
    if marks.resetBy == side { sighting.explains = [.reset] }
    return sighting
  }

  /// Who has more probes without an answer.
  private static func prober(_ connection: ConnectionSummary) -> Side {
    let probes = connection.landmarks.unansweredKeepAlives
    return probes.client >= probes.server ? .client : .server
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let side = prober(group.example)
    return group.says(
      "finding.keep_alive_timeout",
      [
        "probes": group.upTo(.digits(group.example.landmarks.unansweredKeepAlives[side])),
        "side": .side(side),
        "peer": .side(side.peer),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("client_keep_alives", group.example.landmarks.unansweredKeepAlives.client)
    evidence.add("server_keep_alives", group.example.landmarks.unansweredKeepAlives.server)
    return evidence
  }
}
