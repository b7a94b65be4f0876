import Nights
import Support
import TCPModel

/// Sockets of snapshots beside the connections of captures: who held them, and what the kernel
/// said of them.
///
///     var join = SnapshotJoin()
///     for index in 0..<correlator.count { join.add(correlator.summary(at: index)) }
///     join.begin(snapshot, names); join.ingest(sockets, names); join.end(snapshot) ...
///     join.finish(names, captured: start...end) { correlator.connection(at: $0 - 1) }
///     join.apply(to: &connection)
///
/// A socket belongs to the connection with its addresses and ports that had begun last when the
/// snapshot was taken, and not ended long before. Addresses are taken as they are: a socket behind
/// NAT has others than the wire.
///
/// Memory grows with the connections, not with the snapshots: of a socket seen again and again in
/// one state, the first and the last sight are kept (`keptSightings`).
public struct SnapshotJoin: ~Copyable {
  private struct Candidate {
    var id: Int
    var client: Endpoint
    var start: Timestamp
    var end: Timestamp
    var hasEnded: Bool
    /// The next connection of the same addresses and ports.
    var later: Int?
    /// Its sightings so far, and the newest two of each side, newest first.
    var sightings = 0
    var newest = PerSide<(last: Int?, before: Int?)>(both: (nil, nil))
    var omitted = 0
  }

  /// The connections of one pair of endpoints: the last one, and the one that had begun by the
  /// newest snapshot. Snapshots come in the order of time, so it only moves forward.
  private struct Flow {
    var last: Int
    var current: Int
  }

  private(set) var sightings: [SocketSighting] = []
  private(set) var contradictions: [Contradiction] = []
  private(set) var limitContradictions: [LimitContradiction] = []
  public private(set) var summary = SnapshotSummary()
  /// What the sockets that belong to no connection show: of snapshots alone, of the whole night.
  public private(set) var findingsOfSnapshots: [Finding] = []
  private var candidates: [Candidate] = []
  private var flows: [FlowKey: Flow] = [:]
  /// Of each connection's sightings, by its number, once finished.
  private var ranges: [Int: Range<Int>] = [:]
  private var offsets: [IPAddress: Nanoseconds] = [:]
  private var snapshot: SnapshotInfo?
  private var uncaptured = NightAnalysis()

  /// The capture may begin to see a connection a little after the kernel, and clocks differ.
  private static let slack: Nanoseconds = 2_000_000_000
  /// Beyond 2 MSL after its end, another connection with the same addresses has begun unseen.
  private static let afterlife: Nanoseconds = 120_000_000_000
  /// From so many sightings of a connection on, those between two of the same state are dropped: as
  /// many as 100,000 shared out (87 MB), at least 12 and at most 256; from twice as many on, every
  /// further one takes the place of the last.
  private var keptSightings: Int { min(256, max(12, 100_000 / max(1, candidates.count))) }

  public init() {}

  /// Whether there were any snapshots.
  public var isEmpty: Bool { summary.snapshots.isEmpty }

  /// A connection of the captures, in the order of their numbers.
  public mutating func add(_ connection: ConnectionSummary) {
    let key = FlowKey(source: connection.client, destination: connection.server)
    let place = candidates.count
    candidates.append(
      Candidate(
        id: connection.id, client: connection.client, start: connection.start, end: connection.end,
        hasEnded: connection.outcome.isOver))
    if let last = flows[key]?.last {
      candidates[last].later = place
      flows[key]?.last = place
    } else {
      flows[key] = Flow(last: place, current: place)
    }
  }

  /// A snapshot begins; its sockets come next.
  public mutating func begin(_ snapshot: SnapshotInfo, _ names: SocketNames) {
    self.snapshot = snapshot
    summary.snapshots.append(snapshot)
    uncaptured.begin(snapshot, names)
  }

  public mutating func ingest(_ samples: Span<SocketSample>, _ names: SocketNames) {
    guard let snapshot, let time = snapshot.time else { return }
    var others: [NightSample] = []
    for index in samples.indices {
      let sample = samples[index]
      if let place = candidate(for: sample, at: time) {
        add(sighting(sample, candidates[place], snapshot, time, names), at: place)
        summary.joined += 1
      } else {
        others.append(NightSample(sample))
      }
    }
    uncaptured.ingest(others)
  }

  /// The snapshot is whole, and so are its counts.
  public mutating func end(_ snapshot: SnapshotInfo) {
    summary.snapshots[summary.snapshots.count - 1] = snapshot
    uncaptured.end(snapshot)
  }

