import GRDB
import Support
import TCPModel

/// A night as the tables hold it.
struct KeptNight: Equatable {
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
    /// nil where an older version kept it.
    var service: String?
  }

  /// Busiest processes and peers that are kept.
  private static let busiest = 50

  var host: String
  var start: Int64
  var end: Int64
  var instants: Int64
  var mostSockets: Int64
  var states: [String: State] = [:]
  var listeners: [Listener] = []
  var processes: [String: Int64] = [:]
  var peers: [String: Int64] = [:]
  var findings: [Finding] = []

  init(_ report: NightReport, host: String, start: Timestamp, end: Timestamp) {
    self.host = KeptNight.storable(host)
    self.start = start.nanoseconds
    self.end = end.nanoseconds
    instants = Int64(report.instants.count)
    mostSockets = report.instants.map(\.byState.total).max() ?? 0
    for state in StateCounts.order {
      let counts = report.instants.map { $0.byState[state] }
      guard let most = counts.max(), most > 0 else { continue }
      states[StateCounts.name(state)] = State(most: most, last: counts.last ?? 0)
    }
    let lastSight = report.lastSightOfListeners
    listeners = report.listeners.map { listener in
      Listener(
        address: listener.local.address.description, port: listener.local.port,
        process: listener.process.map { KeptNight.storable($0.name) },
        mostConnections: listener.mostConnections,
        isLast: listener.lastSeen == lastSight)
    }
    listeners.sort { ($0.address, $0.port) < ($1.address, $1.port) }
    for process in report.processes.prefix(KeptNight.busiest) {
      processes[KeptNight.storable(process.name)] = process.mostSockets
    }
    for peer in report.peers.prefix(KeptNight.busiest) {
      peers[peer.address.description] = peer.mostSockets
    }
    findings = report.findings.map { finding in
      Finding(
        kind: finding.kind.rawValue, severity: finding.severity.rawValue,
        text: KeptNight.storable(finding.text), service: KeptNight.storable(finding.service))
    }
  }

  /// SQLite's texts end at a zero byte.
  static func storable(_ text: String) -> String {
    text.replacing("\0", with: "\u{FFFD}")
  }

  /// nil when the night was not recorded under one of these names.
  init?(start: Timestamp, hosts: [String], from database: Database) throws {
    guard
      let row = try Row.fetchOne(
        database, sql: "SELECT * FROM night WHERE start_ns = ? AND host IN (?, ?)",
        arguments: [start.nanoseconds, hosts[0], hosts[1]])
    else { return nil }
    let id: Int64 = try row.value("id")
    host = try row.value("host")
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
        text: try $0.value("text"), service: try $0.value("service"))
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
      sql: "INSERT INTO night (host, start_ns, end_ns, instants, sockets_most)"
        + " VALUES (?, ?, ?, ?, ?)",
      arguments: [host, start, end, instants, mostSockets])
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
        sql: "INSERT INTO night_finding VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          id, number, finding.kind, finding.severity, finding.text, finding.service,
        ])
    }
  }
}

extension Row {
  /// A column's value, or an error where another program put one of another kind there.
  func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    _ column: String
  ) throws -> Value {
    try decode(Value.self, forColumn: column)
  }
}

extension NightReport {
  /// The last instant that shows listeners at all.
  var lastSightOfListeners: Timestamp? { listeners.map(\.lastSeen).max() }
}
