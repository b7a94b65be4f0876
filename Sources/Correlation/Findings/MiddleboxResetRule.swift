import TCPModel

/// An RST that its end did not send: it came another way.
enum MiddleboxResetRule: FindingRule {
  static let kind = FindingKind.middleboxReset
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.outcome == .reset, connection.landmarks.isResetForeign else { return nil }
    return Sighting(frame: connection.landmarks.reset, cost: Sighting.failure)
  }

  static func sentence(_ group: FindingGroup) -> String {
    let marks = group.example.landmarks
    func number(_ value: UInt8?) -> String { value.map(String.init) ?? "unknown" }
    return "\(group.capitalised) to \(group.serverName) ended by an RST in the name of the "
      + "\(marks.resetBy?.name ?? "peer") whose time to live is \(number(marks.resetTTL)) instead of "
      + "\(number(marks.usualTTL)): a device on the path sent it\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addReset(group.example.landmarks)
    return evidence
  }
}