  private mutating func candidate(for sample: SocketSample, at time: Timestamp) -> Int? {
    let key = FlowKey(source: sample.local, destination: sample.remote)
    guard let flow = flows[key] else { return nil }
    var place = flow.current
    while let later = candidates[place].later, candidates[later].start <= time { place = later }
    if place != flow.current { flows[key]?.current = place }
    // One that begins right after the snapshot, for a socket that cannot be the last one's.
    if let later = candidates[place].later, candidates[place].hasEnded,
      candidates[place].end < time, candidates[later].start.since(time) <= SnapshotJoin.slack,
      sample.state?.isOpening == true
    {
      place = later
    }
    let candidate = candidates[place]
    if candidate.start.since(time) > SnapshotJoin.slack { return nil }
    let isGone = candidate.hasEnded && time.since(candidate.end) > SnapshotJoin.afterlife
    return isGone ? nil : place
  }

  /// Keeps a sighting; in place of the last one where that tells nothing that the one before it and
  /// this one do not.
  private mutating func add(_ sighting: SocketSighting, at place: Int) {
    let side = sighting.side
    let newest = candidates[place].newest[side]
    let count = candidates[place].sightings
    if count >= keptSightings, let last = newest.last, let before = newest.before,
      count >= 2 * keptSightings
        || (sightings[last].snapshot.state == sighting.snapshot.state
          && sightings[before].snapshot.state == sighting.snapshot.state)
    {
      var sighting = sighting
      // Not every snapshot names the process.
      if sighting.process?.name == nil { sighting.process = sightings[last].process }
      sightings[last] = sighting
      candidates[place].omitted += 1
      return
    }
    candidates[place].newest[side] = (sightings.count, newest.last)
    candidates[place].sightings += 1
    sightings.append(sighting)
  }

  private func sighting(
    _ sample: SocketSample, _ candidate: Candidate, _ snapshot: SnapshotInfo, _ time: Timestamp,
    _ names: SocketNames
  ) -> SocketSighting {
    let side: Side = sample.local == candidate.client ? .client : .server
    var seen = ConnectionSnapshot(
      at: time.since(candidate.start), time: time, source: snapshot.source, path: snapshot.path,
      side: side)
    seen.state = sample.state
    seen.receiveQueue = sample.receiveQueue
    seen.sendQueue = sample.sendQueue
    seen.timer = sample.timer
    seen.shutdown = sample.shutdown
    seen.inode = sample.inode
    seen.cookie = sample.cookie
    seen.info = sample.info
    seen.congestionControl = sample.info?.congestionControl.map { names[$0] }
    let first = sample.processes.flatMap { names.firstProcess($0) }
    var process: ConnectionProcess?
    if first != nil || sample.uid != nil {
      process = ConnectionProcess(
        pid: first?.pid, name: first.map { names[$0.name] }, uid: sample.uid)
    }
    let isWholeSecond = time.nanoseconds % 1_000_000_000 == 0
    return SocketSighting(
      connection: candidate.id, side: side, local: sample.local.address, time: time,
      precision: isWholeSecond ? 1_000_000_000 : 0, snapshot: seen, process: process)
  }

  /// The snapshots are all read: compares clocks and states.
  ///
  /// - Parameters:
  ///   - captured: From the first to the last segment of the captures: only then does a missing
  ///     segment say anything.
  ///   - connection: Gives a connection with its states, by its number.
  public mutating func finish(
    _ names: SocketNames, captured: ClosedRange<Timestamp>?, connection: (Int) -> Connection
  ) {
    sightings.sort { left, right in
      if left.connection != right.connection { return left.connection < right.connection }
      if left.time != right.time { return left.time < right.time }
      return (left.snapshot.path, left.side.rawValue) < (right.snapshot.path, right.side.rawValue)
    }
    var start = 0
    for index in sightings.indices
    where index + 1 == sightings.count
      || sightings[index + 1].connection != sightings[index].connection
    {
      ranges[sightings[index].connection] = start..<(index + 1)
      start = index + 1
    }
    var clocks = ClockComparison()
    for (id, range) in ranges.sorted(by: { $0.key < $1.key }) {
      clocks.add(sightings[range], of: connection(id))
    }
    summary.clockOffsets = clocks.offsets()
    for offset in summary.clockOffsets { offsets[offset.address] = offset.offset }
    for index in sightings.indices {
      let offset = offsets[sightings[index].local] ?? 0
      let at = sightings[index].snapshot.at
      sightings[index].snapshot.at = at.subtractingReportingOverflow(offset).partialValue
    }
    for (id, range) in ranges.sorted(by: { $0.key < $1.key }) {
      let joined = connection(id)
      contradictions += Contradiction.find(
        in: sightings[range], of: joined, captured: captured)
      limitContradictions += LimitContradiction.find(in: sightings[range], of: joined.summary)
    }
    let rest = uncaptured.finish(names)
    summary.uncaptured = SocketLifecycle.merged(rest.sockets)
    summary.uncapturedOmitted = rest.socketsOmitted
    findingsOfSnapshots = rest.findings
  }

