import TCPModel

extension OutputFormat {
  public static let perfetto = {
    var format = OutputFormat("perfetto", endings: ["perfetto"])
    format.isData = true
    format.connections = .each(need: .charts) { _ in PerfettoTrace() }
    return format
  }()
}

/// Connections on a time line, for ui.perfetto.dev and other readers of the Trace Event Format.
///
/// A connection is a process; the states of each end, its phases, limits and exchanges are threads of
/// slices, and what is in flight, offered and measured are counters. Times count from the first segment.
struct PerfettoTrace: ReportWriter {
  private var header = ReportHeader(captures: [], summary: TraceSummary())
  private var isFirst = true

  mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    self.header = header
    output.openObject()
    output.member("displayTimeUnit", plain: "ns")
    output.key("otherData")
    output.openObject()
    output.member("generator", plain: "\(Generator.name) \(Generator.version)")
    output.member("start", header.summary.start)
    output.closeObject()
    output.key("traceEvents")
    output.openArray()
  }

  mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    let start = header.summary.start ?? connection.summary.start
    var tracks = TraceTracks(connection, since: connection.summary.start.since(start), isFirst)
    tracks.describe(header, to: &output)
    tracks.states(to: &output)
    tracks.phases(to: &output)
    tracks.limits(to: &output)
    tracks.exchanges(to: &output)
    tracks.events(to: &output)
    tracks.counters(to: &output)
    isFirst = false
  }

  mutating func end(to output: inout ByteWriter) {
    output.literal("\n")
    output.closeArray()
    output.closeObject()
    output.literal("\n")
  }
}
