import TCPModel

/// A handshake that took long, though nothing was sent again.
enum SlowHandshakeRule: FindingRule {
  static let kind = FindingKind.slowHandshake
  static let severity = Finding.Severity.warning

  static let limit: Nanoseconds = 500_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    // Without the SYN/ACK the first ACK may have been sent long after the opening.
    guard let syn = connection.handshake.syn, let ack = connection.handshake.ack,
      connection.handshake.synACK != nil, !connection.landmarks.opensUnseen, ack &- syn >= limit,
      context.isTimed(connection), connection.isTwoWay
    else { return nil }
    return Sighting(weight: ack &- syn, frame: connection.firstFrame, cost: ack &- syn)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let handshake = group.example.handshake
    return group.says(
      slowPart(handshake),
      ["time": group.upTo(.duration((handshake.ack ?? 0) &- (handshake.syn ?? 0)))])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let handshake = group.example.handshake
    evidence.add("handshake_ns", (handshake.ack ?? 0) &- (handshake.syn ?? 0))
    evidence.add("server_rtt_ns", handshake.serverRTT)
    evidence.add("client_rtt_ns", handshake.clientRTT)
    return evidence
  }

  /// The sentence that says which half of the round trip it was.
  private static func slowPart(_ handshake: Handshake) -> String {
    guard let server = handshake.serverRTT, let client = handshake.clientRTT else {
      return "finding.slow_handshake"
    }
    if server / 4 >= client { return "finding.slow_handshake.server" }
    return client / 4 >= server ? "finding.slow_handshake.client" : "finding.slow_handshake"
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    let (syn, ack) = (record.pointee.handshake.syn, record.pointee.handshake.ack)
    return syn != .min && ack != .min && ack &- syn >= limit
  }
}
