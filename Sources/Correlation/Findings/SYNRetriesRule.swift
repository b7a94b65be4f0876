import Support
import TCPModel

/// A SYN or SYN/ACK that had to be sent again.
enum SYNRetriesRule: FindingRule {
  static let kind = FindingKind.synRetries
  static let severity = Finding.Severity.warning

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    let handshake = connection.handshake
    let retries = handshake.synRetransmissions + handshake.synAckRetransmissions
    guard retries > 0 else { return nil }
    return Sighting(
      weight: Int64(retries), frame: connection.landmarks.firstSYNRetransmission)
  }

  static func sentence(_ group: FindingGroup) -> String {
    let handshake = group.example.handshake
    return handshake.ack == nil
      ? "\(group.capitalised) to \(group.serverName) did not open in spite of "
        + "\(retries(handshake))\(group.worst)."
      : "\(group.capitalised) to \(group.serverName) needed \(retries(handshake)) to open\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addHandshakeRetries(group.example.handshake)
    return evidence
  }

  /// `3 SYN retransmissions`, `1 SYN/ACK retransmission`, or both.
  private static func retries(_ handshake: Handshake) -> String {
    [("SYN", handshake.synRetransmissions), ("SYN/ACK", handshake.synAckRetransmissions)]
      .filter { $0.1 > 0 }
      .map { Quantity.counted($0.1, "\($0.0) retransmission") }
      .joined(separator: " and ")
  }
}
