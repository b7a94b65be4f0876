import Support
import TCPModel

/// A response that the server took long for, and many round trips.
enum SlowResponseRule: FindingRule {
  static let kind = FindingKind.slowResponse
  static let severity = Finding.Severity.warning

  static let limit: Nanoseconds = 1_000_000_000

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    guard let wait = connection.timings.longestWait, wait >= limit,
      wait / 10 >= connection.handshake.rtt ?? 0
    else { return nil }
    return Sighting(weight: wait, frame: connection.landmarks.longestWait)
  }

  static func sentence(_ group: FindingGroup) -> String {
    "\(group.capitalised) to \(group.serverName) waited up to "
      + "\(Quantity.duration(group.example.timings.longestWait ?? 0)) for the first byte of a "
      + "response\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("longest_wait_ns", group.example.timings.longestWait)
    return evidence
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    if record.pointee.phases.longestWait >= limit { return true }
    // It may wait still.
    switch record.pointee.phases.current {
    case .handshake, .send: return span >= limit
    case .wait, .receive, .idle, .teardown, .timeWait: return false
    }
  }
}
