import TCPModel

/// One end closed, the other one kept its half open.
enum HalfClosedRule: FindingRule {
  static let kind = FindingKind.halfClosed
  static let severity = Finding.Severity.warning

  static let limit: Nanoseconds = 10_000_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.isTwoWay, let start = connection.teardown.start,
      connection.teardown.landmarks[0] != 0, connection.teardown.landmarks[1] != 0,
      let first = connection.teardown.initiator, !isRepeated(by: first, connection),
      // It closed its half with its last words, as some programs do, and got an answer.
      !connection.landmarks.isHalfUsed,
      // Among what was not captured of the other end may be its FIN: an acknowledgment of it is of one number more.
      connection.teardown.halfClosed != nil
        || connection.traffic[first.peer].missingBytes ?? 0 == 0,
      connection.teardown.halfClosed != nil || isOpen(first.peer, connection)
    else { return nil }
    let open: Nanoseconds
    switch connection.outcome {
    case .halfClosed:
      open = connection.teardown.halfClosed ?? context.time(after: start, of: connection)
    case .closed: open = connection.teardown.halfClosed ?? 0
    default: return nil
    }
    guard open >= limit else { return nil }
    return Sighting(
      weight: connection.teardown.halfClosed ?? open,
      frames: [connection.teardown.landmarks[0], connection.teardown.landmarks[1]]
    ).telling(
      "\(connection.teardown.initiator?.name ?? "") \(connection.teardown.halfClosed == nil) "
        + "\(vain(connection) == nil)")
  }

  /// Of a connection that began before the capture an end may have closed before, too: unless it sent something.
  /// And of what a filter leaves that wants payload, a FIN without any is no part.
  private static func isOpen(_ side: Side, _ connection: ConnectionSummary) -> Bool {
    if connection.handshake.kind != .notCaptured { return true }
    return connection.traffic[side].payloadBytes > 0 && connection.holdsBareACKs
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let teardown = group.example.teardown
    let first = teardown.initiator ?? .client
    let time: Wording.Value =
      teardown.halfClosed.map { .said("time.for", ["time": group.upTo(.duration($0))]) }
      ?? .said("time.toTheEnd")
    if let leg = group.otherLeg {
      return group.says(
        "finding.half_closed.translated",
        [
          "time": time, "first": .side(first), "other": .side(first.peer),
          "leg": .digits(leg.connection), "frame": .digits(leg.frame),
        ])
    }
    return group.says(
      "finding.half_closed",
      [
        "time": time,
        "first": .side(first), "other": .side(first.peer), "vain": vain(group.example) ?? .nothing,
      ])
  }

  /// Where the other end closed at last, and nobody was there any more.
  private static func vain(_ connection: ConnectionSummary) -> Wording.Value? {
    guard connection.outcome == .halfClosed, connection.teardown.halfClosed != nil,
      let last = connection.teardown.initiator?.peer
    else { return nil }
    let times = fins(of: last, connection)
    return times > 1
      ? .said("finding.half_closed.vain", ["times": .counted("unit.times", times)]) : nil
  }

  /// How often it was acknowledged late is not known then, nor since when its end waits for the other.
  private static func isRepeated(by side: Side, _ connection: ConnectionSummary) -> Bool {
    fins(of: side, connection) > 1
  }

  private static func fins(of side: Side, _ connection: ConnectionSummary) -> Int64 {
    connection.traffic[side].fin - Int64(connection.analysis?[side].duplicateFrames ?? 0)
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("half_closed_ns", group.example.teardown.halfClosed)
    evidence.add("fin_frame", group.example.teardown.landmarks[0])
    evidence.add("other_leg", group.otherLeg?.connection)
    evidence.add("other_leg_frame", group.otherLeg?.frame)
    return evidence
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    let start = record.pointee.teardown.start
    return start != .min && span &- start >= limit
  }
}
