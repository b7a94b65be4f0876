import Support
import TCPModel

/// SYNs without any answer.
enum UnansweredRule: FindingRule {
  static let kind = FindingKind.unanswered
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    guard connection.outcome == .unanswered else { return nil }
    return Sighting(
      weight: Int64(connection.handshake.synRetransmissions), frame: connection.firstFrame)
  }

  static func sentence(_ group: FindingGroup) -> String {
    let tries = Quantity.counted(group.example.handshake.synRetransmissions + 1, "SYN")
    return
      "\(group.serverName) never answered \(group.subject): \(tries) without a reply\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addHandshakeRetries(group.example.handshake)
    return evidence
  }
}