  /// Sightings that were dropped. Connections come in the order of their numbers, not all of them.
  private func omitted(of id: Int) -> Int {
    var range = 0..<candidates.count
    while range.count > 1 {
      let middle = (range.lowerBound + range.upperBound) / 2
      range = candidates[middle].id <= id ? middle..<range.upperBound : range.lowerBound..<middle
    }
    return range.isEmpty ? 0 : candidates[range.lowerBound].omitted
  }

  /// The connection's sockets; empty where none was in a snapshot.
  func sightings(of id: Int) -> ArraySlice<SocketSighting> {
    ranges[id].map { sightings[$0] } ?? []
  }
}

// MARK: - What a connection gains

extension SnapshotJoin {
  /// Puts the processes, the snapshots and a measured TIME_WAIT into a connection.
  public func apply(to connection: inout Connection) {
    if isEmpty { return }
    let seen = sightings(of: connection.summary.id)
    connection.snapshots = seen.map(\.snapshot)
    connection.snapshotsOmitted = omitted(of: connection.summary.id)
    for side in Side.allCases {
      // A socket without a process is an orphan, or its snapshot shows none; the user is known
      // longer than the process.
      let owners = seen.filter { $0.side == side }.compactMap(\.process)
      guard var owner = owners.first(where: { $0.name != nil }) ?? owners.first else { continue }
      owner.uid = owner.uid ?? owners.compactMap(\.uid).first
      connection.processes[side] = owner
    }
    for side in Side.allCases {
      connection.summary.limits[side]?.kernel = seen.kernelLimits(of: side)
    }
    measureTimeWait(of: &connection, seen)
    confirmStates(of: &connection)
  }

  /// A state that no segment shows, but a snapshot does, is not assumed any more.
  private func confirmStates(of connection: inout Connection) {
    for side in Side.allCases {
      let spans = StateSpan.spans(of: connection, side)
      for place in spans.indices where connection.states[side][place].basis == .assumed {
        let isSeen = connection.snapshots?.contains { snapshot in
          snapshot.side == side && snapshot.state == spans[place].state
            && spans[place].overlaps(snapshot.at...snapshot.at)
        }
        if isSeen == true { connection.states[side][place].basis = .snapshot }
      }
    }
  }

  /// The kernel's timer says when TIME_WAIT ends: 60 s after its beginning on Linux, unless a
  /// segment begins it anew or another connection needs the ports.
  private func measureTimeWait(of connection: inout Connection, _ seen: ArraySlice<SocketSighting>)
  {
    let last = seen.last { $0.snapshot.state == .timeWait && $0.snapshot.timer?.expires != nil }
    guard let last, let expires = last.snapshot.timer?.expires else { return }
    let (end, overflow) = last.snapshot.at.addingReportingOverflow(expires)
    guard !overflow else { return }
    if let place = connection.phases.lastIndex(where: { $0.name == .timeWait }),
      end > connection.phases[place].start
    {
      connection.phases[place].duration = end - connection.phases[place].start
      connection.phases[place].basis = .snapshot
    }
    let states = connection.states[last.side]
    guard let waits = states.lastIndex(where: { $0.state == .timeWait }), waits + 1 < states.count,
      states[waits + 1].state == .closed, states[waits + 1].basis == .assumed
    else { return }
    connection.states[last.side][waits + 1].at = end
    connection.states[last.side][waits + 1].basis = .snapshot
  }
}

extension TCPState {
  /// Of a connection that has just begun.
  fileprivate var isOpening: Bool {
    switch self {
    case .synSent, .synReceived, .established: true
    case .closed, .listen, .finWait1, .finWait2, .closeWait, .closing, .lastACK, .timeWait: false
    }
  }
}

extension Outcome {
  /// Nothing more can come of the connection but TIME_WAIT.
  fileprivate var isOver: Bool {
    switch self {
    case .closed, .reset, .refused, .unanswered: true
    case .halfOpen, .halfClosed, .open: false
    }
  }
}
