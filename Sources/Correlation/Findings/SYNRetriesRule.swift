import Support
import TCPModel

/// A SYN or SYN/ACK that had to be sent again.
enum SYNRetriesRule: FindingRule {
  static let kind = FindingKind.synRetries
  static let severity = Finding.Severity.warning
  static let explains: Set<FindingKind> = [.slowHandshake]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let handshake = connection.handshake
    let retries = handshake.synRetransmissions + handshake.synACKRetransmissions
    guard retries > 0, !ResetRule.isTurnedDown(connection) else { return nil }
    // Opened as soon as others: some hosts try again early.
    let isQuick =
      handshake.ack.map { $0 &- (handshake.syn ?? 0) < SlowHandshakeRule.limit } ?? false
    return Sighting(
      weight: Int64(retries), frame: connection.landmarks.firstSYNRetransmission,
      severity: isQuick && context.isTimed(connection) ? .info : .warning,
      cost: (handshake.ack ?? connection.span) &- (handshake.syn ?? 0)
        &+ (handshake.ack == nil ? Sighting.failure : 0)
    ).telling(
      "\(handshake.ack == nil) \(connection.landmarks.firstChallengeACK == nil) "
        + "\(handshake.synRetransmissions > 0) \(handshake.synACKRetransmissions > 0)")
  }

  static func sentence(_ group: FindingGroup) -> String {
    let handshake = group.example.handshake
    let wait = handshake.ack.map {
      " after \(group.upTo)\(Quantity.duration($0 &- (handshake.syn ?? 0)))"
    }
    let answer =
      group.example.landmarks.firstChallengeACK == nil
      ? "" : "; an ACK of an older connection on the same ports answered the SYN (RFC 9293 3.5.1)"
    return handshake.ack == nil
      ? "\(group.capitalised) to \(group.serverName) did not open in spite of "
        + "\(group.upTo)\(retries(handshake))\(answer)\(group.worst)."
      : "\(group.capitalised) to \(group.serverName) needed \(group.upTo)\(retries(handshake)) to "
        + "open\(wait ?? "")\(answer)\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let handshake = group.example.handshake
    evidence.addHandshakeRetries(handshake)
    evidence.add("handshake_ns", handshake.ack.map { $0 &- (handshake.syn ?? 0) })
    evidence.add("challenge_frame", group.example.landmarks.firstChallengeACK)
    return evidence
  }

  /// `3 SYN retransmissions`, `1 SYN/ACK retransmission`, or both.
  private static func retries(_ handshake: Handshake) -> String {
    [("SYN", handshake.synRetransmissions), ("SYN/ACK", handshake.synACKRetransmissions)]
      .filter { $0.1 > 0 }
      .map { Quantity.counted($0.1, "\($0.0) retransmission") }
      .joined(separator: " and ")
  }
}
