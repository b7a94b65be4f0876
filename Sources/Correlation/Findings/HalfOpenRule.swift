import Support
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
      cost: connection.span)
  }

  static func sentence(_ group: FindingGroup) -> String {
    if group.example.handshake.synACK == nil {
      return
        "\(group.capitalised) to \(group.serverName) stayed half open: the SYN was answered by "
        + "an ACK of another connection on the same ports, which the server still has\(group.worst)."
    }
    let times = Quantity.counted(group.example.handshake.synACKRetransmissions + 1, "time")
    return "\(group.capitalised) to \(group.serverName) stayed half open: the SYN/ACK was sent "
      + "\(group.upTo)\(times) and the client's ACK was never captured\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("syn_ack_retransmissions", group.example.handshake.synACKRetransmissions)
    return evidence
  }
}
