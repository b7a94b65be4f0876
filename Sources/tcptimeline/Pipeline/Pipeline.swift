import Correlation
import Rendering
import SocketJoin
import Support
import TCPModel
import Timeline

/// From inputs to a report: pass 1 summarises every connection, the choice is made, pass 2 reads
/// again what the format shows of the chosen ones, and the writer takes them one by one.
struct Pipeline {
  var format: OutputFormat
  var output: OutputOptions
  var choice: SelectionOptions
  var diagrams: DiagramArguments

  /// Writes the report and gives what was found.
  mutating func run(_ arguments: [String], snapshots: [String]) throws(Failure) -> [Finding] {
    let templates = try format.isTemplated ? output.readTemplates() : nil
    let keepsInput = diagrams.anonymize && Anonymization.readsInput
    let inputs = try InputFiles.sort(
      arguments, snapshots: snapshots, isReadTwice: format.isReadTwice || keepsInput)
    if inputs.captures.isEmpty, diagrams.chart != nil {
      throw Failure(.usage, "--chart draws connections of a capture; these inputs are snapshots")
    }
    let pseudonyms = diagrams.anonymize ? Anonymization.pseudonyms(for: inputs) : nil
    if let pseudonyms { rename(by: pseudonyms) }
    if inputs.captures.isEmpty, format != .json {
      return try reportNight(inputs, templates, pseudonyms)
    }
    var file = try OutputFile.open(path: output.output, inputs: inputs.identities)
    let stream = CaptureStream(inputs.captures, pseudonyms: pseudonyms)
    var correlator = Correlator(
      threads: output.chosenThreads, listLimit: format.listLimit(of: choice))
    try stream.read { segments in
      correlator.ingest(segments)
      return true
    }
    correlator.finish()
    var header = header(of: stream, correlator)
    let join = try join(inputs.snapshots, pseudonyms, to: correlator, &header)
    let chosen = choose(from: correlator, start: header.summary.start)
    header.listed = chosen.count
    if format.showsFindings || !output.failOn.isEmpty {
      header.findings += findings(of: chosen, correlator, header)
      join.add(
        findingsAbout: chosen.count < correlator.count ? Set(chosen.map { $0 + 1 }) : nil,
        to: &header.findings)
    }
    warn(about: header.captures)
    if let writer = streamWriter(file: file, count: chosen.count) {
      try write(writer, header, chosen, correlator, join, stream, to: file)
    } else {
      let document = try document(header, chosen, correlator, join, stream)
      try write(document, templates, to: &file)
    }
    try file.commit()
    return header.findings
  }

  /// What was asked for by real addresses, in terms of those that the report is about.
  private mutating func rename(by pseudonyms: AddressPseudonyms) {
    var pseudonyms = pseudonyms
    for index in choice.hosts.indices {
      choice.hosts[index] = choice.hosts[index].renamed(by: &pseudonyms)
    }
    for index in diagrams.names.indices {
      diagrams.names[index].address = pseudonyms.pseudonym(of: diagrams.names[index].address)
    }
  }

  private func choose(from correlator: borrowing Correlator, start: Timestamp?) -> [Int] {
    let selection = choice.selection(start: start)
    if selection.isEverything { return Array(0..<correlator.count) }
    return selection.indices(count: correlator.count) { correlator.summary(at: $0) }
  }

  private func findings(
    of chosen: [Int], _ correlator: borrowing Correlator, _ header: ReportHeader
  ) -> [Finding] {
    var collector = FindingCollector()
    for capture in header.captures { collector.add(capture) }
    for index in chosen where !correlator.glance(at: index).isUnremarkable {
      collector.add(correlator.summary(at: index))
    }
    return collector.findings { header.text(of: $0) }
  }

  private func header(of stream: CaptureStream, _ correlator: borrowing Correlator) -> ReportHeader
  {
    var header = ReportHeader(captures: stream.infos, summary: correlator.totals)
    header.names = stream.names.merging(diagrams.namesByAddress) { _, given in given }
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
}

// MARK: Connection by connection

extension Pipeline {
  /// nil for the formats that are made from a whole document.
  private func streamWriter(file: borrowing OutputFile, count: Int) -> (any ReportWriter)? {
    switch format {
    case .json: JSONReport(isDetailed: count <= output.maxDetail)
    case .ndjson: NDJSONReport()
    case .csv: CSVReport()
    case .zeek: ZeekConnLog()
    case .text: TextReport(style: Terminal.style(of: file.descriptor))
    case .svg, .markdown, .html, .mermaid, .plantuml: nil
    }
  }

