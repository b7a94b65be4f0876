import Support
import TCPModel

/// One end closed, the other one kept its half open.
enum HalfClosedRule: FindingRule {
  static let kind = FindingKind.halfClosed
  static let severity = Finding.Severity.warning

  static let limit: Nanoseconds = 10_000_000_000

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    let halfClosed = connection.teardown.halfClosed ?? 0
    guard connection.outcome == .halfClosed || halfClosed >= limit else { return nil }
    return Sighting(weight: halfClosed, frame: connection.teardown.frames.first)
  }

  static func sentence(_ group: FindingGroup) -> String {
    let teardown = group.example.teardown
    let time = teardown.halfClosed.map { " for \(Quantity.duration($0))" } ?? ""
    return "\(group.capitalised) to \(group.serverName) stayed half closed\(time): the "
      + "\(teardown.initiator?.name ?? "one end") sent its FIN, the other end kept its side "
      + "open\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("half_closed_ns", group.example.teardown.halfClosed)
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
