import TCPModel

/// A SYN/ACK that was repeated in vain, or a SYN that met a connection of before (RFC 9293 3.5.1).
enum HalfOpenRule: FindingRule {
  static let kind = FindingKind.halfOpen
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [
    .synRetries, .retransmissions, .slowResponse, .reset, .limitedByPath, .halfClosed,
  ]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let isDeaf = isDeaf(connection)
    guard connection.handshake.synACKRetransmissions > 0, connection.traffic.client.segments > 0,
      connection.outcome == .halfOpen || isDeaf
    else { return nil }
    return Sighting(
      weight: Int64(connection.handshake.synACKRetransmissions),
      frames: [connection.landmarks.firstSYNRetransmission, connection.lastFrame],
      cost: connection.span
    ).telling("\(isMisfit(connection)) \(isDeaf)")
  }

  /// For the client it is open, and it sends; the server says nothing but its SYN/ACK, also when it was sent data
  /// twice or more: one that waits for data before it accepts (TCP_DEFER_ACCEPT) has it then.
  private static func isDeaf(_ connection: ConnectionSummary) -> Bool {
    let server = connection.traffic.server
    guard connection.path == nil, connection.handshake.kind == .threeWay,
      connection.handshake.synACKRetransmissions >= 2,
      server.segments == server.syn + server.rst, let stuck = connection.landmarks.stuck.client,
      stuck.repeats >= 2, let last = connection.landmarks.lastSegment.server
    else { return false }
    return last > stuck.since
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    if group.example.handshake.synACK == nil { return group.says("finding.half_open.challenged") }
    let times = group.example.handshake.synACKRetransmissions + 1
    let key =
      if isDeaf(group.example) {
        "finding.half_open.deaf"
      } else {
        isMisfit(group.example) ? "finding.half_open.misfit" : "finding.half_open"
      }
    return group.says(key, ["times": group.upTo(.counted("unit.times", times))])
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
