import TCPModel

/// One output format: the header, then connection by connection, then the end.
public protocol ReportWriter {
  /// How much of each connection it shows.
  var need: ConnectionNeed { get }
  /// From now on, what it writes of a connection does not depend on the ones before.
  var writesRows: Bool { get }
  mutating func begin(_ header: ReportHeader, to output: inout ByteWriter)
  mutating func write(_ connection: Connection, to output: inout ByteWriter)
  mutating func end(to output: inout ByteWriter)
}

extension ReportWriter {
  public var writesRows: Bool { false }
}

/// How much of a connection a writer shows; each level includes the one before.
public enum ConnectionNeed: Int, Sendable, Comparable {
  /// The summary; the lists may be empty.
  case summary
  /// Phases and states too.
  case lists
  /// Events too, and segments where they are asked for: a second pass over the capture.
  case events

  public static func < (left: ConnectionNeed, right: ConnectionNeed) -> Bool {
    left.rawValue < right.rawValue
  }
}
