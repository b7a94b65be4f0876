import TCPModel

/// The server takes the connection and ends it at once: without a byte, or with a few words to a client that has
/// not said anything.
enum ImmediateCloseRule: FindingRule {
  static let kind = FindingKind.immediateClose
  static let severity = Finding.Severity.warning
  static let explains: Set<FindingKind> = [.reset, .halfClosed]

  /// Beyond the round trip between the ACK that opens, or the server's words, and the close.
  static let margin: Nanoseconds = 50_000_000
  /// Longer words are no refusal.
  private static let longestWords: Int64 = 1024

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    guard connection.handshake.kind == .threeWay, let ack = connection.handshake.ack,
      let close = connection.teardown.start, connection.teardown.initiator == .server,
      // It may have sent what was not captured.
      connection.traffic.server.missingBytes ?? 0 == 0,
      !marks.isRSTForeign || marks.reset == nil
    else { return nil }
    let words = marks.firstPayload.server
    if words == nil {
      // What the client may have sent at once, the server did not take.
      guard
        connection.traffic.client.payloadBytes == 0
          || marks.unacknowledged.client >= connection.traffic.client.uniqueBytes ?? .max
      else { return nil }
    } else {
      guard isTurnedAway(connection) else { return nil }
    }
    // Who a client is may take a while to look up; what follows the words does not.
    guard close &- (words ?? ack) <= (connection.handshake.serverRTT ?? 0) &+ margin else {
      return nil
    }
    return Sighting(
      frames: [
        words == nil ? nil : marks.lastPayload, connection.teardown.frames.first,
      ], cost: Sighting.failure
    ).telling("\(words == nil) \(connection.isResetByServer)")
  }

  /// The server speaks first in what is spoken there, and never closes before the client has said something,
  /// unless it does not want it.
  private static func isTurnedAway(_ connection: ConnectionSummary) -> Bool {
    guard connection.traffic.client.payloadBytes == 0,
      connection.traffic.server.uniqueBytes ?? .max <= longestWords,
      // Nothing else was said, and it is the last thing before the close.
      connection.traffic.client.missingBytes ?? 0 == 0
    else { return false }
    switch connection.likelyApplication {
    case .smtp, .imap, .pop3, .ftp, .mysql, .ssh, .vnc: return true
    default: return false
    }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let words = group.example.landmarks.firstPayload.server != nil
    let frame = group.example.landmarks.lastPayload ?? group.example.firstFrame
    return group.says(
      words ? "finding.immediate_close.words" : "finding.immediate_close",
      [
        "how": group.example.serversEnd,
        "bytes": .bytes(group.example.traffic.server.uniqueBytes ?? 0),
        "frame": .digits(frame),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let close = group.example.teardown
    evidence.add("close_frame", close.frames.first)
    evidence.add("after_ns", (close.start ?? 0) &- (group.example.handshake.ack ?? 0))
    if group.example.landmarks.firstPayload.server != nil {
      evidence.add("words_frame", group.example.landmarks.lastPayload)
      evidence.add("words_bytes", group.example.traffic.server.uniqueBytes)
    }
    return evidence
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    let teardown = record.pointee.teardown
    guard teardown.start != .min, teardown.initiator != record.clientEnd else { return false }
    let server = record.endpoint(record.clientEnd.other).pointee.payloadBytes
    return server == 0
      || server <= longestWords && record.endpoint(record.clientEnd).pointee.payloadBytes == 0
  }
}
