import TCPModel

/// Keep-alive probes at the end that nothing answered.
enum KeepAliveTimeoutRule: FindingRule {
  static let kind = FindingKind.keepAliveTimeout
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.stalled, .retransmissions]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let (side, marks) = (prober(connection), connection.landmarks)
    let probes = marks.unansweredKeepAlives[side]
    // Of one direction the answers were not captured; a probe is answered within a round trip. Who has closed
    // keeps nothing alive.
    guard probes >= 2, connection.isTwoWay, connection.holdsBareACKs,
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
