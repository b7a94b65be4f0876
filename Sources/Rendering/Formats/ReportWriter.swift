import TCPModel

/// Writes connections one by one: the header, connection by connection, then the end.
public protocol ReportWriter {
  /// From now on, what it writes of a connection does not depend on the ones before.
  var writesRows: Bool { get }
  mutating func begin(_ header: ReportHeader, to output: inout ByteWriter)
  mutating func write(_ connection: Connection, to output: inout ByteWriter)
  mutating func end(to output: inout ByteWriter)
}

extension ReportWriter {
  public var writesRows: Bool { false }
}

/// How much of a connection a format shows.
public enum ConnectionNeed: Sendable {
  /// The summary; the lists may be empty.
  case summary
  /// Of a single connection its phases and states too.
  case listsOfOne
  /// Phases, states and events, and segments where they are asked for: a second pass over the
  /// capture.
  case events
  /// The same, and what charts are drawn from.
  case charts

  /// Whether it takes a second pass over the capture.
  public var isReadTwice: Bool { self == .events || self == .charts }
}
