import TCPModel

/// A SYN/ACK that was repeated in vain, or a SYN that met a connection of before (RFC 9293 3.5.1).
enum HalfOpenRule: FindingRule {
  static let kind = FindingKind.halfOpen
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.synRetries]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.outcome == .halfOpen, connection.handshake.synACKRetransmissions > 0,
      connection.traffic.client.segments > 0
    else { return nil }
    return Sighting(
      weight: Int64(connection.handshake.synACKRetransmissions),
      frames: [connection.landmarks.firstSYNRetransmission, connection.lastFrame],
      cost: connection.span
    ).telling("\(isMisfit(connection))")
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    if group.example.handshake.synACK == nil { return group.says("finding.half_open.challenged") }
    let times = group.example.handshake.synACKRetransmissions + 1
    return group.says(
      isMisfit(group.example) ? "finding.half_open.misfit" : "finding.half_open",
      ["times": group.upTo(.counted("unit.times", times))])
  }

  /// The client said something, and it acknowledges no SYN/ACK.
  private static func isMisfit(_ connection: ConnectionSummary) -> Bool {
    let client = connection.traffic.client
    return client.segments > client.syn + client.rst
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("syn_ack_retransmissions", group.example.handshake.synACKRetransmissions)
    return evidence
  }
}
