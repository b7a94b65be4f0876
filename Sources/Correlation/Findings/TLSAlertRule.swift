import TCPModel

/// One side ended the TLS handshake with a fatal alert, which was sent in clear: later ones are encrypted.
enum TLSAlertRule: FindingRule {
  static let kind = FindingKind.tlsAlert
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.reset, .immediateClose, .halfClosed, .keepAliveRace]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let alert = connection.spoken?.fatalAlert else { return nil }
    var sighting = Sighting(frame: alert.frame, cost: Sighting.failure)
    sighting.variant = "\(alert.from.name) \(alert.code)"
    return sighting
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let alert = group.example.spoken?.fatalAlert else { return .nothing }
    return group.says(
      "finding.tls_alert",
      [
        "side": .side(alert.from), "alert": .text(alert.name),
        "meaning": meaning(alert.code).map {
          .said("alert.\($0)", ["side": .side(alert.from), "peer": .side(alert.from.peer)])
        } ?? .nothing,
      ])
  }

  /// The alerts of which more can be said than their name does.
  private static func meaning(_ code: UInt8) -> String? {
    switch code {
    case 40, 71: "parameters"
    case 42, 43, 46: "certificate"
    case 44: "revoked"
    case 45: "expired"
    case 48: "issuer"
    case 70: "version"
    case 80: "internal"
    case 41, 116: "missing"
    case 112: "name"
    case 120: "protocol"
    default: nil
    }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let alert = group.example.spoken?.fatalAlert else { return evidence }
    evidence.add("alert", alert.name)
    evidence.add("code", Int(alert.code))
    evidence.add("from", alert.from.name)
    return evidence
  }
}
