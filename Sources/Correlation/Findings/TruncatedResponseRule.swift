import TCPModel

/// The server closed in the middle of a response of which it had announced more.
enum TruncatedResponseRule: FindingRule {
  static let kind = FindingKind.truncatedResponse
  static let severity = Finding.Severity.warning
  static let explains: Set<FindingKind> = [.reset, .halfClosed]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    guard let cut = connection.spoken?.cutResponse, connection.teardown.initiator == .server,
      !marks.isRSTForeign || marks.reset == nil,
      // What is missing was not only not captured.
      connection.traffic.server.missingBytes ?? 0 == 0, marks.firstHole.server == 0,
      connection.isResetByServer || marks.unacknowledged.server == 0
    else { return nil }
    return Sighting(
      weight: cut.announced.map { $0 - cut.sent } ?? 0,
      frames: [cut.frame, connection.teardown.frames.first], cost: Sighting.failure
    ).telling("\(cut.announced == nil) \(connection.isResetByServer)")
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let cut = group.example.spoken?.cutResponse
    let frame = cut?.frame ?? group.example.firstFrame
    return group.says(
      cut?.announced == nil ? "finding.truncated_response.chunks" : "finding.truncated_response",
      [
        "how": group.example.serversEnd,
        "sent": .bytes(cut?.sent ?? 0), "announced": .bytes(cut?.announced ?? 0),
        "frame": .digits(frame),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let cut = group.example.spoken?.cutResponse
    evidence.add("announced_bytes", cut?.announced)
    evidence.add("sent_bytes", cut?.sent)
    evidence.add("response_frame", cut?.frame)
    evidence.add("close_frame", group.example.teardown.frames.first)
    return evidence
  }
}
