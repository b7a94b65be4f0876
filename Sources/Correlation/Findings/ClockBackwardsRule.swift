import TCPModel

/// Times that go backwards within a connection, where the capture as a whole does not say how far: then `CaptureTally`
/// tells of it once.
enum ClockBackwardsRule: FindingRule {
  static let kind = FindingKind.clockBackwards
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    context.tellsStep(of: connection)
      ? nil : connection.landmarks.clockBackwards.map { Sighting(frame: $0) }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    group.says("finding.clock_backwards")
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("backwards_frame", group.example.landmarks.clockBackwards)
    return evidence
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    record.pointee.bits.contains(.clockBackwards)
  }
}
