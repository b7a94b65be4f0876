import GRDB

/// The tables of the history, version by version. A migration that was released is never changed;
/// a new version adds one.
///
///     night                    one row a night, told from others by its host and first instant
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
      try database.execute(sql: tables)
    }
    // Typed, so that no other program writes values of another kind. Rows that have some stay behind.
    migrator.registerMigration("2") { database in
      for table in names {
        try database.execute(sql: "ALTER TABLE \(table) RENAME TO old_\(table)")
      }
      try database.execute(
        sql: tables.replacing(") WITHOUT ROWID;", with: ") STRICT, WITHOUT ROWID;")
          .replacing(");\n", with: ") STRICT;\n"))
      for table in names { try copyTyped(table, database) }
      for table in names.reversed() { try database.execute(sql: "DROP TABLE old_\(table)") }
    }
    // Nights of several hosts; those that are there have no name.
    migrator.registerMigration("3") { database in
      try database.execute(
        sql: """
          CREATE TABLE new_night (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            start_ns INTEGER NOT NULL,
            end_ns INTEGER NOT NULL,
            instants INTEGER NOT NULL,
            sockets_most INTEGER NOT NULL,
            UNIQUE (host, start_ns)
          ) STRICT;
          INSERT INTO new_night SELECT id, '', start_ns, end_ns, instants, sockets_most FROM night;
          DROP TABLE night;
          ALTER TABLE new_night RENAME TO night;
          ALTER TABLE night_finding ADD COLUMN service TEXT;
          """)
    }
    return migrator
  }

  /// In the order in which they refer to each other.
  private static let names = [
    "night", "night_state", "night_listener", "night_process", "night_peer", "night_finding",
  ]

  /// As migration 1 makes them.
  private static let tables = """
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
    """

  /// From the table of migration 1 what is of its columns' types, and of a night that is kept.
  private static func copyTyped(_ table: String, _ database: Database) throws {
    let columns = try Row.fetchAll(database, sql: "PRAGMA table_info(\(table))")
    var conditions: [String] = []
    var names: [String] = []
    for column in columns {
      let name = try column.decode(String.self, forColumn: "name")
      let type = try column.decode(String.self, forColumn: "type").lowercased()
      let isNeeded = try column.decode(Bool.self, forColumn: "notnull")
      names.append(name)
      conditions.append("(typeof(\(name)) = '\(type)'\(isNeeded ? "" : " OR \(name) IS NULL"))")
    }
    if table != "night" { conditions.append("night_id IN (SELECT id FROM night)") }
    let list = names.joined(separator: ", ")
    try database.execute(
      sql: "INSERT OR IGNORE INTO \(table) (\(list)) SELECT \(list) FROM old_\(table)"
        + " WHERE \(conditions.joined(separator: " AND "))")
  }

  /// Makes a new file a history, and an older one a history of this version. Writes nothing to one
  /// that is up to date.
  static func prepare(_ queue: DatabaseQueue) throws {
    let isReady = try queue.read { database -> Bool in
      let id = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
      // What was ended while it made its first tables left the migrator's own, not yet marked as ours.
      let tables =
        try Int.fetchOne(
          database,
          sql: "SELECT COUNT(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'") ?? 0
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
