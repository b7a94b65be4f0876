import TCPModel

/// An RST that its end did not send: its time to live is another one.
enum MiddleboxResetRule: FindingRule {
  static let kind = FindingKind.middleboxReset
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    guard connection.outcome == .reset, isForeign(connection.landmarks) else { return nil }
    return Sighting(frame: connection.landmarks.reset)
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

  /// An RST whose time to live is far from that of its side's other segments took another way:
  /// a router on the path made it. Hosts count the same hops each time, give or take a few.
  static func isForeign(_ marks: Landmarks) -> Bool {
    guard let reset = marks.resetTTL, let usual = marks.usualTTL, reset != 0, usual != 0 else {
      return false
    }
    return abs(Int(reset) - Int(usual)) > 3
  }
}
