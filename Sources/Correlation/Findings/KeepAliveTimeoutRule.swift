import TCPModel

/// Keep-alive probes at the end that nothing answered.
enum KeepAliveTimeoutRule: FindingRule {
  static let kind = FindingKind.keepAliveTimeout
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.stalled, .retransmissions]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let keepAlives = connection.landmarks.unansweredKeepAlives
    let most = max(keepAlives.client, keepAlives.server)
    // Of one direction the answers were not captured; a probe is answered within a round trip. Who has closed
    // keeps nothing alive.
    let side: Side = keepAlives.client >= keepAlives.server ? .client : .server
    guard most >= 2, connection.isTwoWay, connection.traffic[side].fin == 0 else { return nil }
    let marks = connection.landmarks
    return Sighting(
      weight: Int64(most), frames: [marks.firstKeepAlive[side], marks.lastKeepAlive[side]],
      cost: Sighting.failure)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let keepAlives = group.example.landmarks.unansweredKeepAlives
    let side: Side = keepAlives.client >= keepAlives.server ? .client : .server
    return group.says(
      "finding.keep_alive_timeout",
      [
        "probes": group.upTo(.digits(keepAlives[side])), "side": .side(side),
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
