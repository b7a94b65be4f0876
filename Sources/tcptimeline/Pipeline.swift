import Correlation
import Rendering
import TCPModel

/// From inputs to a report: pass 1 summarises every connection, the choice is made, pass 2 reads
/// again what the format shows of the chosen ones, and the writer takes them one by one.
struct Pipeline {
  var format: OutputFormat
  var path: String?
  var options: OutputOptions
  var choice: SelectionOptions

  func run(_ inputs: [String]) throws(Failure) {
    let captures = try InputFiles.find(inputs, isReadTwice: format.isReadTwice)
    var file = try OutputFile.open(path: path, inputs: captures.compactMap(\.identity))
    let stream = CaptureStream(captures)
    var correlator = Correlator()
    try stream.read { segments in
      correlator.ingest(segments)
      return true
    }
    correlator.finish()
    var header = header(of: stream, correlator)
    let selection = choice.selection(start: header.summary.start)
    let chosen =
      selection.isEverything
      ? Array(0..<correlator.count)
      : selection.indices(count: correlator.count) { correlator.summary(at: $0) }
    header.listed = chosen.count
    warn(about: header.captures)
    let isDetailed = chosen.count <= options.maxDetail
    if options.segments, !isDetailed {
      throw Failure(
        .usage,
        "--segments would list the segments of \(chosen.count) connections; choose at most"
          + " \(options.maxDetail), or raise --max-detail")
    }
    var writer = try writer(file: file, isDetailed: isDetailed)
    var output = ByteWriter(descriptor: file.descriptor)
    writer.begin(header, to: &output)
    if writer.need == .events, isDetailed {
      let details = try details(of: chosen, correlator, stream)
      for index in 0..<details.count where output.failure == nil {
        writer.write(details.connection(at: index), to: &output)
      }
    } else {
      for index in chosen where output.failure == nil {
        let connection =
          writer.need == .summary
          ? Connection(summary: correlator.summary(at: index)) : correlator.connection(at: index)
        writer.write(connection, to: &output)
      }
    }
    writer.end(to: &output)
    output.flush()
    if let code = output.failure {
      throw Failure(.inputOutput, "\(file.name): writing failed (\(Failure.reason(code)))")
    }
    try file.commit()
  }

  /// Pass 2: the chosen connections with their events, and their segments where they are wanted.
  private func details(
    of chosen: [Int], _ correlator: borrowing Correlator, _ stream: CaptureStream
  ) throws(Failure) -> DetailCollector {
    var summaries: [ConnectionSummary] = []
    summaries.reserveCapacity(chosen.count)
    for index in chosen { summaries.append(correlator.summary(at: index)) }
    // Nothing after the last one's end is of interest; clocks of several interfaces may differ.
    let end = summaries.map(\.end).max()?.advanced(by: 1_000_000_000)
    var collector = DetailCollector(summaries, keepsSegments: options.segments)
    try stream.read { segments in
      collector.ingest(segments)
      guard let end, let last = segments.indices.last else { return true }
      return segments[last].time <= end
    }
    collector.finish()
    return collector
  }

  private func header(of stream: CaptureStream, _ correlator: borrowing Correlator) -> ReportHeader
  {
    var summary = TraceSummary()
    summary.connections = correlator.count
    for index in 0..<correlator.count {
      let connection = correlator.summary(at: index)
      summary.byOutcome[connection.outcome, default: 0] += 1
      for traffic in [connection.traffic.client, connection.traffic.server] {
        summary.tcpSegments += traffic.segments
        summary.payloadBytes += traffic.payloadBytes
      }
      summary.start = min(summary.start ?? connection.start, connection.start)
      summary.end = max(summary.end ?? connection.end, connection.end)
    }
    var header = ReportHeader(captures: stream.infos, summary: summary)
    header.names = stream.names
    return header
  }

  /// Formats that have no place for warnings leave them to standard error.
  private func warn(about captures: [CaptureInfo]) {
    switch format {
    case .text, .json, .markdown, .html: return
    case .svg, .ndjson, .csv, .zeek, .mermaid, .plantuml:
      for capture in captures {
        for warning in capture.warnings { Failure.say("\(capture.path): warning: \(warning)") }
      }
    }
  }

  private func writer(
    file: borrowing OutputFile, isDetailed: Bool
  ) throws(Failure) -> any ReportWriter {
    switch format {
    case .json: JSONReport(isDetailed: isDetailed)
    case .ndjson: NDJSONReport()
    case .csv: CSVReport()
    case .zeek: ZeekConnLog()
    case .text: TextReport(style: Terminal.style(of: file.descriptor))
    case .svg, .markdown, .html, .mermaid, .plantuml:
      throw Failure(.usage, "\(format.rawValue): this build does not write it")
    }
  }
}

extension OutputFormat {
  /// Whether it shows what only a second pass over the capture finds.
  fileprivate var isReadTwice: Bool {
    switch self {
    case .csv, .zeek, .text: false
    case .svg, .markdown, .html, .json, .ndjson, .mermaid, .plantuml: true
    }
  }
}