  private func write(
    _ writer: any ReportWriter, _ header: ReportHeader, _ chosen: [Int],
    _ correlator: borrowing Correlator, _ join: borrowing SnapshotJoin, _ stream: CaptureStream,
    to file: borrowing OutputFile
  ) throws(Failure) {
    var writer = writer
    var bytes = ByteWriter(descriptor: file.descriptor)
    writer.begin(header, to: &bytes)
    if writer.need == .events, chosen.count <= output.maxDetail {
      let details = try details(
        of: chosen, correlator, stream, keepsSegments: output.segments)
      for index in 0..<details.count where bytes.failure == nil {
        var connection = details.connection(at: index)
        join.apply(to: &connection)
        writer.write(connection, to: &bytes)
      }
    } else if output.segments {
      throw Failure(
        .usage,
        "--segments would list the segments of \(chosen.count) connections; choose at most"
          + " \(output.maxDetail), or raise --max-detail")
    } else {
      var rest = chosen[...]
      var connection = Connection()
      // A table's first rows decide how the others are written.
      while let index = rest.first, bytes.failure == nil {
        if writer.writesRows, correlator.parts > 1, rest.count > RowBuffer.blockLength {
          writeRows(writer, rest, correlator, join, to: &bytes)
          break
        }
        describe(index, for: writer.need, correlator, join, in: &connection)
        writer.write(connection, to: &bytes)
        rest.removeFirst()
      }
    }
    writer.end(to: &bytes)
    try file.finish(&bytes)
  }

  /// - Parameter connection: The one described before: a CSV row then allocates nothing, and an NDJSON
  ///   line once, not twenty times.
  private func describe(
    _ index: Int, for need: ConnectionNeed, _ correlator: borrowing Correlator,
    _ join: borrowing SnapshotJoin, in connection: inout Connection
  ) {
    correlator.describe(index, withLists: need > .summary, in: &connection)
    join.apply(to: &connection)
  }

  /// Every thread writes the rows of its part, block by block; they come out in the order chosen.
  private func writeRows(
    _ writer: any ReportWriter, _ chosen: ArraySlice<Int>, _ correlator: borrowing Correlator,
    _ join: borrowing SnapshotJoin, to bytes: inout ByteWriter
  ) {
    let buffers = (0..<correlator.parts).map { _ in RowBuffer(writer) }
    var rest = chosen
    while !rest.isEmpty, bytes.failure == nil {
      let block = rest.prefix(RowBuffer.blockLength)
      concurrently(buffers.count) { part in
        for index in block where correlator.part(of: index) == part {
          buffers[part].write { describe(index, for: writer.need, correlator, join, in: &$0) }
        }
      }
      for index in block { buffers[correlator.part(of: index)].moveRow(to: &bytes) }
      rest = rest.dropFirst(block.count)
    }
  }

