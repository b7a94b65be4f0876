import Support
import TCPModel

/// Bytes that were acknowledged but not captured.
enum MissingBytesRule: FindingRule {
  static let kind = FindingKind.captureDrops
  static let severity = Finding.Severity.warning

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    let missing = bytes(connection)
    return missing > 0 ? Sighting(weight: missing, frame: connection.firstFrame) : nil
  }

  static func sentence(_ group: FindingGroup) -> String {
    let missing = bytes(group.example)
    return "\(group.capitalised) to \(group.serverName): \(Quantity.counted(missing, "byte")) "
      + (missing == 1 ? "was acknowledged but is" : "were acknowledged but are")
      + " not in the capture, so it is incomplete\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("missing_bytes", bytes(group.example))
    return evidence
  }

  private static func bytes(_ connection: ConnectionSummary) -> Int64 {
    (connection.traffic.client.missingBytes ?? 0) + (connection.traffic.server.missingBytes ?? 0)
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    record.endpoint(.low).lacksData || record.endpoint(.high).lacksData
  }
}

extension UnsafePointer<EndpointRecord> {
  /// A hole in what was captured, or an acknowledgment beyond it.
  fileprivate var lacksData: Bool {
    let coverage = pointee.coverage
    return coverage.holes != 0 || coverage.isAcked && coverage.highest.isBefore(coverage.acked)
  }
}
