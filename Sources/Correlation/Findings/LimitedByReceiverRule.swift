import TCPModel

/// A transfer that its receiver kept slow: by the window it offered, or by acknowledging late.
enum LimitedByReceiverRule: FindingRule {
  static let kind = FindingKind.limitedByReceiver
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let held = HeldTime(connection, by: .receiver) else { return nil }
    var sighting = held.sighting(held.limits.longestOfReceiver, of: way(held))
    if isUnscaled(held, connection) {
      sighting.explains = [.optionOddity]
      sighting = sighting.telling(sighting.story + " unscaled")
    }
    return sighting
  }

  /// The window is as large as it can be without scaling, which an end, or a device between both, did not offer.
  private static func isUnscaled(_ held: HeldTime, _ connection: ConnectionSummary) -> Bool {
    guard way(held) == .receiverWindow, !held.limits.isReadSlowly,
      let window = held.limits.limitingWindow, let client = connection.handshake.options.client,
      let server = connection.handshake.options.server
    else { return false }
    return window <= OptionOddityRule.largestWindow
      && window > OptionOddityRule.largestWindow - Int64(client.mss ?? 1460)
      && (client.windowScale == nil || server.windowScale == nil)
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
          "receiver": receiver, "time": time, "closed": closed(held, group.example),
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
        isUnscaled(held, group.example)
          ? "finding.limited_by_receiver.unscaled" : "finding.limited_by_receiver.windowOf",
        ["receiver": receiver, "bytes": .count(window), "time": time])
    }
  }

  /// Without room for a segment a window may be closed, or nearly so: closed is what it was for the time that it said
  /// so.
  private static func closed(_ held: HeldTime, _ connection: ConnectionSummary) -> Wording.Value {
    let (full, stops) = (
      held.limits.times[.zeroWindow], connection.landmarks.zeroWindow[held.side.peer].time
    )
    if stops >= full / 2 {
      return held.named(.said("limited.closed"), for: min(stops, full), "limited.closedFor")
    }
    return held.named(.said("limited.noRoom"), for: full, "limited.noRoomFor")
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = HeldTime(group.example, by: .receiver) else { return Evidence() }
    var evidence = held.evidence(of: .receiver)
    evidence.add("window_bytes", held.limits.limitingWindow)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
