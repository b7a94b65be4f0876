import TCPModel

/// An end of the connection ended it by an RST.
enum ResetRule: FindingRule {
  static let kind = FindingKind.reset
  static let severity = Finding.Severity.warning

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    guard connection.outcome == .reset, !MiddleboxResetRule.isForeign(connection) else {
      return nil
    }
    return Sighting(frame: connection.landmarks.reset)
  }

  static func sentence(_ group: FindingGroup) -> String {
    "\(group.capitalised) to \(group.serverName) ended by an RST of the "
      + "\(group.example.landmarks.resetBy?.name ?? "peer") instead of FINs\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addReset(group.example.landmarks)
    return evidence
  }
}