  /// Pass 2: the chosen connections with their events, and their segments where they are wanted.
  private func details(
    of chosen: [Int], _ correlator: borrowing Correlator, _ stream: CaptureStream,
    keepsSegments: Bool, keepsCharts: Bool = false
  ) throws(Failure) -> DetailCollector {
    var summaries: [ConnectionSummary] = []
    summaries.reserveCapacity(chosen.count)
    for index in chosen { summaries.append(correlator.summary(at: index)) }
    var collector = DetailCollector(
      summaries, keepsSegments: keepsSegments, keepsCharts: keepsCharts)
    guard let end = summaries.map(\.end).max() else { return collector }
    let spans = FrameSpans(summaries.map { $0.firstFrame...max($0.firstFrame, $0.lastFrame) })
    // Of several captures: nothing after the last one's end, but clocks may differ.
    let limit = end.advanced(by: 1_000_000_000)
    try stream.read(spans: spans) { segments in
      collector.ingest(segments)
      guard stream.isMerged, let last = segments.indices.last else { return true }
      return segments[last].time <= limit
    }
    return collector
  }
}

// MARK: Whole documents

extension Pipeline {
  /// What fits a page: the most notable connections where there are too many.
  private func document(
    _ header: ReportHeader, _ chosen: [Int], _ correlator: borrowing Correlator,
    _ join: borrowing SnapshotJoin, _ stream: CaptureStream
  ) throws(Failure) -> ReportDocument {
    let isEverything = chosen.count == correlator.count
    var aggregate = isEverything ? OverviewAggregate(header.summary) : OverviewAggregate()
    var notabilities: [Notability] = []
    var telling: [Notability] = []
    notabilities.reserveCapacity(chosen.count)
    for index in chosen {
      if isEverything {
        let glance = correlator.glance(at: index)
        aggregate.add(glance)
        if diagrams.chart == nil, let notability = Notability(glance, id: index + 1) {
          notabilities.append(notability)
          continue
        }
      }
      let summary = correlator.summary(at: index)
      if !isEverything { aggregate.add(summary) }
      let notability = Notability(summary)
      notabilities.append(notability)
      if diagrams.chart != nil, Chart.isTelling(summary) { telling.append(notability) }
    }
    let ranked = Notability.mostNotable(
      telling.isEmpty || !choice.connections.isEmpty ? notabilities : telling,
      count: max(ReportDocument.rowLimit, diagrams.maxDiagrams))
    // A chart is of the connections that were named, else of the most notable one with data.
    let limit =
      diagrams.chart != nil && choice.connections.isEmpty
      ? min(1, diagrams.maxDiagrams) : diagrams.maxDiagrams
    let drawn = ranked.prefix(limit).map { $0 - 1 }
    let collector = try details(
      of: drawn, correlator, stream, keepsSegments: diagrams.chart == nil,
      keepsCharts: diagrams.chart != nil || format.holdsCharts)
    var document = ReportDocument(header: header, aggregate: aggregate)
    for id in ranked.prefix(ReportDocument.rowLimit).sorted() {
      document.rows.append(correlator.summary(at: id - 1))
    }
    for id in ranked.prefix(diagrams.options.maxRows).sorted() {
      document.bars.append(correlator.connection(at: id - 1))
    }
    for index in 0..<collector.count {
      var connection = collector.connection(at: index)
      join.apply(to: &connection)
      document.details.append(connection)
    }
    document.ranking = ranked
    return document
  }

  private func write(
    _ document: ReportDocument, _ templates: Templates?, to file: inout OutputFile
  ) throws(Failure) {
    let report = DocumentReport(document, options: diagrams.options)
    var bytes = ByteWriter(descriptor: file.descriptor)
    switch format {
    case .markdown:
      guard let templates else { return }
      let (text, assets) = report.markdown(templates, assetFolder: file.assetFolderName)
      bytes.append(text)
      try file.stage(assets)
    case .html:
      guard let templates else { return }
      bytes.append(report.html(templates))
    case .svg:
      if let chart = diagrams.chart {
        bytes.append(report.svg(chart, isChoice: !choice.connections.isEmpty))
      } else {
        bytes.append(report.svg())
      }
    case .mermaid: bytes.append(report.mermaid())
    case .plantuml: bytes.append(report.plantUML())
    case .json, .ndjson, .csv, .zeek, .text: return
    }
    try file.finish(&bytes)
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

  /// Of how many connections, the first ones, it may list the states and phases.
  fileprivate func listLimit(of choice: SelectionOptions) -> Int {
    switch self {
    case .csv, .zeek: 0
    // A single one is listed: it is the first if there are no conditions.
    case .text: choice.selection(start: nil).isUnconditional ? 1 : .max
    case .svg, .markdown, .html, .json, .ndjson, .mermaid, .plantuml: .max
    }
  }

  /// Whether it has a place for findings; looking for them costs a pass over the connections.
  fileprivate var showsFindings: Bool {
    switch self {
    case .json, .text, .markdown, .html: true
    case .csv, .zeek, .ndjson, .svg, .mermaid, .plantuml: false
    }
  }

  /// Whether charts stand beside its diagrams.
  fileprivate var holdsCharts: Bool { isTemplated }

  /// Whether it is made from a template.
  var isTemplated: Bool {
    switch self {
    case .markdown, .html: true
    case .csv, .zeek, .text, .svg, .json, .ndjson, .mermaid, .plantuml: false
    }
  }
}
