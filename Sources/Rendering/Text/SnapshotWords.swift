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
  static func sentence(_ summary: SnapshotSummary, _ clock: WallClock) -> String {
    let snapshots = summary.snapshots
    var kinds: [String] = []
    var bases: [String] = []
    for snapshot in snapshots {
      let kind = snapshot.source.rawValue
      if !kinds.contains(kind) { kinds.append(kind) }
      if let basis = snapshot.timeBasis?.words, !bases.contains(basis) { bases.append(basis) }
    }
    let times = snapshots.compactMap(\.time)
    var text =
      Quantity.counted(snapshots.count, "snapshot") + " (\(kinds.joined(separator: ", ")))"
    if let first = times.min(), let last = times.max() {
      text +=
        first == last
        ? " of \(clock.instant(first, decimals: 6))"
        : ", \(Quantity.duration(last.since(first))) from \(clock.instant(first, decimals: 6))"
    }
    if !bases.isEmpty { text += ", time from \(bases.joined(separator: ", "))" }
    let others = summary.uncaptured.count + summary.uncapturedOmitted
    let rows = Quantity.counted(summary.joined, "row")
    let sockets = Quantity.counted(others, "socket")
    return text + ": \(rows) of sockets with captured segments, \(sockets) without"
  }

  /// Rows and lines of the snapshots that hold no TCP socket, or that could not be read.
  static func skipped(_ summary: SnapshotSummary) -> String? {
    var reasons: [String: Int64] = [:]
    for snapshot in summary.snapshots { reasons.merge(snapshot.skipped) { $0 + $1 } }
    if reasons.isEmpty { return nil }
    return "skipped rows: "
      + reasons.sorted { $0.key < $1.key }
      .map { "\(Quantity.count($0.value)) \($0.key)" }.joined(separator: ", ")
  }

  static func clock(_ clock: ClockOffset) -> String {
    let sockets = "by " + Quantity.counted(clock.sockets, "row")
    let bounds: String
    switch clock.bounds {
    case (let least?, let most?):
      bounds = "between \(Quantity.duration(least)) and \(Quantity.duration(most))"
    case (let least?, nil): bounds = "at least \(Quantity.duration(least))"
    case (nil, let most?): bounds = "at most \(Quantity.duration(most))"
    case (nil, nil): bounds = "bounds not known"
    }
    if clock.offset == 0 {
      return "\(clock.address): the clock agrees with the capture's (\(bounds), \(sockets))"
    }
    let amount = Quantity.duration(Nanoseconds(clamping: clock.offset.magnitude))
    let direction = clock.offset > 0 ? "ahead of" : "behind"
    return "\(clock.address): the clock is about \(amount) \(direction) the capture's"
      + " (\(bounds), \(sockets)), taken out here"
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

  static func shutdown(_ mark: SnapshotMark) -> String {
    switch mark.shutdown {
    case nil, []?: ""
    case [.send]?: "sending shut"
    case [.receive]?: "receiving shut"
    case .some: "both shut"
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
  var words: String {
    switch self {
    case .fileName: "the file's name"
    case .timeLine: "a line inside"
    case .modificationTime: "the file's last change"
    }
  }
}

extension String {
  /// Names of processes have no limit; columns do.
  var shortened: String { count > 64 ? prefix(63) + "…" : self }
}
