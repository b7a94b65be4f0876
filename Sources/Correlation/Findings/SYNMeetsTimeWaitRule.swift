import TCPModel

/// A new SYN on the ports of a connection that the server closed first: its TIME_WAIT answers with an ACK, the client resets, and only the SYN sent again opens (RFC 9293 3.6.1).
enum SYNMeetsTimeWaitRule: FindingRule {
  static let kind = FindingKind.synMeetsTimeWait
  static let severity = Finding.Severity.warning
  static let explains: Set<FindingKind> = [.synRetries, .slowHandshake, .unanswered]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    guard marks.meetsTimeWait, let challenge = marks.firstChallengeACK,
      connection.handshake.synRetransmissions > 0,
      (connection.analysis?.server.challengeACKs ?? 0) > 0
    else { return nil }
    return Sighting(
      weight: connection.handshake.ack ?? connection.span,
      frames: [connection.firstFrame, challenge, marks.firstSYNRetransmission],
      cost: connection.handshake.ack ?? Sighting.failure)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let time = group.example.handshake.ack else {
      return group.says("finding.syn_meets_time_wait.vain")
    }
    return group.says(
      "finding.syn_meets_time_wait", ["time": group.upTo(.duration(time))])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("challenge_frame", group.example.landmarks.firstChallengeACK)
    evidence.add("handshake_ns", group.example.handshake.ack)
    evidence.add("client_port", group.example.client.port)
    return evidence
  }
}
