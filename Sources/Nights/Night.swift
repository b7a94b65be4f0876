import Support
import TCPModel

/// Reads a series of snapshots, in the order of time, and reports on it.
///
///     var night = Night(options: options)
///     night.begin(snapshot, names); night.ingest(rows); night.end(snapshot) ...
///     let report = night.finish(names)
///
/// Snapshots of one instant (`ss` and `/proc/net/tcp`, taken one after the other) are taken
/// together; everything else is counted per instant, so memory grows with the sockets alive at once
/// and with the instants, not with the rows read.
public struct Night: ~Copyable {
  private let options: NightOptions
  private var group: [LoadedSnapshot] = []
  private var snapshots: [NightSnapshot] = []
  private var instants: [NightInstant] = []
  private var tallies = NightTallies()
  /// Of any snapshot so far: the next one has about as many.
  private var mostRows = 0

  public init(options: NightOptions = NightOptions()) {
    self.options = options
  }

  /// A snapshot begins; its sockets come next.
  public mutating func begin(_ snapshot: SnapshotInfo, _ names: SocketNames) {
    if !group.isEmpty, !LoadedSnapshot.isOneInstant(group, snapshot) { closeInstant(names) }
    var loaded = LoadedSnapshot(info: snapshot)
    loaded.rows.reserveCapacity(mostRows)
    group.append(loaded)
  }

  public mutating func ingest(_ rows: [NightRow]) {
    guard !group.isEmpty else { return }
    let last = group.count - 1
    for row in rows { group[last].byState[row.state] += 1 }
    group[last].rows += rows
  }

  /// The snapshot is whole, and so are its counts.
  public mutating func end(_ snapshot: SnapshotInfo) {
    guard !group.isEmpty else { return }
    group[group.count - 1].info = snapshot
    mostRows = max(mostRows, group[group.count - 1].rows.count)
  }

  public mutating func finish(_ names: SocketNames) -> NightReport {
    if !group.isEmpty { closeInstant(names) }
    let times = instants.map(\.time)
    var report = NightReport()
    report.snapshots = snapshots
    report.instants = instants
    report.listeners = tallies.listeners.reports(names)
    report.processes = tallies.processes.reports(times, names)
    report.peers = tallies.peers.reports(times)
    (report.sockets, report.socketsOmitted) = tallies.sockets.reports(times, names)
    report.findings = NightFindings(options: options, instants: instants, tallies: tallies)
      .all(names)
    return report
  }

  private mutating func closeInstant(_ names: SocketNames) {
    let (rows, counted) = LoadedSnapshot.merge(group)
    var byState = StateCounts()
    for place in counted { byState.add(group[place].byState) }
    var instant = NightInstant(
      time: group[counted[0]].info.time ?? Timestamp(nanoseconds: 0), byState: byState)
    tallies.add(rows, to: &instant, options, names)
    instants.append(instant)
    for (place, loaded) in group.enumerated() {
      snapshots.append(
        NightSnapshot(
          info: loaded.info, byState: loaded.byState, isCounted: counted.contains(place)))
    }
    group.removeAll(keepingCapacity: true)
  }
}

/// Everything that is counted from instant to instant.
struct NightTallies {
  var sockets = SocketTable()
  var listeners = NightListeners()
  var processes = NightProcesses()
  var peers = NightPeers()
  var closeWaits = CloseWaits()
  var halfOpen = HalfOpenConnections()
  var timeWaits = PortsInTimeWait()
  private var count: UInt32 = 0

  /// Takes the rows of the next instant.
  mutating func add(
    _ rows: [NightRow], to instant: inout NightInstant, _ options: NightOptions,
    _ names: SocketNames
  ) {
    let number = count
    count += 1
    sockets.beginInstant(instant.time, rows: rows.count)
    listeners.begin(number, instant.time, rows)
    for row in rows {
      let sighting = sockets.add(row, instant: number)
      processes.add(row)
      if row.isListener {
        listeners.add(row)
      } else {
        listeners.addConnection(row)
        if sighting.isNew { addNew(row, at: sighting.place) }
        if row.remote.port != 0 { peers.add(sockets.alive[sighting.place].peer) }
        add(row, sighting, number, names)
      }
      // What was sent before the first instant is not part of the night.
      if number > 0, let sent = sighting.segmentsSent {
        instant.segmentsSent = (instant.segmentsSent ?? 0) + Int64(sent)
        instant.segmentsRetransmitted =
          (instant.segmentsRetransmitted ?? 0) + Int64(sighting.segmentsRetransmitted ?? 0)
      }
    }
    sockets.finishInstant(number)
    listeners.finishInstant()
    processes.finishInstant(number, names)
    peers.finishInstant(number)
    halfOpen.finishInstant(number) { listeners.queueLimit(of: $0) }
    timeWaits.finishInstant(number, range: options.portRange)
  }

  private mutating func addNew(_ row: NightRow, at place: Int) {
    peers.addOwn(row.local.address)
    sockets.setPeer(peers.place(of: row.remote.address), at: place)
  }

  private mutating func add(
    _ row: NightRow, _ sighting: SocketTable.Sighting, _ instant: UInt32, _ names: SocketNames
  ) {
    switch row.state {
    case .closeWait:
      let isServer = listeners.isServer(row.local.port)
      let service = Service(
        process: row.process.flatMap { names.firstProcess($0)?.name }, isServer: isServer,
        port: isServer ? row.local.port : row.remote.port)
      closeWaits.add(row, service, instant: instant, hasStayed: sighting.hasStayed)
    case .synReceived: halfOpen.add(row)
    case .timeWait: timeWaits.add(row)
    case .closed, .listen, .synSent, .established, .finWait1, .finWait2, .closing, .lastAck, nil:
      break
    }
  }
}
