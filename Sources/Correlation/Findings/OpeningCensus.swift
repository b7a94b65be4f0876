import Support
import TCPModel

/// Who tried to open connections to whom, in vain: a scan, a sweep or a flood is one thing to know, not a
/// thousand.
public struct OpeningCensus: Sendable {
  /// So many different ports of a host, or hosts, in vain, by one client.
  static let scanLeast = 15
  /// So many attempts left open at one server, this many a second, and half of all that it got.
  static let floodLeast = 100
  static let floodRate = 10
  /// Places beyond this many are not looked at: forged addresses must not cost memory.
  private static let placeLimit = 1 << 16
  private static let setLimit = 64

  private var ports: [Crowd: Set<UInt16>] = [:]
  private var hosts: [Crowd: Set<IPAddress>] = [:]
  private var floods: [Endpoint: Flood] = [:]
  private var successes: [Crowd: Int] = [:]
  private var crowds: Set<Crowd> = []
  private var openings = PortPressureTally()

  struct Flood: Sendable {
    var count = 0
    var first: Timestamp
    var last: Timestamp
    var clients: Set<IPAddress> = []

    var rate: Int {
      let span = max(1_000_000_000, last.since(first))
      return Int(Int64(count) * 1_000_000_000 / span)
    }
  }

  public init() {}

  /// Whether so many failed attempts can be a crowd at all.
  public static func isNeeded(failures: Int) -> Bool { failures >= scanLeast }

  /// An attempt that a glance says has failed.
  public mutating func add(_ attempt: OpeningAttempt) {
    guard attempt.hasFailed else { return }
    let client = attempt.client.address
    Self.insert(
      attempt.server.port, &ports, .ports(client: client, host: attempt.server.address))
    Self.insert(attempt.server.address, &hosts, .hosts(client: client, port: attempt.server.port))
    guard attempt.isLeftOpen, floods[attempt.server] != nil || floods.count < Self.placeLimit else {
      return
    }
    var flood = floods[attempt.server] ?? Flood(first: attempt.start, last: attempt.start)
    flood.count += 1
    flood.first = min(flood.first, attempt.start)
    flood.last = max(flood.last, attempt.start)
    if flood.clients.count < Self.setLimit { flood.clients.insert(client) }
    floods[attempt.server] = flood
  }

  private static func insert<Member: Hashable>(
    _ member: Member, _ sets: inout [Crowd: Set<Member>], _ crowd: Crowd
  ) {
    guard sets[crowd] != nil || sets.count < placeLimit else { return }
    if sets[crowd]?.count ?? 0 < setLimit { sets[crowd, default: []].insert(member) }
  }

  /// Whether anything looks like a crowd; then `weigh` has to see all attempts.
  public mutating func concludes() -> Bool {
    for (crowd, set) in ports where set.count >= Self.scanLeast { crowds.insert(crowd) }
    for (crowd, set) in hosts where set.count >= Self.scanLeast { crowds.insert(crowd) }
    for (server, flood) in floods
    where flood.count >= Self.floodLeast && flood.rate >= Self.floodRate {
      crowds.insert(.flood(server: server))
    }
    return !crowds.isEmpty
  }

  /// An attempt that came to something speaks against a crowd.
  public mutating func weigh(_ attempt: OpeningAttempt) {
    guard !attempt.hasFailed else { return }
    let client = attempt.client.address
    for crowd in [
      Crowd.ports(client: client, host: attempt.server.address),
      .hosts(client: client, port: attempt.server.port), .flood(server: attempt.server),
    ] where crowds.contains(crowd) {
      successes[crowd, default: 0] += 1
    }
  }

  /// To be called after all were weighed.
  public mutating func decide() {
    crowds = crowds.filter { crowd in
      let successes = successes[crowd] ?? 0
      switch crowd {
      case .ports: return successes <= (ports[crowd]?.count ?? 0) * 2
      case .hosts: return successes <= hosts[crowd]?.count ?? 0
      case .flood(let server): return successes <= floods[server]?.count ?? 0
      }
    }
  }

  /// The crowd that a connection belongs to: of a scan that also which opened, and had nothing to ask.
  func crowd(of attempt: OpeningAttempt) -> Crowd? {
    if crowds.isEmpty || !attempt.hasFailed && !attempt.isProbe { return nil }
    let client = attempt.client.address
    let flood = Crowd.flood(server: attempt.server)
    if attempt.hasFailed, attempt.isLeftOpen, crowds.contains(flood) { return flood }
    let scan = Crowd.ports(client: client, host: attempt.server.address)
    if crowds.contains(scan) { return scan }
    let sweep = Crowd.hosts(client: client, port: attempt.server.port)
    return crowds.contains(sweep) ? sweep : nil
  }

  var seesNoCrowd: Bool { crowds.isEmpty }

  func flood(of server: Endpoint) -> Flood? { floods[server] }

  // MARK: Ports

  public static func mayBeShortOfPorts(connections: Int) -> Bool {
    connections >= PortPressureTally.least
  }

  /// One of every so many connections.
  public mutating func sample(_ attempt: OpeningAttempt, of share: Int) {
    openings.sample(attempt, of: share)
  }

  /// Whether somebody may be short of ports; then `count` has to see all connections.
  public var mayBeShortOfPorts: Bool { openings.isNeeded }

  public mutating func count(_ attempt: OpeningAttempt) { openings.count(attempt) }

  func portPressure(calling name: (Endpoint) -> String) -> [RankedFinding] {
    openings.findings(calling: name)
  }
}

extension UnsafePointer<ConnectionRecord> {
  /// As the description of the connection would have it.
  var opening: OpeningAttempt {
    let (client, server) = (endpoint(clientEnd), endpoint(clientEnd.other))
    return OpeningAttempt(
      client: pointee.key[clientEnd], server: pointee.key[clientEnd.other], outcome: outcomeAtEnd,
      start: pointee.start, isRetried: pointee.handshake.synRetransmissions > 0,
      hasPayload: client.pointee.payloadBytes + server.pointee.payloadBytes > 0,
      hasRequest: client.pointee.payloadBytes > 0,
      isResetByClient: pointee.teardown.rstFrame != 0
        && pointee.teardown.rstSender == clientEnd,
      isCorrupt: isCorrupt)
  }
}
