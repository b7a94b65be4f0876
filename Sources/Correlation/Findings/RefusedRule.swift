import TCPModel

/// An RST answered the SYN.
enum RefusedRule: FindingRule {
  static let kind = FindingKind.refused
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.synRetries, .slowHandshake, .reset, .middleboxReset]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    // An RST without an ACK answers a SYN too, though TCP ignores it (RFC 9293 3.10.7.3).
    let isStray = connection.outcome == .unanswered && connection.landmarks.strayRST != nil
    guard connection.outcome == .refused || isStray else { return nil }
    return Sighting(
      frame: isStray ? connection.landmarks.strayRST : connection.landmarks.reset,
      cost: Sighting.failure
    ).telling("\(isStray)")
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    if group.example.outcome == .unanswered { return group.says("finding.refused.stray") }
    guard let accepted = group.accepted else { return group.says("finding.refused") }
    let distance = accepted.start.since(group.example.start)
    return group.says(
      distance < 0 ? "finding.refused.acceptedBefore" : "finding.refused.acceptedAfter",
      ["other": .digits(accepted.id), "time": .duration(abs(distance))])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let marks = group.example.landmarks
    evidence.add("reset_frame", marks.reset ?? marks.strayRST)
    evidence.add("accepted_connection", group.accepted?.id)
    evidence.add("accepted_frame", group.accepted?.frame)
    return evidence
  }
}
