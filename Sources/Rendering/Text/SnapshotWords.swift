import Support
import TCPModel
import Timeline

/// What snapshots say, in the words that text, Markdown and HTML share.
enum SnapshotWords {
  /// Sockets and sights in a report to read; the JSON has all.
  static let socketLimit = 50
  static let markLimit = 40

  /// `12 snapshots (ss, proc_net_tcp), 1.78 s from .., times from the files' names: 16 rows belong
  /// to connections, 3 sockets have no captured segment`.
  static func sentence(
    _ summary: SnapshotSummary, _ clock: WallClock, _ texts: Texts
  ) -> String {
    let snapshots = summary.snapshots
    var kinds: [String] = []
    var bases: [String] = []
    for snapshot in snapshots {
      let kind = snapshot.source.rawValue
      if !kinds.contains(kind) { kinds.append(kind) }
      if let basis = snapshot.timeBasis.map({ texts($0.key) }), !bases.contains(basis) {
        bases.append(basis)
      }
    }
    let times = snapshots.compactMap(\.time)
    var when = ""
    if let first = times.min(), let last = times.max() {
      let start = clock.instant(first, decimals: 6)
      when =
        first == last
        ? texts("snapshots.at", ["time": start])
        : texts(
          "snapshots.span", ["time": Quantity.duration(last.since(first)), "start": start])
    }
    let others = summary.uncaptured.count + summary.uncapturedOmitted
    return texts(
      "snapshots.sentence",
      [
        "snapshots": texts.counted("unit.snapshots", snapshots.count),
        "kinds": kinds.joined(separator: ", "), "when": when,
        "basis": bases.isEmpty
          ? "" : texts("snapshots.basis", ["list": bases.joined(separator: ", ")]),
        "rows": texts.counted("unit.rows", summary.joined),
        "sockets": texts.counted("unit.socketsOf", others),
      ])
  }

  /// Rows and lines of the snapshots that hold no TCP socket, or that could not be read.
  static func skipped(_ summary: SnapshotSummary, _ texts: Texts) -> String? {
    var reasons: [String: Int64] = [:]
    for snapshot in summary.snapshots { reasons.merge(snapshot.skipped) { $0 + $1 } }
    if reasons.isEmpty { return nil }
    let list = reasons.sorted { $0.key < $1.key }
      .map { "\(Quantity.count($0.value)) \($0.key)" }.joined(separator: ", ")
    return texts("snapshots.skipped", ["list": list])
  }

  static func clock(_ clock: ClockOffset, _ texts: Texts) -> String {
    let rows = texts.counted("snapshots.clock.rows", clock.sockets)
    let bounds: String
    switch clock.bounds {
    case (let least?, let most?):
      bounds = texts(
        "snapshots.between",
        ["least": Quantity.duration(least), "most": Quantity.duration(most)])
    case (let least?, nil):
      bounds = texts("snapshots.atLeast", ["least": Quantity.duration(least)])
    case (nil, let most?): bounds = texts("snapshots.atMost", ["most": Quantity.duration(most)])
    case (nil, nil): bounds = texts("snapshots.unbounded")
    }
    let address = "\(clock.address)"
    if clock.offset == 0 {
      return texts(
        "snapshots.clock.same", ["address": address, "bounds": bounds, "rows": rows])
    }
    return texts(
      clock.offset > 0 ? "snapshots.clock.ahead" : "snapshots.clock.behind",
      [
        "address": address, "bounds": bounds, "rows": rows,
        "time": Quantity.duration(Nanoseconds(clamping: clock.offset.magnitude)),
      ])
  }

  static func process(_ process: ConnectionProcess?) -> String {
    guard let process else { return "" }
    var parts: [String] = []
    if let name = process.name { parts.append(name.safeToShow.shortened) }
    if let pid = process.pid { parts.append("pid \(pid)") }
    if let uid = process.uid { parts.append("uid \(uid)") }
    return parts.joined(separator: ", ")
  }

  static func process(_ process: ProcessName?) -> String {
    process.map { "\($0.name.safeToShow.shortened) (\($0.pid))" } ?? ""
  }

  static func rtt(_ mark: SnapshotMark) -> String { mark.rtt.map(Quantity.duration) ?? "" }

  static func count(_ number: UInt32?) -> String { number.map { Quantity.count(Int64($0)) } ?? "" }

  static func timer(_ mark: SnapshotMark) -> String {
    guard let timer = mark.timer else { return "" }
    let time = timer.expires.map { " " + Quantity.duration($0) } ?? ""
    return timer.kind.name + time
  }

  static func shutdown(_ mark: SnapshotMark, _ texts: Texts) -> String {
    switch mark.shutdown {
    case nil, []?: ""
    case [.send]?: texts("shutdown.send")
    case [.receive]?: texts("shutdown.receive")
    case .some: texts("shutdown.both")
    }
  }

  static func sources(_ mark: SnapshotMark) -> String {
    mark.sources.map(\.rawValue).joined(separator: ", ")
  }

  static func states(_ socket: SocketLifecycle) -> String {
    socket.states.map { StateCounts.name($0.state) }.joined(separator: ", ")
  }

  static func peer(_ socket: SocketLifecycle) -> String {
    socket.remote.port == 0 ? "" : socket.remote.description
  }

  /// For how long it was seen.
  static func age(_ socket: SocketLifecycle) -> String {
    guard let first = socket.firstSeen, let last = socket.lastSeen, last > first else { return "" }
    return Quantity.duration(last.since(first))
  }
}

extension SnapshotInfo.TimeBasis {
  fileprivate var key: String {
    switch self {
    case .fileName: "snapshots.basis.fileName"
    case .timeLine: "snapshots.basis.timeLine"
    case .modificationTime: "snapshots.basis.modificationTime"
    }
  }
}

extension String {
  /// Names of processes have no limit; columns do.
  var shortened: String { count > 64 ? prefix(63) + "…" : self }
}
