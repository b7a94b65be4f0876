import Correlation
import TCPModel
import TraceParsing

/// A capture read the way the program reads it: every connection with its segments.
public struct Capture {
  public var header: ReportHeader
  public var connections: [Connection] = []
  public var all = OverviewTotals()

  /// What the first pass knows of every connection.
  public struct OverviewTotals {
    public var summaries: [ConnectionSummary] = []
  }

  /// - Parameters:
  ///   - paths: One capture, or its pieces one after another.
  ///   - limit: Connections that get their segments.
  public init(paths: [String], limit: Int = 100) throws {
    var correlator = Correlator()
    let captures = try paths.map { path in try Self.read(path) { correlator.ingest($0) } }
    var summary = TraceSummary()
    summary.connections = correlator.count
    header = ReportHeader(captures: captures, summary: summary)
    for index in 0..<correlator.count {
      all.summaries.append(correlator.summary(at: index))
    }
    var collector = DetailCollector(
      Array(all.summaries.prefix(limit)), keepsSegments: true, keepsCharts: true)
    for path in paths { _ = try Self.read(path) { collector.ingest($0) } }
    for index in 0..<collector.count { connections.append(collector.connection(at: index)) }
  }

  /// One of `Samples/`.
  public init(sample name: String) throws {
    try self.init(paths: [Repository.sample(name)])
  }

  private static func read(
    _ path: String, _ consume: (Span<Segment>) -> Void
  ) throws -> CaptureInfo {
    var reader = try CaptureReader(path: path)
    var batch = SegmentBatch()
    while try reader.read(into: &batch) { consume(batch.span) }
    return reader.info
  }
}
