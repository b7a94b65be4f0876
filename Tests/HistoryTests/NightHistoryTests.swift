import Foundation
import GRDB
import History
import Support
import TCPModel
import TestSupport
import Testing

@Suite struct NightHistoryTests {
  private let scratch: Scratch
  private var path: String { scratch.path("nights.sqlite") }

  init() throws {
    scratch = try Scratch()
  }

  /// A night that begins on a day of October, with so many sockets at most and these listeners.
  private func night(_ day: Int, sockets: Int64 = 10, listeners: [UInt16] = [22]) -> NightReport {
    var report = NightReport()
    for hour in 0..<3 {
      var counts = StateCounts()
      counts[.established] = hour == 1 ? sockets : 1
      counts[.closeWait] = Int64(day)
      let start = Timestamp(year: 2026, month: 10, day: day, hour: hour)
      report.instants.append(
        NightInstant(time: start ?? Timestamp(nanoseconds: 0), byState: counts))
    }
    for port in listeners {
      var listener = NightListener(
        local: Endpoint(address: IPAddress(ipv4: 0), port: port),
        firstSeen: report.instants[0].time)
      listener.lastSeen = report.instants[2].time
      listener.process = ProcessName(name: "web\0d", pid: 7)
      report.listeners.append(listener)
    }
    report.findings = [
      Finding(
        kind: .closeWaitGrowth, severity: .error, connections: [], frames: [],
        wording: Wording(verbatim: "leak"),
        evidence: [])
    ]
    return report
  }

  private func record(_ nights: [NightReport]) throws {
    let history = try NightHistory(path: path)
    for night in nights { try history.record([HostNight(night)]) }
  }

  private func failure(_ body: () throws -> Void) -> HistoryError? {
    do {
      try body()
      return nil
    } catch {
      return error as? HistoryError
    }
  }

  /// What is left when the first run is ended between two of its commits.
  @Test func aHistoryThatWasHardlyBegunIsGoneOnWith() throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { database in
      try database.execute(
        sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
    }
    try queue.close()
    try record([night(1), night(2)])
    #expect(try NightHistory(path: path).comparison(for: HostNight(night(3)))?.nights == 2)
  }

