import TCPModel

/// A request crosses the close of a server whose idle time is over, and is reset.
enum KeepAliveRaceRule: FindingRule {
  static let kind = FindingKind.keepAliveRace
  static let severity = Finding.Severity.warning
  static let explains: Set<FindingKind> = [
    .reset, .halfClosed, .retransmissions, .middleboxReset, .stalled,
  ]

  /// No server's idle time is shorter.
  static let leastIdle: Nanoseconds = 1_000_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    let server = Side.server
    guard connection.teardown.initiator == server, let close = connection.teardown.start,
      connection.traffic[server].fin > 0, let reset = marks.reset, marks.resetBy == server,
      connection.teardown.landmarks[0] != 0, marks.unacknowledged[server.peer] > 0,
      // Who still repeats what nobody acknowledged was not idle: the path is broken.
      marks.unacknowledged[server] == 0,
      connection.timings.exchanges > 0, keepsAlive(connection)
    else { return nil }
    if let request = marks.crossingPayload {
      // Seen near the server: the FIN first, after a quiet time.
      guard close &- marks.lastPayloadAt >= leastIdle else { return nil }
      return sighting(connection, request, reset)
    }
    // Seen near the client: the FIN comes before the request can have been answered.
    guard let request = marks.lastPayload, marks.closesUnanswered,
      marks.lastIdle >= leastIdle,
      let trip = connection.handshake.serverRTT ?? connection.rtt[server.peer]?.min,
      close &- marks.lastPayloadAt >= 0, close &- marks.lastPayloadAt < trip
    else { return nil }
    return sighting(connection, request, reset)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    group.says("finding.keep_alive_race")
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let marks = group.example.landmarks
    evidence.add("fin_frame", group.example.teardown.landmarks[0])
    evidence.add("request_frame", marks.crossingPayload ?? marks.lastPayload)
    evidence.add("reset_frame", marks.reset)
    evidence.add(
      "idle_ns",
      marks.crossingPayload == nil
        ? marks.lastIdle : (group.example.teardown.start ?? 0) &- marks.lastPayloadAt)
    return evidence
  }

  /// Where a person types, the close follows from what was typed.
  private static func keepsAlive(_ connection: ConnectionSummary) -> Bool {
    switch connection.spoken?.application {
    case .telnet, .ssh, .ftp, .rdp, .vnc: false
    default: true
    }
  }

  private static func sighting(
    _ connection: ConnectionSummary, _ request: Int64, _ reset: Int64
  ) -> Sighting {
    Sighting(
      frames: [connection.teardown.landmarks[0], request, reset].sorted(), cost: Sighting.failure)
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    record.pointee.teardown.rstFrame != 0
  }
}
