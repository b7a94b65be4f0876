import Support
import TCPModel

/// A handshake that took long, though nothing was sent again.
enum SlowHandshakeRule: FindingRule {
  static let kind = FindingKind.slowHandshake
  static let severity = Finding.Severity.warning

  static let limit: Nanoseconds = 500_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    // Without the SYN/ACK the first ACK may have been sent long after the opening.
    guard let syn = connection.handshake.syn, let ack = connection.handshake.ack,
      connection.handshake.synACK != nil, ack &- syn >= limit,
      context.isTimed(connection)
    else { return nil }
    return Sighting(weight: ack &- syn, frame: connection.firstFrame, cost: ack &- syn)
  }

  static func sentence(_ group: FindingGroup) -> String {
    let handshake = group.example.handshake
    let time = Quantity.duration((handshake.ack ?? 0) &- (handshake.syn ?? 0))
    return "\(group.capitalised) to \(group.serverName) took \(group.upTo)\(time) to open"
      + "\(slowPart(handshake))\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let handshake = group.example.handshake
    evidence.add("handshake_ns", (handshake.ack ?? 0) &- (handshake.syn ?? 0))
    evidence.add("server_rtt_ns", handshake.serverRTT)
    evidence.add("client_rtt_ns", handshake.clientRTT)
    return evidence
  }

  /// Which half of the round trip it was.
  private static func slowPart(_ handshake: Handshake) -> String {
    guard let server = handshake.serverRTT, let client = handshake.clientRTT else { return "" }
    if server / 4 >= client {
      return ", most of it until the SYN/ACK: the server or its side of the path"
    }
    if client / 4 >= server {
      return ", most of it until the client's ACK: the client or its side of the path"
    }
    return ""
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    let (syn, ack) = (record.pointee.handshake.syn, record.pointee.handshake.ack)
    return syn != .min && ack != .min && ack &- syn >= limit
  }
}
