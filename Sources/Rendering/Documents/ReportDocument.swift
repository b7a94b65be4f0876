import TCPModel
import Timeline

/// What a report to look at or to read is made from: never more than fits a page, whatever the
/// capture holds. What is left out is counted.
public struct ReportDocument: Sendable {
  public var header: ReportHeader
  /// All connections that are listed, in sum.
  public var aggregate: OverviewAggregate
  /// Those of the table, by number: all, or the most notable ones.
  public var rows: [ConnectionSummary] = []
  /// All, as far as a page holds them; nil where the format has no use for it.
  public var table: ConnectionTable?
  /// Those with a bar in the overview, by number, with their phases.
  public var bars: [Connection] = []
  /// Those shown in detail, by number, with their events and segments.
  public var details: [Connection] = []
  /// Whether something was left out so that it fits a limit, and whether findings were.
  var isShortened = false
  var findingsLeftOut = false
  /// Numbers, the most notable connection first; it orders the diagrams of one picture.
  public var ranking: [Int] = []

  /// Rows of a table that can still be read.
  public static let rowLimit = 500

  public init(header: ReportHeader, aggregate: OverviewAggregate) {
    self.header = header
    self.aggregate = aggregate
  }
}

/// A file that belongs to a report and lies in the folder beside it.
public struct ReportAsset: Sendable {
  public var name: String
  public var bytes: [UInt8]
}
