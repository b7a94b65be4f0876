import Support
import TCPModel

/// Reads a series of snapshots, in the order of time, and reports on it.
///
///     var night = NightAnalysis(options: options)
///     night.begin(snapshot, names); night.ingest(rows); night.end(snapshot) ...
///     let report = night.finish(names)
///
/// The words of this module: a *snapshot* is one listing of a host's sockets, a *sample* a socket in
/// it; an *instant* is what was listed at one time, a *night* the instants of one report, and the
/// *history* the nights before it.
///
/// Snapshots of one instant (`ss` and `/proc/net/tcp`, taken one after the other) are taken
/// together; everything else is counted per instant, so memory grows with the sockets alive at once
/// and with the instants, not with the rows read.
public struct NightAnalysis: ~Copyable {
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

  public mutating func ingest(_ rows: [NightSample]) {
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
    report.findings = NightRules.findings(
      in: NightFindings(options: options, instants: instants, tallies: tallies, names: names))
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
