import GRDB

/// The tables of the history, version by version. A migration that was released is never changed;
/// a new version adds one.
///
///     night                    one row a night, told from others by its first instant
///     night_state              the most sockets at once in each state
///     night_listener           who listened
///     night_process            the busiest processes
///     night_peer               the busiest peers
///     night_finding            what was found
enum HistorySchema {
  /// "tctl": in the file's header, so that no other program's database is taken for a history.
  static let applicationID = 0x7463_746C

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try database.execute(
        sql: """
          CREATE TABLE night (
            id INTEGER PRIMARY KEY,
            start_ns INTEGER NOT NULL UNIQUE,
            end_ns INTEGER NOT NULL,
            instants INTEGER NOT NULL,
            sockets_most INTEGER NOT NULL
          );
          CREATE TABLE night_state (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE,
            state TEXT NOT NULL,
            most INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (night_id, state)
          ) WITHOUT ROWID;
          CREATE TABLE night_listener (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE,
            address TEXT NOT NULL,
            port INTEGER NOT NULL,
            process TEXT,
            most_connections INTEGER NOT NULL,
            is_last INTEGER NOT NULL,
            PRIMARY KEY (night_id, address, port)
          ) WITHOUT ROWID;
          CREATE TABLE night_process (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            most_sockets INTEGER NOT NULL,
            PRIMARY KEY (night_id, name)
          ) WITHOUT ROWID;
          CREATE TABLE night_peer (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE,
            address TEXT NOT NULL,
            most_sockets INTEGER NOT NULL,
            PRIMARY KEY (night_id, address)
          ) WITHOUT ROWID;
          CREATE TABLE night_finding (
            night_id INTEGER NOT NULL REFERENCES night(id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            kind TEXT NOT NULL,
            severity TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (night_id, number)
          ) WITHOUT ROWID;
          """)
    }
    return migrator
  }

  /// Makes a new file a history, and an older one a history of this version. Writes nothing to one
  /// that is up to date.
  static func prepare(_ queue: DatabaseQueue) throws {
    let isReady = try queue.read { database -> Bool in
      let id = try Int.fetchOne(database, sql: "PRAGMA application_id")
      let tables = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
      guard tables == 0 || id == applicationID else {
        throw HistoryError(
          .notAHistory, "is a database of another program; name another file with --history")
      }
      guard tables > 0 else { return false }
      guard try !migrator.hasBeenSuperseded(database) else {
        throw HistoryError(
          .notAHistory, "the history was written by a newer version of this program; update it")
      }
      return try migrator.hasCompletedMigrations(database)
    }
    if !isReady { try migrator.migrate(queue) }
  }
}
