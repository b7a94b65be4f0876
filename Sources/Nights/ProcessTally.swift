import Support
import TCPModel

/// How many sockets the processes of each name have.
struct ProcessTally {
  private struct Record {
    var pids: Set<UInt32> = []
    var uid = NightSample.unknown
    var most: Int64 = 0
    var mostAt: UInt32 = 0
    var mostByState = StateCounts()
  }

  private var records: [NameID: Record] = [:]
  /// Of the instant at hand, by process list: a list is looked up once an instant, not per socket.
  private var counts: [StateCounts?] = []
  private var uids: [UInt32] = []
  private var seen: [ProcessListID] = []

  mutating func add(_ row: NightSample) {
    guard let list = row.process else { return }
    let place = Int(list.rawValue)
    while counts.count <= place {
      counts.append(nil)
      uids.append(NightSample.unknown)
    }
    if counts[place] == nil {
      counts[place] = StateCounts()
      seen.append(list)
    }
    counts[place]?[row.state] += 1
    if row.uid != NightSample.unknown { uids[place] = row.uid }
  }

  mutating func finishInstant(_ instant: UInt32, _ names: SocketNames) {
    var ofName: [NameID: StateCounts] = [:]
    for list in seen {
      let place = Int(list.rawValue)
      guard let counts = counts[place] else { continue }
      self.counts[place] = nil
      // Processes that share a socket have it both, those of one name once.
      let processes = names[list]
      for name in Set(processes.map(\.name)) {
        ofName[name, default: StateCounts()].add(counts)
      }
      for process in processes {
        records[process.name, default: Record()].pids.insert(process.pid)
      }
      if uids[place] != NightSample.unknown, let owner = processes.first {
        records[owner.name]?.uid = uids[place]
      }
    }
    seen.removeAll(keepingCapacity: true)
    for (name, counts) in ofName {
      records[name]?.mostByState.raise(to: counts)
      guard counts.total > records[name]?.most ?? 0 else { continue }
      records[name]?.most = counts.total
      records[name]?.mostAt = instant
    }
  }

  /// The busiest first.
  func reports(_ times: [Timestamp], _ names: SocketNames) -> [NightProcess] {
    records.map { name, record in
      var report = NightProcess(name: names[name], mostAt: times[Int(record.mostAt)])
      report.pids = record.pids.count
      report.uid = record.uid == NightSample.unknown ? nil : record.uid
      report.mostSockets = record.most
      report.mostByState = record.mostByState
      return report
    }
    .sorted { ($1.mostSockets, $0.name) < ($0.mostSockets, $1.name) }
  }
}
