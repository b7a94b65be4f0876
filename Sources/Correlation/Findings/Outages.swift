import TCPModel

/// Times in which nobody answered a host: its own link, or its way out, is likelier the trouble than each of those
/// it asked.
struct Outages {
  /// As many attempts are remembered.
  private static let limit = 1 << 14
  /// Fewer may all be down, or closed off; and some of them have to be known to answer.
  private static let leastServers = 3
  private static let leastKnown = 2
  private static let leastTime: Nanoseconds = 5_000_000_000
  /// Who asks so seldom does not show that nothing came meanwhile.
  private static let longestPause: Nanoseconds = 30_000_000_000

  private struct Host: Hashable {
    var capture: Int
    var address: IPAddress
  }

  /// A SYN that was answered, then, or one that was sent in vain.
  private struct Attempt {
    var at: Timestamp
    var server: IPAddress
    var isAnswered: Bool
  }

  struct Outage: Hashable {
    var start: Timestamp
    var end: Timestamp
    var client: IPAddress
    var servers: Int
  }

  private var hosts: [Host: [Attempt]] = [:]
  private var count = 0

  /// One of all connections, or of a few of them.
  mutating func sample(_ connection: ConnectionSummary, of share: Int) {
    let handshake = connection.handshake
    guard handshake.syn != nil, !connection.landmarks.isCorrupt else { return }
    // Of a few nobody knows whether another one was answered meanwhile.
    count = share > 1 ? Self.limit : count + 1
    guard count < Self.limit else { return hosts.removeAll() }
    let host = Host(capture: connection.capture, address: connection.client.address)
    let server = connection.server.address
    let answer =
      handshake.synACK ?? (connection.outcome == .unanswered ? nil : connection.teardown.start)
    if answer == nil || handshake.synRetransmissions > 0 {
      hosts[host, default: []].append(
        Attempt(at: connection.start, server: server, isAnswered: false))
    }
    if let answer {
      hosts[host, default: []].append(
        Attempt(at: connection.start.advanced(by: answer), server: server, isAnswered: true))
    }
  }

  /// Capture by capture: a client may be in several.
  var all: [Outage] {
    hosts.sorted { $0.key.capture < $1.key.capture }.flatMap { host, attempts in
      Self.outages(attempts, of: host.address)
    }
  }

  private static func outages(_ attempts: [Attempt], of client: IPAddress) -> [Outage] {
    let known = Set(attempts.filter(\.isAnswered).map(\.server))
    var found: [Outage] = []
    var run: [Attempt] = []
    func close() {
      let servers = Set(run.map(\.server))
      if let first = run.first, let last = run.last, last.at.since(first.at) >= leastTime,
        servers.count >= leastServers, servers.intersection(known).count >= leastKnown
      {
        found.append(
          Outage(start: first.at, end: last.at, client: client, servers: servers.count))
      }
      run = []
    }
    for attempt in attempts.sorted(by: { $0.at < $1.at }) {
      if let last = run.last, attempt.at.since(last.at) > longestPause { close() }
      if attempt.isAnswered { close() } else { run.append(attempt) }
    }
    close()
    return found
  }
}
