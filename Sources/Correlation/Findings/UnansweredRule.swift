import TCPModel

/// SYNs without any answer, and a capture that would show one.
enum UnansweredRule: FindingRule {
  static let kind = FindingKind.unanswered
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.synRetries, .slowHandshake]

  /// The capture has to go on this long after the first SYN: RFC 6298 2.1 repeats it after a second.
  static let patience: Nanoseconds = 1_000_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.outcome == .unanswered, connection.traffic.server.segments == 0,
      context.time(after: 0, of: connection) >= patience
    else { return nil }
    let tries = Int64(connection.handshake.synRetransmissions)
    let isGivenUp = isGivenUp(connection, context)
    return Sighting(
      weight: tries, frame: connection.firstFrame, severity: isGivenUp ? .warning : nil,
      cost: Sighting.failure &+ connection.span
    ).telling("\(hasArrived(connection)) \(isGivenUp)")
  }

  /// Who gets no answer sends its SYN again after a second: this client gave up before, or got an answer that
  /// was not captured, such as ICMP.
  private static func isGivenUp(
    _ connection: ConnectionSummary, _ context: FindingContext
  ) -> Bool {
    connection.handshake.synRetransmissions == 0 && !hasArrived(connection)
      && context.time(after: 0, of: connection) >= 4 * patience
  }

  /// The capture at the server shows all SYNs.
  private static func hasArrived(_ connection: ConnectionSummary) -> Bool {
    connection.path?.directions.client.hasArrivedWhole ?? false
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    group.says(
      group.hearsNobody ? "finding.unanswered.unheard" : "finding.unanswered",
      [
        "tries": group.upTo(
          .counted("unit.syns", group.example.handshake.synRetransmissions + 1)),
        "arrival": hasArrived(group.example)
          ? .said("unanswered.arrived")
          : isGivenUp(group.example, group.context) ? .said("unanswered.givenUp") : .nothing,
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addHandshakeRetries(group.example.handshake)
    return evidence
  }
}
