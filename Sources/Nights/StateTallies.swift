import TCPModel

/// The end of a connection that has a name: the port somebody listens on, or the remote one.
struct Service: Hashable {
  /// Of the process, where the snapshots show it.
  var process: NameID?
  var isServer: Bool
  var port: UInt16
}

/// Sockets in CLOSE_WAIT: the peer has closed, the application has not.
struct CloseWaitTally {
  struct Count {
    var instant: UInt32
    var sockets: Int
    /// Of these, those that were in CLOSE_WAIT at the instant before, too.
    var stayed: Int
    var example: SocketKey
    var process: ProcessListID?
  }

  /// Of each service, the instants at which it had any.
  private(set) var series: [Service: [Count]] = [:]

  mutating func add(
    _ row: NightSample, _ service: Service, instant: UInt32, hasStayed: Bool
  ) {
    let isNew = series[service]?.last?.instant != instant
    if isNew {
      series[service, default: []].append(
        Count(
          instant: instant, sockets: 0, stayed: 0, example: SocketKey(row), process: row.process))
    }
    guard let last = series[service]?.count else { return }
    series[service]?[last - 1].sockets += 1
    if hasStayed { series[service]?[last - 1].stayed += 1 }
  }
}

/// Connections that wait for the handshake's last ACK.
struct HalfOpenTally {
  struct Worst {
    var instant: UInt32
    var sockets: Int
    var limit: UInt32?
    var busiestPeer: IPAddress
    var ofPeer: Int
  }

  private(set) var worst: [Endpoint: Worst] = [:]
  private var now: [Endpoint: [IPAddress: Int]] = [:]

  mutating func add(_ row: NightSample) {
    now[row.local, default: [:]][row.remote.address, default: 0] += 1
  }

  mutating func finishInstant(_ instant: UInt32, limit: (Endpoint) -> UInt32?) {
    for (local, peers) in now {
      let sockets = peers.values.reduce(0, +)
      let busiest = peers.max { left, right in
        left.value != right.value ? left.value < right.value : right.key.precedes(left.key)
      }
      guard sockets > worst[local]?.sockets ?? 0, let busiest else { continue }
      worst[local] = Worst(
        instant: instant, sockets: sockets, limit: limit(local), busiestPeer: busiest.key,
        ofPeer: busiest.value)
    }
    now.removeAll(keepingCapacity: true)
  }
}

/// Ephemeral ports that TIME_WAIT holds.
///
/// A client cannot open another connection from a port to the same place while the old one is in
/// TIME_WAIT; the host that closed first keeps the state. So ports of the range are counted per
/// address on either end: the host's own, and those a peer uses towards one of its services.
struct TimeWaitTally {
  struct Worst {
    var instant: UInt32
    var ports: Int
    var address: IPAddress
    /// The host's own ports, not the peer's.
    var isOwn: Bool
    /// The other end of most of them.
    var busiest: Endpoint
    var ofBusiest: Int
  }

  private struct User: Hashable {
    var address: IPAddress
    /// The host's service whose peer is meant; nil for the host's own ports.
    var service: Endpoint?
  }

  private(set) var worst: Worst?
  private var now: [(local: Endpoint, remote: Endpoint)] = []

  mutating func add(_ row: NightSample) {
    now.append((row.local, row.remote))
  }

  mutating func finishInstant(_ instant: UInt32, range: ClosedRange<UInt16>) {
    defer { now.removeAll(keepingCapacity: true) }
    guard now.count * 100 >= range.count * NightOptions.timeWaitPercent else { return }
    var ports: [User: Set<UInt16>] = [:]
    var others: [User: [Endpoint: Int]] = [:]
    for (local, remote) in now {
      if range.contains(local.port) {
        let user = User(address: local.address)
        ports[user, default: []].insert(local.port)
        others[user, default: [:]][remote, default: 0] += 1
      } else if range.contains(remote.port) {
        let user = User(address: remote.address, service: local)
        ports[user, default: []].insert(remote.port)
        others[user, default: [:]][local, default: 0] += 1
      }
    }
    for (user, used) in ports.sorted(by: { TimeWaitTally.isBefore($0.key, $1.key) }) {
      guard used.count * 100 >= range.count * NightOptions.timeWaitPercent,
        used.count > worst?.ports ?? 0,
        let busiest = others[user]?.max(by: TimeWaitTally.isLess)
      else { continue }
      worst = Worst(
        instant: instant, ports: used.count, address: user.address, isOwn: user.service == nil,
        busiest: busiest.key, ofBusiest: busiest.value)
    }
  }

  private static func isBefore(_ left: User, _ right: User) -> Bool {
    if left.address != right.address { return left.address.precedes(right.address) }
    guard let service = left.service, let other = right.service else { return left.service == nil }
    return service.precedes(other)
  }

  private static func isLess(_ left: (Endpoint, Int), _ right: (Endpoint, Int)) -> Bool {
    left.1 != right.1 ? left.1 < right.1 : right.0.precedes(left.0)
  }
}
