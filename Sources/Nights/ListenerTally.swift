import Support
import TCPModel

/// Listening endpoints over the night: who listens, how full the accept queues get, and who comes
/// and goes.
struct ListenerTally {
  struct Record {
    var report: NightListener
    var process: ProcessListID?
    var uid = NightSample.unknown
    /// The instant with the fullest accept queue among those that had it full, and their number.
    var fullest: (instant: UInt32, waiting: UInt32, limit: UInt32)?
    var fullInstants = 0
    /// nil for a listener that was there from the beginning.
    var appearedAt: UInt32?
    /// nil for one that is there at the end.
    var vanishedAt: UInt32?
    var lastInstant: UInt32
  }

  private(set) var records: [Endpoint: Record] = [:]
  private var hasSeenAny = false
  private var isListening = Array(repeating: false, count: 1 << 16)
  private var connections = Array(repeating: Int64(0), count: 1 << 16)
  private var instant: UInt32 = 0
  private var time = Timestamp(nanoseconds: 0)

  mutating func begin(_ instant: UInt32, _ time: Timestamp, _ rows: [NightSample]) {
    self.instant = instant
    self.time = time
    for port in isListening.indices {
      isListening[port] = false
      connections[port] = 0
    }
    for row in rows where row.isListener { isListening[Int(row.local.port)] = true }
  }

  /// Whether anybody listens on a port at this instant: then a connection on it was accepted.
  func isServer(_ port: UInt16) -> Bool { isListening[Int(port)] }

  mutating func addConnection(_ row: NightSample) {
    connections[Int(row.local.port)] += 1
  }

  mutating func add(_ row: NightSample) {
    var record =
      records[row.local]
      ?? Record(
        report: NightListener(local: row.local, firstSeen: time),
        appearedAt: hasSeenAny ? instant : nil, lastInstant: instant)
    record.report.lastSeen = time
    record.lastInstant = instant
    if let process = row.process { record.process = process }
    if row.uid != NightSample.unknown { record.uid = row.uid }
    let waiting = row.receiveQueue == NightSample.unknown ? 0 : row.receiveQueue
    record.report.mostWaiting = max(record.report.mostWaiting, waiting)
    if row.sendQueue != NightSample.unknown {
      record.report.queueLimit = max(record.report.queueLimit ?? 0, row.sendQueue)
      if row.sendQueue > 0, waiting >= row.sendQueue {
        record.fullInstants += 1
        if waiting > record.fullest?.waiting ?? 0 {
          record.fullest = (instant, waiting, row.sendQueue)
        }
      }
    }
    records[row.local] = record
  }

  /// An instant without any listener is one of a snapshot that does not show them (`ss -tn`).
  mutating func finishInstant() {
    guard isListening.contains(true) else { return }
    hasSeenAny = true
    for (local, record) in records {
      if record.lastInstant == instant {
        records[local]?.report.mostConnections = max(
          record.report.mostConnections, connections[Int(local.port)])
        records[local]?.vanishedAt = nil
      } else if record.vanishedAt == nil {
        records[local]?.vanishedAt = instant
      }
    }
  }

  /// The limit of the accept queue, of the listener on this address or on all of them.
  func queueLimit(of local: Endpoint) -> UInt32? {
    for address in [local.address, IPAddress(ipv4: 0), IPAddress(ipv6: 0, 0)] {
      let record = records[Endpoint(address: address, port: local.port)]
      if let limit = record?.report.queueLimit { return limit }
    }
    return nil
  }

  /// In the order of ports.
  func reports(_ names: SocketNames) -> [NightListener] {
    records.values.map { record in
      var report = record.report
      report.process = record.process.flatMap { names.processName($0) }
      report.uid = record.uid == NightSample.unknown ? nil : record.uid
      return report
    }
    .sorted { left, right in
      left.local.port != right.local.port
        ? left.local.port < right.local.port : left.local.precedes(right.local)
    }
  }
}

extension SocketNames {
  /// The process that stands first in a list, by name.
  func processName(_ list: ProcessListID) -> ProcessName? {
    firstProcess(list).map { ProcessName(name: self[$0.name], pid: $0.pid) }
  }
}
