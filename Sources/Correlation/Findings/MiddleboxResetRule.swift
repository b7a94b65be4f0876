import TCPModel

/// An RST that its end did not send: it came another way.
enum MiddleboxResetRule: FindingRule {
  static let kind = FindingKind.middleboxReset
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.outcome == .reset, isForeign(connection.landmarks) else { return nil }
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

  /// A host's segments count the same hops each time, give or take a few. An RST with a larger initial time
  /// to live than the host's others, or from much nearer or farther, was made elsewhere. One with a smaller
  /// initial value and as many hops is the host's kernel, where a program had set its own (GTSM sends 255,
  /// external BGP 1).
  static func isForeign(_ marks: Landmarks) -> Bool {
    guard let reset = marks.resetTTL, let usual = marks.usualTTL, reset != 0, usual > 1 else {
      return false
    }
    let (own, other) = (Hops(reset), Hops(usual))
    if own.initial > other.initial { return true }
    return abs(own.count - other.count) > 3
  }

  private struct Hops {
    var initial: Int
    var count: Int

    /// Systems begin with 64, 128 or 255 (old ones with 32).
    init(_ ttl: UInt8) {
      initial = ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255
      count = initial - Int(ttl)
    }
  }
}
