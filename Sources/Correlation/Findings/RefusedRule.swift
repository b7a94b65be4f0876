import TCPModel

/// An RST answered the SYN.
enum RefusedRule: FindingRule {
  static let kind = FindingKind.refused
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.synRetries, .slowHandshake, .reset, .middleboxReset]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.outcome == .refused else { return nil }
    return Sighting(
      weight: isLate(connection) ? connection.landmarks.refusedAfter : 1,
      frame: connection.landmarks.reset,
      cost: Sighting.failure
    )
    .telling("\(isIgnored(connection)) \(isLate(connection))")
  }

  /// No host or firewall thinks so long before it refuses: a NAT or a proxy tried in vain itself.
  private static let late: Nanoseconds = 3_000_000_000

  private static func isLate(_ connection: ConnectionSummary) -> Bool {
    connection.landmarks.refusedAfter >= late
  }

  /// An RST without an ACK answers a SYN too, though TCP ignores it (RFC 9293 3.10.7.3).
  private static func isIgnored(_ connection: ConnectionSummary) -> Bool {
    connection.teardown.start == nil
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    if isLate(group.example) {
      return group.says(
        "finding.refused.late",
        ["time": group.upTo(.duration(group.example.landmarks.refusedAfter))])
    }
    guard let accepted = group.accepted else {
      return group.says(isIgnored(group.example) ? "finding.refused.stray" : "finding.refused")
    }
    let distance = accepted.start.since(group.example.start)
    return group.says(
      distance < 0 ? "finding.refused.acceptedBefore" : "finding.refused.acceptedAfter",
      ["other": .digits(accepted.id), "time": .duration(Nanoseconds(clamping: distance.magnitude))])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let marks = group.example.landmarks
    evidence.add("reset_frame", marks.reset)
    evidence.add("accepted_connection", group.accepted?.id)
    evidence.add("accepted_frame", group.accepted?.frame)
    return evidence
  }
}
