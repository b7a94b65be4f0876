import Support
import TCPModel

/// A handshake that took long, whatever made it slow.
enum SlowHandshakeRule: FindingRule {
  static let kind = FindingKind.slowHandshake
  static let severity = Finding.Severity.warning

  static let limit: Nanoseconds = 500_000_000

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    guard let syn = connection.handshake.syn, let ack = connection.handshake.ack,
      ack &- syn >= limit
    else { return nil }
    return Sighting(weight: ack &- syn, frame: connection.firstFrame)
  }

  static func sentence(_ group: FindingGroup) -> String {
    let handshake = group.example.handshake
    let time = Quantity.duration((handshake.ack ?? 0) &- (handshake.syn ?? 0))
    return "\(group.capitalised) to \(group.serverName) took \(time) to open\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let handshake = group.example.handshake
    evidence.add("handshake_ns", (handshake.ack ?? 0) &- (handshake.syn ?? 0))
    return evidence
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    let (syn, ack) = (record.pointee.handshake.syn, record.pointee.handshake.ack)
    return syn != .min && ack != .min && ack &- syn >= limit
  }
}
