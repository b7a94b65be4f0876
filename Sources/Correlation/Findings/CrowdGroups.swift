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
    /// Those that opened, and how often.
    var open: Set<Endpoint> = []
    var opened = 0
    /// Those whose SYN/ACK was sent again.
    var answeredAgain = 0

    /// Beyond this many they are not told apart.
    static let setLimit = 1 << 16

    mutating func add(_ connection: ConnectionSummary) {
      count += 1
      if connection.handshake.synACK != nil, OpeningAttempt(connection).isProbe {
        opened += 1
        if open.count < Group.setLimit { open.insert(connection.server) }
      } else {
        byOutcome[connection.outcome, default: 0] += 1
      }
      if connection.handshake.synACKRetransmissions > 0 { answeredAgain += 1 }
      if connections.count < Finding.namedConnections {
        connections.append(connection.id)
        frames.append(connection.firstFrame)
      }
      first = min(first, connection.start)
      last = max(last, connection.start)
      if clients.count < Group.setLimit { clients.insert(connection.client.address) }
      if servers.count < Group.setLimit { servers.insert(connection.server) }
    }

    /// A filter for SYNs leaves the same of connections that opened, but a server that gets no ACK says so by a
    /// SYN/ACK once more; and a capture has to go on until a client would have tried again.
    func isFlood(_ context: FindingContext, hearsAnswers: Bool, hearsACKs: Bool) -> Bool {
      (hearsAnswers || byOutcome[.unanswered] ?? 0 < count)
        && (hearsACKs || answeredAgain * 2 >= count - (byOutcome[.unanswered] ?? 0))
        && context.time(since: first) >= UnansweredRule.patience
    }
  }

  mutating func add(_ connection: ConnectionSummary, to crowd: Crowd) {
    if groups[crowd] == nil { order.append(crowd) }
    groups[crowd, default: Group(first: connection.start, last: connection.start)].add(connection)
  }

  /// - Parameters:
  ///   - hearsAnswers: Answers were captured at all.
  ///   - hearsACKs: And other segments than those that open and close.
  func findings(
    _ context: FindingContext, hearsAnswers: Bool, hearsACKs: Bool,
    calling name: (Endpoint) -> String
  ) -> [RankedFinding] {
    order.compactMap { crowd in
      guard let group = groups[crowd] else { return nil }
      if case .flood = crowd,
        !group.isFlood(context, hearsAnswers: hearsAnswers, hearsACKs: hearsACKs)
      {
        return nil
      }
      return Self.finding(crowd, group, hearsAnswers: hearsAnswers, name)
    }
  }

  /// What a scan is for: the ports, or the hosts, that accepted.
  private static func opened(_ crowd: Crowd, _ group: Group) -> [Wording.Value] {
    guard group.opened > 0 else { return [] }
    let open = group.open.sorted { ($0.port, $0.description) < ($1.port, $1.description) }
    let named = open.prefix(namedOpen).map { server in
      switch crowd {
      case .ports: Wording.Value.digits(server.port)
      case .hosts, .flood: Wording.Value.text(server.address.description)
      }
    }
    return [
      .said(
        open.count > namedOpen ? "attempts.acceptedMany" : "attempts.accepted",
        ["count": .digits(group.opened), "places": .list(named, joined: ", ")])
    ]
  }

  private static let namedOpen = 8

  private static func finding(
    _ crowd: Crowd, _ group: Group, hearsAnswers: Bool, _ name: (Endpoint) -> String
  ) -> RankedFinding {
    let time = Wording.Value.duration(group.last.since(group.first))
    let outcomes =
      hearsAnswers
      ? Wording.Value.commas(
        Outcome.allCases.compactMap { outcome in
          group.byOutcome[outcome].map {
            .said("attempts." + outcome.rawValue, ["count": .digits($0)])
          }
        } + opened(crowd, group)) : .said("attempts.unheard")
    var evidence = Evidence()
    let kind: FindingKind
    let severity: Finding.Severity
    let wording: Wording
    switch crowd {
    case .ports(let client, let host):
      kind = .portScan
      severity = .warning
      let ports = group.servers.map(\.port).sorted()
      wording = Wording(
        "finding.port_scan.ports",
        [
          "client": .text(client.description), "count": .digits(ports.count),
          "host": .text(host.description), "first": .digits(ports.first ?? 0),
          "last": .digits(ports.last ?? 0), "time": time, "outcomes": outcomes,
          "attempts": .count(Int64(group.count)),
        ])
      evidence.add("client", client.description)
      evidence.add("server", host.description)
      evidence.add("ports", ports.count)
    case .hosts(let client, let port):
      kind = .portScan
      severity = .warning
      wording = Wording(
        "finding.port_scan.hosts",
        [
          "client": .text(client.description), "port": .digits(port),
          "count": .digits(group.servers.count), "time": time, "outcomes": outcomes,
          "attempts": .count(Int64(group.count)),
        ])
      evidence.add("client", client.description)
      evidence.add("port", port)
      evidence.add("hosts", group.servers.count)
    case .flood(let server):
      kind = .synFlood
      severity = .error
      wording = Wording(
        group.clients.count == 1 ? "finding.syn_flood.byOne" : "finding.syn_flood",
        [
          "server": .text(name(server)), "count": .digits(group.count),
          "clients": .numbered("unit.addresses", group.clients.count), "time": time,
          "outcomes": outcomes,
        ])
      evidence.add("server", server.description)
      evidence.add("clients", group.clients.count)
    }
    evidence.add("connections", group.count)
    for outcome in Outcome.allCases { evidence.add(outcome.rawValue, group.byOutcome[outcome]) }
    if group.opened > 0 { evidence.add("accepted", group.opened) }
    evidence.add("span_ns", group.last.since(group.first))
    // Nobody waits for what a scanner or a forger tries; a flood keeps others out.
    let cost = kind == .synFlood ? Sighting.failure &* Nanoseconds(group.count) : 0
    return RankedFinding(
      Finding(
        kind: kind, severity: severity, connections: group.connections, frames: group.frames,
        wording: wording, evidence: evidence.items), cost: cost)
  }
}
