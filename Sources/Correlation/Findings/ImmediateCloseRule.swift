import TCPModel

/// The server takes the connection and ends it at once, without a byte.
enum ImmediateCloseRule: FindingRule {
  static let kind = FindingKind.immediateClose
  static let severity = Finding.Severity.warning
  static let explains: Set<FindingKind> = [.reset, .halfClosed]

  /// Beyond the round trip between the ACK that opens and the close.
  static let margin: Nanoseconds = 50_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    guard connection.handshake.kind == .threeWay, let ack = connection.handshake.ack,
      let close = connection.teardown.start, connection.teardown.initiator == .server,
      connection.traffic.server.payloadBytes == 0,
      // It may have sent what was not captured.
      connection.traffic.server.missingBytes ?? 0 == 0,
      // What the client may have sent at once, the server did not take.
      connection.traffic.client.payloadBytes == 0
        || marks.unacknowledged.client >= connection.traffic.client.uniqueBytes ?? .max,
      close &- ack <= (connection.handshake.serverRTT ?? 0) &+ margin,
      !marks.isRSTForeign || marks.reset == nil
    else { return nil }
    return Sighting(
      frames: [connection.teardown.frames.first], cost: Sighting.failure)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    group.says(
      "finding.immediate_close",
      ["how": .said(group.example.landmarks.resetBy == .server ? "segment.rst" : "segment.fin")])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let close = group.example.teardown
    evidence.add("close_frame", close.frames.first)
    evidence.add("after_ns", (close.start ?? 0) &- (group.example.handshake.ack ?? 0))
    return evidence
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    let teardown = record.pointee.teardown
    return teardown.start != .min && teardown.initiator != record.clientEnd
      && record.endpoint(record.clientEnd.other).pointee.payloadBytes == 0
  }
}
