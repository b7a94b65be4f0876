import TCPModel

/// A few of a server's connections are much slower than the others, through a loss each: nothing in one of
/// them stands out, together they do.
struct SlowTailTally {
  /// Of so many connections of a server the usual one is known well enough.
  private static let leastSamples = 100
  /// So many are slow, this many times as slow as the usual one, and by so much.
  private static let leastSlow = 3
  private static let leastPercent = 1
  private static let factor: Nanoseconds = 3
  private static let leastExtra: Nanoseconds = 50_000_000
  private static let placeLimit = 1 << 12
  private static let keptLimit = 1 << 14

  private struct Server {
    /// How long sampled connections worked.
    var times: [Nanoseconds] = []
    var share = 1
    var slow: [Slow] = []
  }

  private struct Slow {
    var time: Nanoseconds
    var connection: Int
    var frame: Int64
  }

  private var servers: [Endpoint: Server] = [:]

  /// From the first SYN to the last byte of an answer, without the idle time, for each exchange.
  private static func time(_ connection: ConnectionSummary) -> Nanoseconds? {
    let timings = connection.timings
    guard timings.exchanges > 0, connection.outcome == .closed || connection.outcome == .open else {
      return nil
    }
    let sum =
      (timings.handshake ?? 0) &+ (timings.send ?? 0) &+ (timings.wait ?? 0)
      &+ (timings.receive ?? 0) &+ (timings.stalled ?? 0)
    return sum / Nanoseconds(timings.exchanges)
  }

  mutating func sample(_ connection: ConnectionSummary, of share: Int) {
    guard let time = Self.time(connection),
      servers[connection.server] != nil || servers.count < Self.placeLimit
    else { return }
    servers[connection.server, default: Server()].times.append(time)
    servers[connection.server]?.share = share
  }

  /// A connection of which nothing else is told.
  mutating func add(_ connection: ConnectionSummary) {
    let marks = connection.landmarks
    guard let time = Self.time(connection), servers[connection.server] != nil,
      let frame = marks.firstRetransmission.client ?? marks.firstRetransmission.server,
      servers[connection.server]?.slow.count ?? 0 < Self.keptLimit
    else { return }
    servers[connection.server]?.slow.append(
      Slow(time: time, connection: connection.id, frame: frame))
  }

  func findings(calling name: (Endpoint) -> String) -> [RankedFinding] {
    servers.compactMap { server, seen in Self.finding(server, seen, name) }
  }

  private static func finding(
    _ server: Endpoint, _ seen: Server, _ name: (Endpoint) -> String
  ) -> RankedFinding? {
    guard seen.times.count >= leastSamples, !seen.slow.isEmpty else { return nil }
    let times = seen.times.sorted()
    let median = times[times.count / 2]
    let slow = seen.slow.filter {
      $0.time >= median &* factor && $0.time &- median >= leastExtra
    }
    let all = seen.times.count * seen.share
    guard slow.count >= leastSlow, slow.count * 100 >= all * leastPercent else { return nil }
    let lost = slow.reduce(Nanoseconds(0)) { $0 &+ ($1.time &- median) }
    let usual = { (percent: Int) in times[min(times.count - 1, times.count * percent / 100)] }
    let worst = slow.map(\.time).max() ?? 0
    var evidence = Evidence()
    evidence.add("server", server.description)
    evidence.add("slow_connections", slow.count)
    evidence.add("connections", all)
    evidence.add("p50_ns", median)
    evidence.add("p90_ns", usual(90))
    evidence.add("p99_ns", usual(99))
    evidence.add("worst_ns", worst)
    return RankedFinding(
      Finding(
        kind: .slowTail, severity: .warning,
        connections: slow.prefix(Finding.namedConnections).map(\.connection),
        frames: slow.prefix(Finding.namedConnections).map(\.frame).sorted(),
        wording: Wording(
          // The tail of all may be longer than that of these: others had other trouble.
          usual(99) > worst ? "finding.slow_tail.others" : "finding.slow_tail",
          [
            "slow": .digits(slow.count),
            "all": seen.share > 1
              ? .said("amount.about", ["amount": .digits(all)]) : .digits(all),
            "server": .text(name(server)),
            "percent": .share(Int64(slow.count), of: Int64(max(1, all))),
            "worst": .duration(worst), "median": .duration(median),
            "p90": .duration(usual(90)), "p99": .duration(usual(99)),
          ]),
        evidence: evidence.items), cost: lost)
  }
}
