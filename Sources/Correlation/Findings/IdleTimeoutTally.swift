import TCPModel

/// A server that closes connections after always the same idle time.
struct IdleTimeoutTally {
  /// No server's idle time is shorter.
  static let leastIdle: Nanoseconds = 1_000_000_000
  private static let leastCount = 3
  /// Servers that look for idle connections once in a while are late by as much.
  private static let sweep: Nanoseconds = 1_000_000_000
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
    let common = sights.compactMap { server, sights -> Common? in
      let sorted = sights.sorted { $0.idle < $1.idle }
      let median = sorted[sorted.count / 2].idle
      // Timers are coarse: many servers look once a second.
      let width = max(median / 20, 100_000_000)
      let near = sights.filter { abs($0.idle &- median) <= width }
      guard near.count >= Self.leastCount, near.count * 10 >= sights.count * 6 else { return nil }
      let around = sorted.map(\.idle).filter { abs($0 &- median) <= max(width, Self.sweep) }
      return Common(
        server: server, median: median, near: near, count: sights.count,
        least: around.first ?? median, most: around.last ?? median, width: width)
    }
    return common.sorted { ($0.near.first?.connection ?? 0) < ($1.near.first?.connection ?? 0) }
      .map { common in
        var evidence = Evidence()
        evidence.add("server", common.server.description)
        evidence.add("idle_ns", common.median)
        evidence.add("least_idle_ns", common.least)
        evidence.add("most_idle_ns", common.most)
        evidence.add("connections", common.near.count)
        evidence.add("closed_after_idle", common.count)
        let isWide = common.most &- common.least > common.width
        return RankedFinding(
          Finding(
            kind: .idleTimeout, severity: .info, connections: common.near.map(\.connection),
            frames: common.near.map(\.frame).sorted(),
            wording: Wording(
              "finding.idle_timeout",
              [
                "server": .text(name(common.server)),
                "idle": isWide
                  ? .said(
                    "finding.idle_timeout.between",
                    ["least": .duration(common.least), "most": .duration(common.most)])
                  : .duration(common.median),
                "least": .duration(isWide ? common.least : common.median),
                "count": .digits(common.near.count),
              ]),
            evidence: evidence.items))
      }
  }

  /// What the closes of one server have in common.
  private struct Common {
    var server: Endpoint
    var median: Nanoseconds
    var near: [Sight]
    /// Of all that were closed after being idle.
    var count: Int
    var least: Nanoseconds
    var most: Nanoseconds
    /// What is one time still.
    var width: Nanoseconds
  }
}
