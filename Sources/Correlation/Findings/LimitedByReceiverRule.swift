import TCPModel

/// A transfer that its receiver kept slow: by the window it offered, or by acknowledging late.
enum LimitedByReceiverRule: FindingRule {
  static let kind = FindingKind.limitedByReceiver
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    HeldTime(connection, by: .receiver).map {
      $0.sighting($0.limits.longestOfReceiver, of: way($0))
    }
  }

  private static func way(_ held: HeldTime) -> Limit {
    held.longest(of: [.receiverWindow, .zeroWindow, .delayedACK])
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let held = HeldTime(group.example, by: .receiver) else { return .nothing }
    let receiver = Wording.Value.side(held.side.peer)
    let time = held.share(of: group.example)
    switch way(held) {
    case .zeroWindow:
      return group.says(
        "finding.limited_by_receiver.program",
        [
          "receiver": receiver, "time": time,
          "closed": held.named(
            .said("limited.closed"), for: held.limits.times[.zeroWindow], "limited.closedFor"),
        ])
    case .delayedACK:
      return group.says("finding.limited_by_receiver.late", ["receiver": receiver, "time": time])
    default:
      if held.limits.isReadSlowly {
        return group.says(
          "finding.limited_by_receiver.program",
          ["receiver": receiver, "time": time, "closed": .said("limited.small")])
      }
      guard let window = held.limits.limitingWindow else {
        return group.says(
          "finding.limited_by_receiver.window", ["receiver": receiver, "time": time])
      }
      return group.says(
        "finding.limited_by_receiver.windowOf",
        ["receiver": receiver, "bytes": .count(window), "time": time])
    }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = HeldTime(group.example, by: .receiver) else { return Evidence() }
    var evidence = held.evidence(of: .receiver)
    evidence.add("window_bytes", held.limits.limitingWindow)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
