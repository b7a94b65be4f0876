import TCPModel

/// How many sockets each remote address has.
struct PeerTally {
  /// A peer with far more sockets than a share would be.
  struct Domination {
    /// Its place, as `SocketTable` keeps it.
    var peer: UInt32
    var instants = 0
    var worst: (instant: UInt32, count: Int, total: Int)
  }

  private struct Record {
    var address: IPAddress
    /// Neither the host's own address nor a loopback one.
    var isForeign: Bool
    var most = 0
    var mostAt: UInt32 = 0
    var ofSockets = 0
    var instants = 0
    var domination: Domination?
  }

  private var records: [Record] = []
  /// Sockets at the instant at hand, apart from the records: they are counted row by row, in an
  /// order that no cache could hold the records in.
  private var now: [Int32] = []
  /// Peers that have any: a night's peers are many more.
  private var present: [Int] = []
  private var places: [IPAddress: UInt32] = [:]
  private var ownAddresses: Set<IPAddress> = []
  /// Most sockets have the address of the one before.
  private var lastOwnAddress: IPAddress?
  private var withPeer = 0

  /// The peer's place, which a socket keeps from instant to instant: a look-up per socket, not per
  /// row.
  mutating func place(of address: IPAddress) -> UInt32 {
    if let place = places[address] { return place }
    let place = UInt32(truncatingIfNeeded: records.count)
    places[address] = place
    records.append(
      Record(
        address: address, isForeign: !address.isLoopback && !ownAddresses.contains(address)))
    now.append(0)
    return place
  }

  mutating func add(_ place: UInt32) {
    if now[Int(place)] == 0 { present.append(Int(place)) }
    now[Int(place)] += 1
    withPeer += 1
  }

  /// The host's own addresses are no peers.
  mutating func addOwn(_ address: IPAddress) {
    if address == lastOwnAddress { return }
    lastOwnAddress = address
    ownAddresses.insert(address)
    if let place = places[address] { records[Int(place)].isForeign = false }
  }

  mutating func finishInstant(_ instant: UInt32) {
    let peers = present.filter { records[$0].isForeign }
    for place in peers {
      let now = Int(now[place])
      records[place].instants += 1
      if now > records[place].most {
        records[place].most = now
        records[place].mostAt = instant
        records[place].ofSockets = withPeer
      }
      guard peers.count >= NightOptions.peerCount, now >= NightOptions.peerSockets,
        now * 100 >= withPeer * NightOptions.peerPercent
      else { continue }
      var domination =
        records[place].domination
        ?? Domination(
          peer: UInt32(truncatingIfNeeded: place), worst: (instant, 0, 1))
      domination.instants += 1
      if now * domination.worst.total > domination.worst.count * withPeer {
        domination.worst = (instant, now, withPeer)
      }
      records[place].domination = domination
    }
    for place in present { now[place] = 0 }
    present.removeAll(keepingCapacity: true)
    withPeer = 0
  }

  /// Peers that dominated, in the order of addresses.
  var dominations: [(address: IPAddress, domination: Domination)] {
    records.compactMap { record in record.domination.map { (record.address, $0) } }
      .sorted { $0.address.precedes($1.address) }
  }

  /// The busiest first.
  func reports(_ times: [Timestamp]) -> [NightPeer] {
    records.filter { $0.instants > 0 && $0.isForeign }
      .map { record in
        var report = NightPeer(address: record.address, mostAt: times[Int(record.mostAt)])
        report.mostSockets = Int64(record.most)
        report.ofSockets = Int64(record.ofSockets)
        report.instants = record.instants
        return report
      }
      .sorted { left, right in
        left.mostSockets != right.mostSockets
          ? left.mostSockets > right.mostSockets : left.address.precedes(right.address)
      }
  }
}
