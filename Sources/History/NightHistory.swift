import GRDB
import Glibc
import Support
import TCPModel

/// Nights, kept in an SQLite file to compare later ones with.
///
///     let history = try NightHistory(path: "nights.sqlite")
///     report.comparison = try history.comparison(for: report)
///     try history.record([HostNight(report)])
///
/// A night is known by its host and its first instant. Recording it again replaces what was recorded,
/// and writes nothing if that is the same.
public struct NightHistory: Sendable {
  private let queue: DatabaseQueue

  /// How many earlier nights a night is compared with.
  public static let nightsCompared = 14

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

  /// The night beside those of its host before it; nil when there are none, or no instants.
  public func comparison(for night: HostNight) throws(HistoryError) -> NightComparison? {
    let report = night.report
    do {
      return try queue.read { database in
        let nights = try NightHistory.nights(
          database, before: night, most: NightHistory.nightsCompared)
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
        comparison.trends = try NightHistory.trends(database, night)
        return comparison
      }
    } catch {
      throw HistoryError(error)
    }
  }

  /// A night before has begun earlier, and ended before the middle of this one: a timer that comes a few seconds late
  /// puts the last snapshot of a night into the next one, too.
  ///
  /// - Returns: Those of its host, the latest first, so many at most; none where this one has no instants.
  static func nights(
    _ database: Database, before night: HostNight, most: Int
  ) throws -> [Row] {
    guard let start = night.report.start, let end = night.report.end else { return [] }
    let middle = start.advanced(by: end.since(start) / 2)
    return try Row.fetchAll(
      database,
      sql: """
        SELECT id, start_ns, sockets_most FROM night
        WHERE start_ns < ? AND end_ns < ? AND host IN (?, ?) ORDER BY start_ns DESC LIMIT ?
        """,
      arguments: [
        start.nanoseconds, middle.nanoseconds, night.names[0], night.names[1], most,
      ])
  }

  private static func figures(
    _ database: Database, _ report: NightReport, _ nights: [Row]
  ) throws -> [NightComparison.Figure] {
    let totals: [Int64] = try nights.map { try $0.value("sockets_most") }
    let isSameDay = try NightHistory.sameWeekday(nights, as: report)
    var figures = [
      NightComparison.Figure(
        name: "sockets", tonight: report.instants.map(\.byState.total).max() ?? 0,
        lastNight: totals.first, average: average(totals))
    ]
    figures[0].weekdayAverage = weekdayAverage(totals, isSameDay)
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
      figures[figures.count - 1].weekdayAverage = weekdayAverage(values, isSameDay)
    }
    return figures
  }

  /// Rounded.
  static func average(_ values: [Int64]) -> Int64 {
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
    report.listeners.filter { $0.lastSeen == report.lastSightOfListeners }.map(\.local)
  }
}

// MARK: - Recording

extension NightHistory {
  /// Keeps nights, all or none; one without instants is none.
  public func record(_ nights: [HostNight]) throws(HistoryError) {
    let nights = nights.compactMap { night -> (night: HostNight, kept: KeptNight)? in
      guard let start = night.report.start, let end = night.report.end else { return nil }
      return (night, KeptNight(night.report, host: night.name, start: start, end: end))
    }
    do {
      let new = try queue.read { database in
        try nights.filter { night, kept in
          let start = Timestamp(nanoseconds: kept.start)
          return try KeptNight(start: start, hosts: night.names, from: database) != kept
        }
      }
      if new.isEmpty { return }
      try queue.write { database in
        for (night, kept) in new {
          try database.execute(
            sql: "DELETE FROM night WHERE start_ns = ? AND host IN (?, ?)",
            arguments: [kept.start, night.names[0], night.names[1]])
          try kept.insert(database)
        }
      }
    } catch {
      throw HistoryError(error)
    }
  }
}

// MARK: - Forgetting

extension NightHistory {
  /// Removes all nights of a host.
  ///
  /// - Returns: How many there were.
  public func forget(host: String) throws(HistoryError) -> Int {
    try remove("host = ?", [KeptNight.storable(host)])
  }

  /// Removes the nights that ended longer ago than this before the newest one.
  public func forget(olderThan age: Nanoseconds) throws(HistoryError) -> Int {
    try remove("end_ns < (SELECT MAX(end_ns) FROM night) - ?", [age])
  }

  private func remove(
    _ condition: String, _ arguments: StatementArguments
  ) throws(HistoryError) -> Int {
    do {
      return try queue.write { database in
        try database.execute(sql: "DELETE FROM night WHERE \(condition)", arguments: arguments)
        return database.changesCount
      }
    } catch {
      throw HistoryError(error)
    }
  }
}
