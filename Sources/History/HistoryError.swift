import GRDB

/// Why the history of nights could not be used. The report does not depend on it.
public struct HistoryError: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The file cannot be opened or made.
    case cannotOpen
    /// Another program holds it.
    case locked
    /// It is no database, a damaged one, or one of another program or a newer version.
    case notAHistory
    /// Reading or writing failed midway.
    case failed
  }

  public var kind: Kind
  /// One line without the file's name: what is wrong, and what to do.
  public var message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// SQLite's result codes in words (sqlite.org/rescode.html).
  init(_ error: any Error) {
    if let known = error as? HistoryError {
      self = known
      return
    }
    if error is RowDecodingError {
      self.init(
        .notAHistory,
        "the history holds what this program did not write; move it away to begin a new one")
      return
    }
    guard let database = error as? DatabaseError else {
      self.init(.failed, "the history failed: \(error)")
      return
    }
    let detail = database.message ?? "SQLite code \(database.resultCode.rawValue)"
    switch database.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(.locked, "the history is locked by another program (\(detail)); try again later")
    case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_FORMAT:
      self.init(
        .notAHistory, "the history is damaged (\(detail)); move it away to begin a new one")
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      self.init(.cannotOpen, "the history cannot be opened (\(detail))")
    case .SQLITE_READONLY:
      self.init(.cannotOpen, "the history cannot be written (\(detail))")
    default:
      self.init(.failed, "the history failed (\(detail))")
    }
  }
}
