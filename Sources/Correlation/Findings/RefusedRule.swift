import TCPModel

/// An RST answered the SYN.
enum RefusedRule: FindingRule {
  static let kind = FindingKind.refused
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    guard connection.outcome == .refused else { return nil }
    return Sighting(frame: connection.landmarks.reset)
  }

  static func sentence(_ group: FindingGroup) -> String {
    "\(group.serverName) refused \(group.subject): an RST answered the SYN, so nothing listens there "
      + "or a firewall rejects."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("reset_frame", group.example.landmarks.reset)
    return evidence
  }
}
