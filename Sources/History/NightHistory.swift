import GRDB
import Glibc
import Support
import TCPModel

/// Nights, kept in an SQLite file to compare later ones with.
///
///     let history = try NightHistory(path: "nights.sqlite")
///     report.comparison = try history.comparison(for: report)
///     try history.record(report)
///
/// A night is known by its first instant. Recording it again replaces what was recorded, and writes
/// nothing if that is the same.
public struct NightHistory: Sendable {
  private let queue: DatabaseQueue

  /// How many earlier nights a night is compared with.
  public static let nightsCompared = 14
  /// Busiest processes and peers that are kept.
  private static let busiest = 50

  /// Opens the file, or makes it, and waits up to two seconds for another program to let go of it.
  public init(path: String) throws(HistoryError) {
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(2)
      queue = try DatabaseQueue(
        path: try NightHistory.prepare(path), configuration: configuration)
      try HistorySchema.prepare(queue)
    } catch {
      throw HistoryError(error)
    }
  }

  /// The files that a history at that path is kept in, now and then.
  public static func files(_ path: String) -> [String] {
    ["", "-journal", "-wal", "-shm"].map { path + $0 }
  }

  /// Processes are named in it: a new one is for its owner and group alone. Gives the path as SQLite
  /// takes it for that of a file, whatever it begins with.
  private static func prepare(_ path: String) throws -> String {
    let file = path.hasPrefix("/") ? path : "./" + path
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    // Whatever is wrong with it, SQLite says.
    if descriptor >= 0 { close(descriptor) }
    return file
  }

  // MARK: Comparing

  /// The night beside those that ended before it began; nil when there are none, or no instants.
  public func comparison(for report: NightReport) throws(HistoryError) -> NightComparison? {
    guard let start = report.start else { return nil }
    do {
      return try queue.read { database in
        let nights = try Row.fetchAll(
          database,
          sql: """
            SELECT id, start_ns, sockets_most FROM night
            WHERE end_ns < ? ORDER BY start_ns DESC LIMIT ?
            """,
          arguments: [start.nanoseconds, NightHistory.nightsCompared])
        guard let last = nights.first, let earliest = nights.last else { return nil }
        var comparison = NightComparison(
          nights: nights.count,
          lastNight: Timestamp(nanoseconds: try last.value("start_ns")),
          earliestNight: Timestamp(nanoseconds: try earliest.value("start_ns")))
        comparison.figures = try NightHistory.figures(database, report, nights)
        let before = try NightHistory.listeners(database, night: try last.value("id"))
        // Listeners at the end of both nights: what came and went in between is no change.
        let tonight = NightHistory.lastListeners(of: report)
        comparison.appearedListeners = tonight.filter { !before.contains($0) }
        comparison.vanishedListeners = before.filter { !tonight.contains($0) }
        return comparison
      }
    } catch {
      throw HistoryError(error)
    }
  }

  private static func figures(
    _ database: Database, _ report: NightReport, _ nights: [Row]
  ) throws -> [NightComparison.Figure] {
    let totals: [Int64] = try nights.map { try $0.value("sockets_most") }
    var figures = [
      NightComparison.Figure(
        name: "sockets", tonight: report.instants.map(\.byState.total).max() ?? 0,
        lastNight: totals.first, average: average(totals))
    ]
    var most: [String: [Int64: Int64]] = [:]
    for night in nights {
      let id: Int64 = try night.value("id")
      for row in try Row.fetchAll(
        database, sql: "SELECT state, most FROM night_state WHERE night_id = ?", arguments: [id])
      {
        most[try row.value("state"), default: [:]][id] = try row.value("most")
      }
    }
    for state in StateCounts.order {
      let name = StateCounts.name(state)
      let tonight = report.instants.map { $0.byState[state] }.max() ?? 0
      let values = try nights.map { most[name]?[try $0.value("id")] ?? 0 }
      guard tonight > 0 || values.contains(where: { $0 > 0 }) else { continue }
      figures.append(
        NightComparison.Figure(
          name: name, tonight: tonight, lastNight: values.first, average: average(values)))
    }
    return figures
  }

  /// Rounded.
  private static func average(_ values: [Int64]) -> Int64 {
    guard !values.isEmpty else { return 0 }
    let count = Int64(values.count)
    // Edited figures may be of any size.
    let sum = values.reduce(count / 2) { sum, value in
      let (more, overflow) = sum.addingReportingOverflow(value)
      return overflow ? (value < 0 ? .min : .max) : more
    }
    return sum / count
  }

  /// Those there at the end of a night, in the order of ports.
  private static func listeners(_ database: Database, night: Int64) throws -> [Endpoint] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT address, port FROM night_listener
        WHERE night_id = ? AND is_last ORDER BY port, address
        """,
      arguments: [night]
    )
    .compactMap { row in
      let port: UInt16 = try row.value("port")
      return IPAddress(try row.value("address")).map { Endpoint(address: $0, port: port) }
    }
  }

  private static func lastListeners(of report: NightReport) -> [Endpoint] {
    report.listeners.filter { $0.lastSeen == lastSight(report) }.map(\.local)
  }

  /// The last instant that shows listeners at all.
  private static func lastSight(_ report: NightReport) -> Timestamp? {
    report.listeners.map(\.lastSeen).max()
  }
}

// MARK: - Recording

extension NightHistory {
  /// Keeps the night; one without instants is none.
  public func record(_ report: NightReport) throws(HistoryError) {
    guard let start = report.start, let end = report.end else { return }
    let night = KeptNight(report, start: start, end: end)
    do {
      let isKnown = try queue.read { try KeptNight(start: start, from: $0) == night }
      if isKnown { return }
      try queue.write { database in
        try database.execute(
          sql: "DELETE FROM night WHERE start_ns = ?", arguments: [start.nanoseconds])
        try night.insert(database)
      }
    } catch {
      throw HistoryError(error)
    }
  }

  /// A night as the tables hold it.
  private struct KeptNight: Equatable {
    struct State: Equatable {
      var most: Int64
      var last: Int64
    }

    struct Listener: Equatable {
      var address: String
      var port: UInt16
      var process: String?
      var mostConnections: Int64
      var isLast: Bool
    }

    struct Finding: Equatable {
      var kind: String
      var severity: String
      var text: String
    }

    var start: Int64
    var end: Int64
    var instants: Int64
    var mostSockets: Int64
    var states: [String: State] = [:]
    var listeners: [Listener] = []
    var processes: [String: Int64] = [:]
    var peers: [String: Int64] = [:]
    var findings: [Finding] = []

    init(_ report: NightReport, start: Timestamp, end: Timestamp) {
      self.start = start.nanoseconds
      self.end = end.nanoseconds
      instants = Int64(report.instants.count)
      mostSockets = report.instants.map(\.byState.total).max() ?? 0
      for state in StateCounts.order {
        let counts = report.instants.map { $0.byState[state] }
        guard let most = counts.max(), most > 0 else { continue }
        states[StateCounts.name(state)] = State(most: most, last: counts.last ?? 0)
      }
      let lastSight = NightHistory.lastSight(report)
      listeners = report.listeners.map { listener in
        Listener(
          address: listener.local.address.description, port: listener.local.port,
          process: listener.process.map { KeptNight.storable($0.name) },
          mostConnections: listener.mostConnections,
          isLast: listener.lastSeen == lastSight)
      }
      listeners.sort { ($0.address, $0.port) < ($1.address, $1.port) }
      for process in report.processes.prefix(NightHistory.busiest) {
        processes[KeptNight.storable(process.name)] = process.mostSockets
      }
      for peer in report.peers.prefix(NightHistory.busiest) {
        peers[peer.address.description] = peer.mostSockets
      }
      findings = report.findings.map { finding in
        Finding(
          kind: finding.kind.rawValue, severity: finding.severity.rawValue,
          text: KeptNight.storable(finding.text))
      }
    }

    /// SQLite's texts end at a zero byte.
    private static func storable(_ text: String) -> String {
      text.replacing("\0", with: "\u{FFFD}")
    }

    /// nil when the night was not recorded.
    init?(start: Timestamp, from database: Database) throws {
      guard
        let row = try Row.fetchOne(
          database, sql: "SELECT * FROM night WHERE start_ns = ?", arguments: [start.nanoseconds])
      else { return nil }
      let id: Int64 = try row.value("id")
      self.start = try row.value("start_ns")
      end = try row.value("end_ns")
      instants = try row.value("instants")
      mostSockets = try row.value("sockets_most")
      for row in try KeptNight.rows(database, "night_state", id, order: "state") {
        states[try row.value("state")] = State(
          most: try row.value("most"), last: try row.value("last"))
      }
      listeners = try KeptNight.rows(database, "night_listener", id, order: "address, port").map {
        Listener(
          address: try $0.value("address"), port: try $0.value("port"),
          process: try $0.value("process"), mostConnections: try $0.value("most_connections"),
          isLast: try $0.value("is_last"))
      }
      for row in try KeptNight.rows(database, "night_process", id, order: "name") {
        processes[try row.value("name")] = try row.value("most_sockets")
      }
      for row in try KeptNight.rows(database, "night_peer", id, order: "address") {
        peers[try row.value("address")] = try row.value("most_sockets")
      }
      findings = try KeptNight.rows(database, "night_finding", id, order: "number").map {
        Finding(
          kind: try $0.value("kind"), severity: try $0.value("severity"),
          text: try $0.value("text"))
      }
    }

    private static func rows(
      _ database: Database, _ table: String, _ id: Int64, order: String
    ) throws -> [Row] {
      try Row.fetchAll(
        database, sql: "SELECT * FROM \(table) WHERE night_id = ? ORDER BY \(order)",
        arguments: [id])
    }

    func insert(_ database: Database) throws {
      try database.execute(
        sql: "INSERT INTO night (start_ns, end_ns, instants, sockets_most) VALUES (?, ?, ?, ?)",
        arguments: [start, end, instants, mostSockets])
      let id = database.lastInsertedRowID
      for (name, state) in states.sorted(by: { $0.key < $1.key }) {
        try database.execute(
          sql: "INSERT INTO night_state VALUES (?, ?, ?, ?)",
          arguments: [id, name, state.most, state.last])
      }
      for listener in listeners {
        try database.execute(
          sql: "INSERT INTO night_listener VALUES (?, ?, ?, ?, ?, ?)",
          arguments: [
            id, listener.address, listener.port, listener.process, listener.mostConnections,
            listener.isLast,
          ])
      }
      for (name, most) in processes.sorted(by: { $0.key < $1.key }) {
        try database.execute(
          sql: "INSERT INTO night_process VALUES (?, ?, ?)", arguments: [id, name, most])
      }
      for (address, most) in peers.sorted(by: { $0.key < $1.key }) {
        try database.execute(
          sql: "INSERT INTO night_peer VALUES (?, ?, ?)", arguments: [id, address, most])
      }
      for (number, finding) in findings.enumerated() {
        try database.execute(
          sql: "INSERT INTO night_finding VALUES (?, ?, ?, ?, ?)",
          arguments: [id, number, finding.kind, finding.severity, finding.text])
      }
    }
  }
}

extension Row {
  /// A column's value, or an error where another program put one of another kind there.
  fileprivate func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    _ column: String
  ) throws -> Value {
    try decode(Value.self, forColumn: column)
  }
}
