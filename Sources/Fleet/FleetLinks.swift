import TCPModel

/// Connections between hosts of the fleet: both ends of each are looked for, and counted together by
/// program and service.
struct FleetLinks {
  private let members: [FleetMember]
  private let processes: ProcessNames
  /// Links that are told of.
  private static let most = 1_000
  /// Two hosts' clocks, and their snapshots, are apart by so much.
  private static let tolerance: Int64 = 10_000_000_000

  init(_ members: [FleetMember], _ processes: ProcessNames) {
    self.members = members
    self.processes = processes
  }

  private struct Key: Hashable {
    var client: Int
    var clientProcess: Int32
    var server: Int
    var port: UInt16
  }

  /// A connection with the sockets of its ends, in the order of its key.
  private struct Pair {
    var low: Seen?
    var high: Seen?
  }

  private struct Seen {
    var member: Int
    var socket: Int
  }

  var all: (links: [FleetLink], omitted: Int) {
    let owners = owners
    var pairs: [FlowKey: Pair] = [:]
    for (place, member) in members.enumerated() {
      for (number, socket) in member.sockets.enumerated() {
        guard let peer = owners[socket.remote.address] ?? nil, peer != place,
          owners[socket.local.address] == place
        else { continue }
        let key = FlowKey(source: socket.local, destination: socket.remote)
        let seen = Seen(member: place, socket: number)
        if key.low == socket.local {
          pairs[key, default: Pair()].low = later(pairs[key]?.low, seen)
        } else {
          pairs[key, default: Pair()].high = later(pairs[key]?.high, seen)
        }
      }
    }
    let listening = members.map { member in
      Set(member.host.night.listeners.map(\.local.port))
    }
    var links: [Key: FleetLink] = [:]
    for (key, pair) in pairs {
      guard let low = owners[key.low.address] ?? nil, let high = owners[key.high.address] ?? nil
      else { continue }
      let isLowServer = isServer(key.low.port, listening[low], key.high.port, listening[high])
      let (client, server) = isLowServer ? (pair.high, pair.low) : (pair.low, pair.high)
      let ends = Ends(
        clientHost: isLowServer ? high : low, serverHost: isLowServer ? low : high,
        port: isLowServer ? key.low.port : key.high.port, client: client.map(socket),
        server: server.map(socket))
      add(ends, to: &links)
    }
    let sorted = links.values.sorted(by: Self.precedes)
    return (Array(sorted.prefix(Self.most)), max(0, sorted.count - Self.most))
  }

  /// Whose address it is; nil for one that several hosts have, as bridges of containers do.
  private var owners: [IPAddress: Int?] {
    var owners: [IPAddress: Int?] = [:]
    for (place, member) in members.enumerated() {
      for address in member.host.addresses {
        owners.updateValue(owners[address] == nil ? place : nil, forKey: address)
      }
    }
    return owners
  }

  private func socket(_ seen: Seen) -> FleetSocket { members[seen.member].sockets[seen.socket] }

  private func later(_ one: Seen?, _ other: Seen) -> Seen {
    guard let one else { return other }
    return socket(one).lastSeen > socket(other).lastSeen ? one : other
  }

  private func isServer(
    _ port: UInt16, _ own: Set<UInt16>, _ otherPort: UInt16, _ others: Set<UInt16>
  ) -> Bool {
    let (listens, otherListens) = (own.contains(port), others.contains(otherPort))
    return listens == otherListens ? port < otherPort : listens
  }

  private struct Ends {
    var clientHost: Int
    var serverHost: Int
    var port: UInt16
    var client: FleetSocket?
    var server: FleetSocket?
  }

  private func add(_ ends: Ends, to links: inout [Key: FleetLink]) {
    let key = Key(
      client: ends.clientHost, clientProcess: ends.client?.process ?? FleetSocket.noProcess,
      server: ends.serverHost, port: ends.port)
    let server = members[ends.serverHost].host
    let listener = server.night.listeners.first {
      $0.local.port == ends.port && $0.process != nil
    }
    var link =
      links[key]
      ?? FleetLink(
        client: .init(
          host: members[ends.clientHost].host.host.name, process: processes[key.clientProcess]),
        server: .init(host: server.host.name, process: listener?.process?.name),
        port: ends.port)
    if listener == nil, let process = ends.server.flatMap({ processes[$0.process] }) {
      link.server.process = min(link.server.process ?? process, process)
    }
    link.connections += 1
    if ends.client != nil { link.atClient += 1 }
    if ends.server != nil { link.atServer += 1 }
    if ends.client != nil, ends.server != nil { link.atBoth += 1 }
    if let wait = wait(ends) { link.waits[wait, default: 0] += 1 }
    links[key] = link
  }

  /// Which end keeps the other one waiting at last.
  private func wait(_ ends: Ends) -> FleetLink.Wait? {
    if let server = ends.server, server.last == .closeWait, server.hasStayed,
      isGoneOrWaits(ends.client, at: server.lastSeen)
    {
      return .serverDoesNotClose
    }
    if let client = ends.client, client.last == .closeWait, client.hasStayed,
      isGoneOrWaits(ends.server, at: client.lastSeen)
    {
      return .clientDoesNotClose
    }
    if let client = ends.client, client.last == .synSent, client.hasStayed, ends.server == nil {
      return .synUnanswered
    }
    if let server = ends.server, server.last == .established,
      server.process == FleetSocket.noProcess, isQueueFull(ends)
    {
      return .serverDoesNotAccept
    }
    return nil
  }

  /// Whether an end has closed: it is in FIN_WAIT_2, or its kernel has forgotten it.
  private func isGoneOrWaits(_ end: FleetSocket?, at time: Int64) -> Bool {
    guard let end else { return true }
    return end.last == .finWait2 || end.last == .finWait1
      || end.lastSeen < time.subtractingReportingOverflow(Self.tolerance).partialValue
  }

  /// Connections that nobody has accepted yet belong to no process.
  private func isQueueFull(_ ends: Ends) -> Bool {
    members[ends.serverHost].host.night.listeners.contains { listener in
      guard listener.local.port == ends.port, listener.process != nil else { return false }
      return listener.queueLimit.map { $0 > 0 && listener.mostWaiting >= $0 } ?? false
    }
  }

  private static func precedes(_ left: FleetLink, _ right: FleetLink) -> Bool {
    if left.waiting != right.waiting { return left.waiting > right.waiting }
    if left.connections != right.connections { return left.connections > right.connections }
    let (one, two) = (
      (left.client.host, left.client.process ?? "", left.server.host, left.port),
      (right.client.host, right.client.process ?? "", right.server.host, right.port)
    )
    return one < two
  }
}
