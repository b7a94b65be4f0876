import TCPModel

/// A transfer that the sending host kept slow: by its socket's buffer, or by Nagle's algorithm.
enum LimitedBySenderRule: FindingRule {
  static let kind = FindingKind.limitedBySender
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    HeldTime(connection, by: .sender).map {
      $0.sighting($0.limits.longestOfSender, of: way($0))
    }
  }

  private static func way(_ held: HeldTime) -> Limit { held.longest(of: [.sendBuffer, .nagle]) }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let held = HeldTime(group.example, by: .sender) else { return .nothing }
    let sender = Wording.Value.side(held.side)
    let time = held.share(of: group.example)
    if way(held) == .nagle {
      return group.says("finding.limited_by_sender.nagle", ["sender": sender, "time": time])
    }
    guard let buffer = held.limits.sendBuffer else {
      return group.says("finding.limited_by_sender.buffer", ["sender": sender, "time": time])
    }
    return group.says(
      "finding.limited_by_sender.bufferOf",
      ["sender": sender, "bytes": .count(buffer), "time": time])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = HeldTime(group.example, by: .sender) else { return Evidence() }
    var evidence = held.evidence(of: .sender)
    evidence.add("send_buffer_bytes", held.limits.sendBuffer)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
