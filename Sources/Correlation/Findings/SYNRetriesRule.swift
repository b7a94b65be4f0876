import TCPModel

/// A SYN or SYN/ACK that had to be sent again.
enum SYNRetriesRule: FindingRule {
  static let kind = FindingKind.synRetries
  static let severity = Finding.Severity.warning
  static let explains: Set<FindingKind> = [.slowHandshake]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let handshake = connection.handshake
    let retries = handshake.synRetransmissions + handshake.synACKRetransmissions
    guard retries > 0, !ResetRule.isTurnedDown(connection), !isOpenBefore(connection) else {
      return nil
    }
    // Opened as soon as others: some hosts try again early.
    let opened = opening(connection)
    let isQuick = opened.map { $0 &- (handshake.syn ?? 0) < SlowHandshakeRule.limit } ?? false
    return Sighting(
      weight: Int64(retries), frame: connection.landmarks.firstSYNRetransmission,
      severity: isQuick && context.isTimed(connection) ? .info : .warning,
      cost: (opened ?? connection.span) &- (handshake.syn ?? 0)
        &+ (opened == nil && !hasOpened(connection) ? Sighting.failure : 0)
    ).telling(
      "\(opened == nil) \(hasOpened(connection)) \(connection.landmarks.firstChallengeACK == nil) "
        + "\(handshake.synRetransmissions > 0) \(handshake.synACKRetransmissions > 0) "
        + "\(connection.landmarks.repeatedSYNAnswered >= 0) \(connection.landmarks.hasTwoAnswers)")
  }

  /// When the client's ACK opened it; what the other end alone says later tells nothing of when it came.
  private static func opening(_ connection: ConnectionSummary) -> Nanoseconds? {
    connection.traffic.client.segments > 0 ? connection.handshake.ack : nil
  }

  /// It was open when the SYN/ACK was sent again: the ACK did not arrive, or came too late.
  private static func isOpenBefore(_ connection: ConnectionSummary) -> Bool {
    let handshake = connection.handshake
    guard handshake.synRetransmissions == 0, handshake.kind == .threeWay, let ack = handshake.ack,
      let synACK = handshake.synACK, let answered = handshake.clientRTT
    else { return false }
    // What the ACK answers is the first one.
    return answered == ack &- synACK
  }

  /// Nobody saw when, but it did.
  private static func hasOpened(_ connection: ConnectionSummary) -> Bool {
    guard opening(connection) == nil || connection.landmarks.opensUnseen else { return false }
    return switch connection.outcome {
    case .closed, .halfClosed, .open: true
    case .refused, .unanswered, .halfOpen, .reset: false
    }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let handshake = group.example.handshake
    let retries = group.upTo(retries(handshake))
    let answer = answer(group.example.landmarks)
    if hasOpened(group.example) {
      return group.says("finding.syn_retries.opened", ["retries": retries, "answer": answer])
    }
    guard let ack = opening(group.example) else {
      return group.says("finding.syn_retries.vain", ["retries": retries, "answer": answer])
    }
    return group.says(
      "finding.syn_retries",
      [
        "retries": retries, "time": group.upTo(.duration(ack &- (handshake.syn ?? 0))),
        "answer": answer,
      ])
  }

  /// What had answered the SYN before it was sent again.
  private static func answer(_ marks: Landmarks) -> Wording.Value {
    if marks.firstChallengeACK != nil { return .said("finding.syn_retries.challenged") }
    if marks.repeatedSYNAnswered < 0 { return .nothing }
    return .said(
      marks.hasTwoAnswers
        ? "finding.syn_retries.answeredByTwo" : "finding.syn_retries.answered",
      ["time": .duration(marks.repeatedSYNAnswered)])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let handshake = group.example.handshake
    evidence.addHandshakeRetries(handshake)
    evidence.add("handshake_ns", opening(group.example).map { $0 &- (handshake.syn ?? 0) })
    evidence.add("challenge_frame", group.example.landmarks.firstChallengeACK)
    let answered = group.example.landmarks.repeatedSYNAnswered
    if answered >= 0 { evidence.add("answered_ns", answered) }
    return evidence
  }

  /// `3 SYN retransmissions`, `1 SYN/ACK retransmission`, or both.
  private static func retries(_ handshake: Handshake) -> Wording.Value {
    .both(
      [
        ("unit.synRetries", handshake.synRetransmissions),
        ("unit.synACKRetries", handshake.synACKRetransmissions),
      ]
      .filter { $0.1 > 0 }.map { .counted($0.0, $0.1) })
  }
}
