import Support
import TCPModel

/// The connections of scans, sweeps and floods, each a finding.
struct CrowdGroups {
  private var groups: [Crowd: Group] = [:]
  private var order: [Crowd] = []

  private struct Group {
    var count = 0
    var byOutcome: [Outcome: Int] = [:]
    var connections: [Int] = []
    var frames: [Int64] = []
    var first: Timestamp
    var last: Timestamp
    var clients: Set<IPAddress> = []
    var servers: Set<Endpoint> = []

    /// Beyond this many they are not told apart.
    static let setLimit = 1 << 16

    mutating func add(_ connection: ConnectionSummary) {
      count += 1
      byOutcome[connection.outcome, default: 0] += 1
      if connections.count < Finding.namedConnections {
        connections.append(connection.id)
        frames.append(connection.firstFrame)
      }
      first = min(first, connection.start)
      last = max(last, connection.start)
      if clients.count < Group.setLimit { clients.insert(connection.client.address) }
      if servers.count < Group.setLimit { servers.insert(connection.server) }
    }
  }

  mutating func add(_ connection: ConnectionSummary, to crowd: Crowd) {
    if groups[crowd] == nil { order.append(crowd) }
    groups[crowd, default: Group(first: connection.start, last: connection.start)].add(connection)
  }

  func findings(_ census: OpeningCensus, calling name: (Endpoint) -> String) -> [RankedFinding] {
    order.compactMap { crowd in groups[crowd].map { Self.finding(crowd, $0, name) } }
  }

  private static func finding(
    _ crowd: Crowd, _ group: Group, _ name: (Endpoint) -> String
  ) -> RankedFinding {
    let time = Quantity.duration(group.last.since(group.first))
    let outcomes = Outcome.allCases.compactMap { outcome in
      group.byOutcome[outcome].map { "\($0) \(words(outcome))" }
    }
    .joined(separator: ", ")
    var evidence = Evidence()
    let kind: FindingKind
    let severity: Finding.Severity
    let text: String
    switch crowd {
    case .ports(let client, let host):
      kind = .portScan
      severity = .warning
      let ports = group.servers.map(\.port).sorted()
      text =
        "\(client) tried \(ports.count) ports of \(host) (\(ports.first ?? 0) to \(ports.last ?? 0)) "
        + "within \(time), in vain: \(outcomes)."
      evidence.add("client", client.description)
      evidence.add("server", host.description)
      evidence.add("ports", ports.count)
    case .hosts(let client, let port):
      kind = .portScan
      severity = .warning
      text =
        "\(client) tried port \(port) of \(group.servers.count) hosts within \(time), in vain: "
        + "\(outcomes)."
      evidence.add("client", client.description)
      evidence.add("port", port)
      evidence.add("hosts", group.servers.count)
    case .flood(let server):
      kind = .synFlood
      severity = .error
      let clients =
        group.clients.count == 1 ? "one address" : "\(group.clients.count) addresses"
      text =
        "\(name(server)) got \(group.count) connection attempts from \(clients) within \(time) that nobody "
        + "completed or tried again: a flood of SYNs, with forged addresses or none to answer (\(outcomes))."
      evidence.add("server", server.description)
      evidence.add("clients", group.clients.count)
    }
    evidence.add("connections", group.count)
    for outcome in Outcome.allCases { evidence.add(outcome.rawValue, group.byOutcome[outcome]) }
    evidence.add("span_ns", group.last.since(group.first))
    // Nobody waits for what a scanner or a forger tries; a flood keeps others out.
    let cost = kind == .synFlood ? Sighting.failure &* Nanoseconds(group.count) : 0
    return RankedFinding(
      Finding(
        kind: kind, severity: severity, connections: group.connections, frames: group.frames,
        text: text,
        evidence: evidence.items), cost: cost)
  }

  private static func words(_ outcome: Outcome) -> String {
    switch outcome {
    case .refused: "refused"
    case .unanswered: "unanswered"
    case .halfOpen: "left half open"
    case .reset: "reset"
    case .closed: "closed"
    case .halfClosed: "half closed"
    case .open: "open"
    }
  }
}
