import Support
import TCPModel

extension SocketTable {
  /// Sockets that a report tells of one by one; with a million of them it would be longer than what
  /// it was made from.
  private static let maximumReported = 50_000

  /// The sockets seen at most instants, in the order of first sight, and how many more there were.
  func reports(_ times: [Timestamp], _ names: SocketNames) -> ([SocketLifecycle], omitted: Int) {
    var places = reportedPlaces
    places.sort { SocketTable.isOlder(entry($0), than: entry($1)) }
    let omitted = gone.count + alive.count - places.count + dropped
    return (places.map { report(entry($0), times, names) }, omitted)
  }

  private func entry(_ place: Int) -> Entry {
    place < gone.count ? gone[place] : alive[place - gone.count]
  }

  private var reportedPlaces: [Int] {
    let count = gone.count + alive.count
    guard count > SocketTable.maximumReported else { return Array(0..<count) }
    var sockets = Array(repeating: 0, count: times.count + 1)
    for entry in gone { sockets[Int(entry.instants)] += 1 }
    for entry in alive { sockets[Int(entry.instants)] += 1 }
    // From this number of instants on all are told of, and of those one below as many as fit.
    var room = SocketTable.maximumReported
    var floor = sockets.count
    while floor > 0, sockets[floor - 1] <= room {
      floor -= 1
      room -= sockets[floor]
    }
    return (0..<count).filter { place in
      let instants = Int(entry(place).instants)
      if instants >= floor { return true }
      if instants == floor - 1, room > 0 {
        room -= 1
        return true
      }
      return false
    }
  }

  private func report(
    _ entry: Entry, _ times: [Timestamp], _ names: SocketNames
  ) -> SocketLifecycle {
    var report = SocketLifecycle(local: entry.key.local, remote: entry.key.remote)
    report.process = entry.process.flatMap { names.processName($0) }
    report.uid = entry.uid == NightSample.unknown ? nil : entry.uid
    report.inode = entry.inode == 0 ? nil : entry.inode
    report.cookie = entry.cookie == 0 ? nil : entry.cookie
    report.instants = Int(entry.instants)
    report.states = stays(of: entry).map { stay in
      SocketLifecycle.Stay(
        state: stay.state, firstSeen: times[Int(stay.first)], lastSeen: times[Int(stay.last)])
    }
    if entry.hasCounters {
      report.bytesAcked = growth(entry.firstBytesAcked, entry.lastBytesAcked)
      report.bytesReceived = growth(entry.firstBytesReceived, entry.lastBytesReceived)
      report.retransmissions = growth(entry.firstRetransmissions, entry.lastRetransmissions)
    }
    return report
  }

  /// nil for a counter that went back: it is another socket's.
  private func growth<Counter: UnsignedInteger>(_ first: Counter, _ last: Counter) -> Counter? {
    last >= first ? last - first : nil
  }
}
