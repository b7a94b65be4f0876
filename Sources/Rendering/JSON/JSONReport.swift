import TCPModel

extension OutputFormat {
  public static let json = {
    var format = OutputFormat("json", endings: ["json"])
    format.isData = true
    format.showsFindings = true
    format.listsSockets = true
    format.listsSegments = true
    format.listsServices = true
    format.connections = .each(need: .events) { JSONReport(isDetailed: $0.isDetailed) }
    format.night = { report, _, output throws(RenderingFailure) in
      NightlyJSON(report).write(to: &output)
      return []
    }
    format.fleet = { report, _, output throws(RenderingFailure) in
      FleetJSON(report).write(to: &output)
      return []
    }
    format.comparison = { report, _, output throws(RenderingFailure) in
      ComparisonText(report).json(to: &output)
      return []
    }
    return format
  }()

  public static let ndjson = {
    var format = OutputFormat("ndjson", endings: ["ndjson", "jsonl"])
    format.isData = true
    format.listsSegments = true
    format.connections = .each(need: .events) { _ in NDJSONReport() }
    return format
  }()
}

/// The JSON document: one object; each connection is one line of it.
public struct JSONReport: ReportWriter {
  /// Said in the document: whether connections come with events and all phases.
  private let isDetailed: Bool
  private var connection = JSONConnection(names: [:])
  private var isFirst = true

  public init(isDetailed: Bool) {
    self.isDetailed = isDetailed
  }

  public mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    connection.names = header.names
    connection.showsPaths = header.paths != nil
    output.openObject()
    output.member("schema", plain: "tcptimeline/1")
    output.key("generator")
    output.openObject()
    output.member("name", plain: Generator.name)
    output.member("version", plain: Generator.version)
    output.closeObject()
    output.member("detail", plain: isDetailed ? "full" : "summary")
    output.key("captures")
    output.openArray()
    for capture in header.captures { write(capture, to: &output) }
    output.closeArray()
    write(header.summary, to: &output)
    output.key("findings")
    output.openArray()
    for finding in header.findings { output.value(finding) }
    output.closeArray()
    if let services = header.services {
      JSONServices.write(services, header.serviceTime, to: &output)
    }
    if !header.quic.isEmpty { write(header.quic, to: &output) }
    if let paths = header.paths { JSONPaths.write(paths, to: &output) }
    if let snapshots = header.snapshots { JSONSnapshots.write(snapshots, to: &output) }
    output.key("connections")
    output.openArray()
  }

  public mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    output.needsComma = false
    output.literal(isFirst ? "\n" : ",\n")
    isFirst = false
    self.connection.write(connection, to: &output)
  }

  public mutating func end(to output: inout ByteWriter) {
    output.literal("\n")
    output.closeArray()
    output.closeObject()
    output.literal("\n")
  }

  private func write(_ flows: [QUICFlow], to output: inout ByteWriter) {
    output.key("quic")
    output.openArray()
    for flow in flows {
      output.openObject()
      connection.endpoint("client", flow.client, to: &output)
      connection.endpoint("server", flow.server, to: &output)
      output.member("name", flow.name?.text)
      output.member("name_basis", plain: flow.name?.basis.rawValue)
      output.member("start", flow.start)
      output.member("end", flow.end)
      output.member("datagrams", flow.datagrams)
      output.member("bytes", flow.bytes)
      output.closeObject()
    }
    output.closeArray()
  }

  private func write(_ capture: CaptureInfo, to output: inout ByteWriter) {
    output.openObject()
    output.member("path", capture.path)
    output.member("format", plain: capture.format.rawValue)
    output.member("compression", plain: capture.compression.rawValue)
    output.member("link_types", capture.linkTypes)
    output.member("frames", capture.frames)
    output.member("tcp_segments", capture.tcpSegments)
    output.member("bytes", capture.bytes)
    output.member("first_time", capture.firstTime)
    output.member("last_time", capture.lastTime)
    output.member("truncated", capture.isTruncated)
    output.member("interface_drops", capture.interfaceDrops)
    output.member("skipped", capture.skipped)
    output.member("warnings", capture.remarks)
    if let trust = capture.trust { write(trust, to: &output) }
    output.closeObject()
  }

  private func write(_ trust: CaptureTrust, to output: inout ByteWriter) {
    output.key("trust")
    output.openObject()
    output.member("loss", plain: trust.loss.rawValue)
    output.member("timing", plain: trust.timing.rawValue)
    output.member("reasons", trust.reasons)
    output.closeObject()
  }

  private func write(_ summary: TraceSummary, to output: inout ByteWriter) {
    output.key("summary")
    output.openObject()
    output.member("connections", Int64(summary.connections))
    output.key("by_outcome")
    output.openObject()
    for outcome in Outcome.allCases {
      guard let count = summary.byOutcome[outcome], count > 0 else { continue }
      output.member(named: outcome.rawValue, Int64(count))
    }
    output.closeObject()
    output.member("tcp_segments", summary.tcpSegments)
    output.member("payload_bytes", summary.payloadBytes)
    output.member("start", summary.start)
    output.member("end", summary.end)
    output.key("limits")
    JSONLimits.write(summary.limits, to: &output)
    JSONLimits.write(summary.blame, to: &output)
    output.closeObject()
  }
}

/// Newline-delimited JSON: one connection a line, nothing else.
public struct NDJSONReport: ReportWriter {
  public var writesRows: Bool { true }
  private var connection = JSONConnection(names: [:])

  public init() {}

  public mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    connection.names = header.names
    connection.showsPaths = header.paths != nil
  }

  public mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    output.needsComma = false
    self.connection.write(connection, to: &output)
    output.literal("\n")
  }

  public mutating func end(to output: inout ByteWriter) {}
}
