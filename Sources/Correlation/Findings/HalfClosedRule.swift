import Support
import TCPModel

/// One end closed, the other one kept its half open.
enum HalfClosedRule: FindingRule {
  static let kind = FindingKind.halfClosed
  static let severity = Finding.Severity.warning

  static let limit: Nanoseconds = 10_000_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.isTwoWay, let start = connection.teardown.start,
      connection.teardown.landmarks[0] != 0, connection.teardown.landmarks[1] != 0
    else { return nil }
    let open: Nanoseconds
    switch connection.outcome {
    case .halfClosed: open = context.time(after: start, of: connection)
    case .closed: open = connection.teardown.halfClosed ?? 0
    default: return nil
    }
    guard open >= limit else { return nil }
    return Sighting(
      weight: connection.teardown.halfClosed ?? open,
      frames: [connection.teardown.landmarks[0], connection.teardown.landmarks[1]]
    ).telling(
      "\(connection.teardown.initiator?.name ?? "") \(connection.teardown.halfClosed == nil) "
        + "\(vain(connection).isEmpty)")
  }

  static func sentence(_ group: FindingGroup) -> String {
    let teardown = group.example.teardown
    let time =
      teardown.halfClosed.map { " for \(group.upTo)\(Quantity.duration($0))" } ?? " to the end"
    let first = teardown.initiator ?? .client
    return
      "\(group.capitalised) to \(group.serverName) stayed half closed\(time): the \(first.name) sent its "
      + "FIN and it was acknowledged, the \(first.peer.name) kept its side open\(vain(group.example))"
      + "\(group.worst)."
  }

  /// Where the other end closed at last, and nobody was there any more.
  private static func vain(_ connection: ConnectionSummary) -> String {
    guard connection.outcome == .halfClosed, connection.teardown.halfClosed != nil,
      let last = connection.teardown.initiator?.peer
    else { return "" }
    let times =
      connection.traffic[last].fin - Int64(connection.analysis?[last].duplicateFrames ?? 0)
    return times > 1
      ? ", and its FIN, sent \(Quantity.counted(times, "time")), was never acknowledged" : ""
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("half_closed_ns", group.example.teardown.halfClosed)
    evidence.add("fin_frame", group.example.teardown.landmarks[0])
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
