import Support
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

  static func sentence(_ group: FindingGroup) -> String {
    let time = group.example.handshake.ack.map {
      "opened \(group.upTo)\(Quantity.duration($0)) later"
    }
    return
      "\(group.capitalised) to \(group.serverName) met the server's TIME_WAIT of the connection before "
      + "on the same ports: an ACK of that one answered the SYN, the client reset it, and the SYN had to be "
      + "sent again; \(group.isSingle ? "it" : "they") \(time ?? "did not open"). The client uses its ports "
      + "again too soon."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("challenge_frame", group.example.landmarks.firstChallengeACK)
    evidence.add("handshake_ns", group.example.handshake.ack)
    evidence.add("client_port", group.example.client.port)
    return evidence
  }
}