  @Test func noOtherProgramCanWriteValuesOfAnotherKind() throws {
    try record([night(1)])
    let queue = try DatabaseQueue(path: path)
    try queue.write { database in
      for table in ["night", "night_state", "night_finding"] {
        let sql = try #require(
          try String.fetchOne(
            database, sql: "SELECT sql FROM sqlite_master WHERE name = ?", arguments: [table]))
        #expect(sql.contains("STRICT"))
      }
      #expect(throws: DatabaseError.self) {
        try database.execute(sql: "UPDATE night SET instants = 'many'")
      }
    }
  }

  @Test(arguments: [
    "UPDATE night_listener SET port = 70000", "UPDATE night_listener SET port = -1",
    "UPDATE night SET sockets_most = 9223372036854775807",
    "UPDATE night_state SET most = 9223372036854775807",
    "UPDATE night SET start_ns = -9223372036854775808 WHERE id = 1",
    "UPDATE night_listener SET is_last = 9",
    "PRAGMA writable_schema = 1;"
      + " UPDATE sqlite_master SET sql = replace(sql, 'STRICT, ', '');"
      + " UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '')",
  ])
  func editedValuesDoNotEndTheProgram(_ statement: String) throws {
    try record([night(1), night(2)])
    let queue = try DatabaseQueue(path: path)
    try queue.inDatabase { try $0.execute(sql: statement) }
    try queue.close()
    if statement.contains("writable_schema") {
      let queue = try DatabaseQueue(path: path)
      try queue.inDatabase { database in
        for table in ["night_state SET most", "night_listener SET port", "night SET sockets_most"] {
          try database.execute(sql: "UPDATE \(table) = 'many'")
        }
      }
      try queue.close()
    }
    // Either an answer or words.
    _ = failure { _ = try NightHistory(path: path).comparison(for: HostNight(night(3))) }
    _ = failure { try record([night(2), night(3)]) }
  }

  @Test func theFirstNightHasNothingToCompareWith() throws {
    let history = try NightHistory(path: path)
    #expect(try history.comparison(for: HostNight(night(1))) == nil)
  }

  @Test func aNightIsComparedWithTheOnesBeforeIt() throws {
    try record([night(1, sockets: 10), night(2, sockets: 31)])
    let comparison = try #require(
      try NightHistory(path: path).comparison(for: HostNight(night(3, sockets: 50))))
    #expect(comparison.nights == 2)
    #expect(comparison.lastNight.rfc3339.hasPrefix("2026-10-02"))
    #expect(comparison.earliestNight.rfc3339.hasPrefix("2026-10-01"))
    let sockets = comparison.figures.first { $0.name == "sockets" }
    #expect(sockets?.tonight == 53 && sockets?.lastNight == 33 && sockets?.average == 22)
    let closeWait = comparison.figures.first { $0.name == "CLOSE_WAIT" }
    #expect(closeWait?.tonight == 3 && closeWait?.lastNight == 2 && closeWait?.average == 2)
    #expect(!comparison.figures.contains { $0.name == "TIME_WAIT" })
  }

  @Test func listenersOfTheNightBeforeAreCompared() throws {
    try record([night(1, listeners: [22, 80])])
    let comparison = try #require(
      try NightHistory(path: path).comparison(for: HostNight(night(2, listeners: [22, 4444]))))
    #expect(comparison.appearedListeners.map(\.port) == [4444])
    #expect(comparison.vanishedListeners.map(\.port) == [80])
  }

  @Test func atMostFourteenNightsCount() throws {
    try record((1...20).map { night($0, sockets: Int64($0)) })
    let comparison = try #require(
      try NightHistory(path: path).comparison(for: HostNight(night(21))))
    #expect(comparison.nights == 14)
    #expect(comparison.earliestNight.rfc3339.hasPrefix("2026-10-07"))
  }

  /// A timer that comes late puts the last snapshots of a night into the next one, too.
  @Test func theNightBeforeMayEndInsideThisOne() throws {
    var before = night(1)
    for index in before.instants.indices {
      before.instants[index].time = before.instants[index].time.advanced(
        by: 22 * 3_600_000_000_000)
    }
    try record([before])
    let comparison = try NightHistory(path: path).comparison(for: HostNight(night(2)))
    #expect(comparison?.nights == 1)
    #expect(comparison?.trends.first?.nights == 2)
    // Most of it: the same night once more.
    var more = before
    more.instants.removeFirst()
    #expect(try NightHistory(path: path).comparison(for: HostNight(more)) == nil)
  }

  @Test func laterNightsDoNotCount() throws {
    try record([night(1), night(5)])
    #expect(try NightHistory(path: path).comparison(for: HostNight(night(3)))?.nights == 1)
  }

  @Test func theSameNightTwiceChangesNothing() throws {
    try record([night(1), night(2)])
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    try record([night(2)])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(try NightHistory(path: path).comparison(for: HostNight(night(2)))?.nights == 1)
  }

  @Test func aNightThatGrewIsReplaced() throws {
    try record([night(1, sockets: 10), night(1, sockets: 20), night(1, sockets: 20)])
    let comparison = try #require(try NightHistory(path: path).comparison(for: HostNight(night(2))))
    #expect(comparison.nights == 1)
    #expect(comparison.figures.first?.lastNight == 21)
  }

  @Test func aNightWithoutInstantsIsNotKept() throws {
    try record([NightReport()])
    #expect(try NightHistory(path: path).comparison(for: HostNight(night(9))) == nil)
  }

  @Test func aDamagedFileIsNamed() throws {
    try Data("this is no database, and long enough to be looked at ".utf8)
      .write(to: URL(fileURLWithPath: path))
    let error = failure { _ = try NightHistory(path: path) }
    #expect(error?.kind == .notAHistory)
    #expect(error?.message.hasPrefix("the history is damaged") == true)
  }

  @Test func aDamagedPageIsNamed() throws {
    try record((1...20).map { night($0, listeners: Array(1...60)) })
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for index in 4096..<bytes.count { bytes[index] = 0xA5 }
    try bytes.write(to: URL(fileURLWithPath: path))
    let error = failure {
      let history = try NightHistory(path: path)
      _ = try history.comparison(for: HostNight(night(21)))
      try history.record([HostNight(night(21))])
    }
    #expect(error?.kind == .notAHistory)
  }

  @Test func aLockedFileIsNamed() throws {
    try record([night(1)])
    let holder = try DatabaseQueue(path: path)
    try holder.inDatabase { database in
      try database.execute(sql: "BEGIN EXCLUSIVE")
      let error = failure { try record([night(2)]) }
      #expect(error?.kind == .locked)
      try database.execute(sql: "ROLLBACK")
    }
    try record([night(2)])
  }

  @Test func aDatabaseOfAnotherProgramIsLeftAlone() throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE mine (a)") }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(failure { try record([night(1)]) }?.kind == .notAHistory)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test func aNewerSchemaIsNotTouched() throws {
    try record([night(1)])
    try DatabaseQueue(path: path).write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')")
    }
    let error = failure { try record([night(2)]) }
    #expect(error?.message.contains("newer version") == true)
  }

  @Test func aFileThatCannotBeMadeIsNamed() {
    let error = failure { _ = try NightHistory(path: scratch.path("missing/nights.sqlite")) }
    #expect(error?.kind == .cannotOpen)
  }

  // MARK: Hosts

  /// Six nights, of which the second was without the leak.
  @Test func nightsInARowAreCountedPerHost() throws {
    let history = try NightHistory(path: path)
    for day in 1...6 {
      var night = night(day)
      if day == 2 { night.findings = [] }
      try history.record([
        HostNight(night, name: "a", isAlone: false), HostNight(night, name: "b", isAlone: false),
      ])
    }
    let trends = try #require(
      try history.comparison(for: HostNight(night(7), name: "a", isAlone: false))?.trends)
    #expect(trends.count == 1 && trends[0].nights == 5)
    #expect(trends[0].since.rfc3339.hasPrefix("2026-10-03"))
    #expect(
      try history.comparison(for: HostNight(night(7), name: "c", isAlone: false)) == nil)
  }

  @Test func theSameDayOfTheWeekHasItsOwnAverage() throws {
    try record((1...14).map { night($0, sockets: $0 % 7 == 1 ? 1000 : 10) })
    let comparison = try #require(
      try NightHistory(path: path).comparison(for: HostNight(night(15))))
    let sockets = comparison.figures.first { $0.name == "sockets" }
    #expect(sockets?.weekdayAverage == 1005 && sockets?.average == 159)
    try record([night(15)])
    let next = try NightHistory(path: path).comparison(for: HostNight(night(23)))
    #expect(next?.figures.first?.weekdayAverage == 16)
  }

  @Test func forgettingRemovesWhatWasAskedFor() throws {
    let history = try NightHistory(path: path)
    for day in 1...9 {
      try history.record([
        HostNight(night(day), name: "a", isAlone: false),
        HostNight(night(day), name: "b", isAlone: false),
      ])
    }
    #expect(try history.forget(host: "a") == 9)
    #expect(try history.forget(host: "a") == 0)
    #expect(try history.forget(olderThan: 3 * 86_400_000_000_000) == 5)
    let left = try history.comparison(for: HostNight(night(10), name: "b", isAlone: false))
    #expect(left?.nights == 4)
    let queue = try DatabaseQueue(path: path)
    let orphans = try queue.read { database in
      try Int.fetchOne(
        database,
        sql: "SELECT COUNT(*) FROM night_finding WHERE night_id NOT IN (SELECT id FROM night)")
    }
    #expect(orphans == 0)
  }

  /// A history of version 0.2, as its tables were.
  @Test func nightsWithoutAHostAreTakenOver() throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { database in
      try database.execute(
        sql: """
          PRAGMA application_id = \(0x7463_746C);
          CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
          INSERT INTO grdb_migrations VALUES ('1'), ('2');
          CREATE TABLE night (
            id INTEGER PRIMARY KEY, start_ns INTEGER NOT NULL UNIQUE, end_ns INTEGER NOT NULL,
            instants INTEGER NOT NULL, sockets_most INTEGER NOT NULL) STRICT;
          CREATE TABLE night_state (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE, state TEXT NOT NULL,
            most INTEGER NOT NULL, last INTEGER NOT NULL,
            PRIMARY KEY (night_id, state)) STRICT, WITHOUT ROWID;
          CREATE TABLE night_listener (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE,
            address TEXT NOT NULL, port INTEGER NOT NULL, process TEXT,
            most_connections INTEGER NOT NULL, is_last INTEGER NOT NULL,
            PRIMARY KEY (night_id, address, port)) STRICT, WITHOUT ROWID;
          CREATE TABLE night_process (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE, name TEXT NOT NULL,
            most_sockets INTEGER NOT NULL, PRIMARY KEY (night_id, name)) STRICT, WITHOUT ROWID;
          CREATE TABLE night_peer (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE,
            address TEXT NOT NULL, most_sockets INTEGER NOT NULL,
            PRIMARY KEY (night_id, address)) STRICT, WITHOUT ROWID;
          CREATE TABLE night_finding (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE,
            number INTEGER NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
            text TEXT NOT NULL, PRIMARY KEY (night_id, number)) STRICT, WITHOUT ROWID;
          INSERT INTO night VALUES (7, 1790812800000000000, 1790820000000000000, 3, 42);
          INSERT INTO night_state VALUES (7, 'CLOSE_WAIT', 9, 9);
          INSERT INTO night_finding VALUES (7, 0, 'close_wait_growth', 'error', 'leak');
          """)
    }
    try queue.close()
    let history = try NightHistory(path: path)
    let comparison = try #require(
      try history.comparison(for: HostNight(night(2), name: "web1")))
    #expect(comparison.nights == 1 && comparison.figures.first?.lastNight == 42)
    #expect(comparison.figures.first { $0.name == "CLOSE_WAIT" }?.lastNight == 9)
    #expect(comparison.trends.isEmpty)
    #expect(
      try history.comparison(for: HostNight(night(2), name: "web1", isAlone: false)) == nil)
    try history.record([HostNight(night(2), name: "web1")])
    #expect(try history.comparison(for: HostNight(night(3), name: "web1"))?.nights == 2)
  }
}
