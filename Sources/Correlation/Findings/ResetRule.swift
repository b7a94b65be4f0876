import Support
import TCPModel

/// An end of the connection ended it by an RST.
enum ResetRule: FindingRule {
  static let kind = FindingKind.reset
  static let severity = Finding.Severity.warning

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    guard connection.outcome == .reset, !MiddleboxResetRule.isForeign(connection) else {
      return nil
    }
    let harm = harm(connection)
    // What was outstanding at the end whose segments were not captured, nobody knows.
    guard harm != .none || connection.isTwoWay else { return nil }
    return Sighting(
      weight: harm == .none ? 0 : 1, frame: marks.reset, severity: harm == .none ? .info : .warning,
      cost: harm == .none ? 0 : Sighting.failure)
  }

  static func sentence(_ group: FindingGroup) -> String {
    let marks = group.example.landmarks
    let by = marks.resetBy?.name ?? "peer"
    let what =
      switch harm(group.example) {
      case .none:
        group.example.traffic.client.fin + group.example.traffic.server.fin > 0
          ? "after a FIN; everything had been said" : "instead of a FIN; nothing was outstanding"
      case .unanswered:
        "before the \(marks.resetBy == .server ? "server" : "other end") had answered"
      case .data:
        "while \(outstanding(group.example)) not acknowledged"
      }
    return "\(group.capitalised) to \(group.serverName) ended by an RST of the \(by), "
      + "\(what)\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addReset(group.example.landmarks)
    evidence.add("unacknowledged_bytes", lost(group.example))
    return evidence
  }

  private enum Harm { case none, unanswered, data }

  /// Bytes that the resetting end may never have got, or that its peer may not have.
  private static func lost(_ connection: ConnectionSummary) -> Int64 {
    connection.landmarks.unacknowledged.client + connection.landmarks.unacknowledged.server
  }

  /// `21 kB of the server were`.
  private static func outstanding(_ connection: ConnectionSummary) -> String {
    let bytes = connection.landmarks.unacknowledged
    return Side.allCases.filter { bytes[$0] > 0 }
      .map { "\(Quantity.bytes(bytes[$0])) of the \($0.name)" }
      .joined(separator: " and ") + " were"
  }

  /// A browser that leaves resets too; it harms where something was still under way.
  private static func harm(_ connection: ConnectionSummary) -> Harm {
    let marks = connection.landmarks
    if connection.traffic.client.fin + connection.traffic.server.fin > 0 { return .none }
    if marks.resetBy == .server, let client = marks.firstPayload.client,
      marks.firstPayload.server.map({ $0 < client }) ?? true,
      connection.traffic.client.payloadBytes > 0, connection.traffic.server.payloadBytes == 0
    {
      return .unanswered
    }
    // What came only after the RST was not outstanding.
    let reset = connection.teardown.start ?? .max
    let isOutstanding = Side.allCases.contains {
      marks.unacknowledged[$0] > 1 && (marks.firstPayload[$0] ?? .max) < reset
    }
    return isOutstanding ? .data : .none
  }
}
