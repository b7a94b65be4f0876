import TCPModel

extension SocketTable {
  /// The sockets that are alive and those kept of the ones that are gone, in the order of first
  /// sight, and how many more there were.
  func reports(_ times: [Timestamp], _ names: SocketNames) -> ([SocketLifecycle], omitted: Int) {
    let all = (gone + alive).sorted(by: SocketTable.isOlder)
    return (all.map { report($0, times, names) }, dropped)
  }

  private func report(
    _ entry: Entry, _ times: [Timestamp], _ names: SocketNames
  ) -> SocketLifecycle {
    var report = SocketLifecycle(local: entry.key.local, remote: entry.key.remote)
    report.process = entry.process.flatMap { names.processName($0) }
    report.uid = entry.uid == NightRow.unknown ? nil : entry.uid
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
