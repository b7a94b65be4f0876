import TCPModel

/// A server that closes connections after always the same idle time.
struct IdleTimeoutTally {
  /// No server's idle time is shorter.
  static let leastIdle: Nanoseconds = 1_000_000_000
  private static let leastCount = 3
  private static let keptLimit = 1 << 12

  private struct Sight {
    var idle: Nanoseconds
    var connection: Int
    var frame: Int64
  }

  private var sights: [Endpoint: [Sight]] = [:]

  mutating func add(_ connection: ConnectionSummary) {
    guard connection.teardown.initiator == .server, let close = connection.teardown.start,
      connection.timings.exchanges > 0, connection.teardown.landmarks[0] != 0,
      connection.landmarks.unacknowledged.client == 0
        || connection.landmarks.crossingPayload != nil
    else { return }
    let idle = close &- connection.landmarks.lastPayloadAt
    guard idle >= Self.leastIdle, sights[connection.server]?.count ?? 0 < Self.keptLimit else {
      return
    }
    sights[connection.server, default: []].append(
      Sight(idle: idle, connection: connection.id, frame: connection.teardown.landmarks[0]))
  }

  @inline(__always)
  static func mayBe(inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds) -> Bool {
    let teardown = record.pointee.teardown
    return span >= leastIdle && teardown.start != .min && teardown.initiator != record.clientEnd
      && teardown.start &- record.pointee.phases.lastPayload >= leastIdle
  }

  func findings(calling name: (Endpoint) -> String) -> [RankedFinding] {
    let common = sights.compactMap { server, sights -> (Endpoint, Nanoseconds, [Sight], Int)? in
      let sorted = sights.sorted { $0.idle < $1.idle }
      let median = sorted[sorted.count / 2].idle
      // Timers are coarse: many servers look once a second.
      let width = max(median / 20, 100_000_000)
      let near = sights.filter { abs($0.idle &- median) <= width }
      guard near.count >= Self.leastCount, near.count * 10 >= sights.count * 6 else { return nil }
      return (server, median, near, sights.count)
    }
    return common.sorted { ($0.2.first?.connection ?? 0) < ($1.2.first?.connection ?? 0) }
      .map { server, median, near, all in
        var evidence = Evidence()
        evidence.add("server", server.description)
        evidence.add("idle_ns", median)
        evidence.add("connections", near.count)
        evidence.add("closed_after_idle", all)
        return RankedFinding(
          Finding(
            kind: .idleTimeout, severity: .info, connections: near.map(\.connection),
            frames: near.map(\.frame).sorted(),
            wording: Wording(
              "finding.idle_timeout",
              [
                "server": .text(name(server)), "idle": .duration(median),
                "count": .digits(near.count),
              ]),
            evidence: evidence.items))
      }
  }
}
