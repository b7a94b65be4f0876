import Correlation
import Names
import Rendering
import SocketJoin
import Support
import TCPModel
import TraceParsing

/// The inputs after the first pass: every connection is summarised, the sockets are joined, the
/// choice is made. It gives each chosen connection to those who write.
struct ReportSource: ~Copyable {
  let correlator: Correlator
  private let stream: CaptureStream
  private let join: SnapshotJoin
  let header: ReportHeader
  /// Indices, in their order.
  let chosen: [Int]

  /// How many are listed.
  var count: Int { chosen.count }

  /// - Parameter pseudonyms: With these no real address is given out.
  init(
    _ inputs: InputFiles, _ pseudonyms: AddressPseudonyms?, for pipeline: Pipeline
  ) throws(Failure) {
    let stream = CaptureStream(inputs.captures, pseudonyms: pseudonyms)
    var correlator = Correlator(
      threads: pipeline.output.chosenThreads, listLimit: pipeline.listLimit,
      applications: ReadingOptions(keepsPaths: pipeline.output.paths))
    try stream.read { segments, payloads in
      correlator.ingest(segments, payloads)
      return true
    }
    correlator.finish()
    correlator.namer = pipeline.namer(for: stream, correlator.answers, pseudonyms)
    var header = ReportHeader(captures: stream.infos, summary: correlator.totals)
    header.names = stream.names.merging(pipeline.diagrams.namesByAddress) { _, given in given }
    let join = try Self.join(
      inputs.snapshots, pseudonyms, threads: pipeline.output.chosenThreads, to: correlator, &header)
    let chosen = Self.choose(pipeline.choice, from: correlator, start: header.summary.start)
    header.listed = chosen.count
    if pipeline.format.showsFindings || !pipeline.output.failOn.isEmpty {
      header.findings += Self.findings(of: chosen, correlator, header)
      join.add(
        findingsAbout: chosen.count < correlator.count ? Set(chosen.map { $0 + 1 }) : nil,
        to: &header.findings)
    }
    self.stream = stream
    self.correlator = correlator
    self.join = join
    self.header = header
    self.chosen = chosen
  }

  /// Formats that have no place for warnings leave them to standard error.
  func warn(unlessShownBy format: OutputFormat) {
    if format.showsFindings { return }
    for capture in header.captures {
      for warning in capture.warnings { Failure.say("\(capture.path): warning: \(warning)") }
    }
  }

  // MARK: One connection

  /// The connection as the first pass knows it.
  ///
  /// - Parameter connection: The one described before: a CSV row then allocates nothing, and an
  ///   NDJSON line once, not twenty times.
  func describe(_ index: Int, withLists: Bool, in connection: inout Connection) {
    correlator.describe(index, withLists: withLists, in: &connection)
    join.apply(to: &connection)
  }

  /// The connection with what the second pass found.
  func connection(at index: Int, of details: borrowing DetailCollector) -> Connection {
    var connection = details.connection(at: index)
    join.apply(to: &connection)
    return connection
  }

  /// Pass 2: some connections with their events, and their segments or charts where they are wanted.
  func details(
    of chosen: [Int], keepsSegments: Bool, keepsCharts: Bool = false
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
    try stream.read(spans: spans) { segments, payloads in
      collector.ingest(segments, payloads)
      guard stream.isMerged, let last = segments.indices.last else { return true }
      return segments[last].time <= limit
    }
    return collector
  }
}

// MARK: - The first pass

extension ReportSource {
  private static func choose(
    _ choice: SelectionOptions, from correlator: borrowing Correlator, start: Timestamp?
  ) -> [Int] {
    let selection = choice.selection(start: start)
    if selection.isEverything { return Array(0..<correlator.count) }
    return selection.indices(count: correlator.count) { correlator.summary(at: $0) }
  }

  private static func findings(
    of chosen: [Int], _ correlator: borrowing Correlator, _ header: ReportHeader
  ) -> [Finding] {
    var collector = FindingCollector()
    for capture in header.captures { collector.add(capture) }
    for index in chosen where !correlator.glance(at: index).isUnremarkable {
      collector.add(correlator.summary(at: index))
    }
    return collector.findings { header.text(of: $0) }
  }

  /// Reads the snapshots and looks up whose sockets they show; without any this costs nothing.
  private static func join(
    _ files: [InputCapture], _ pseudonyms: AddressPseudonyms?, threads: Int,
    to correlator: borrowing Correlator, _ header: inout ReportHeader
  ) throws(Failure) -> SnapshotJoin {
    var join = SnapshotJoin()
    if files.isEmpty { return join }
    for index in 0..<correlator.count { join.add(correlator.summary(at: index)) }
    let (infos, names) = try SnapshotSeries<SocketSample>.read(
      files, .all, threads: threads, pseudonyms
    ) { snapshot, names in
      join.begin(snapshot, names)
    } take: { sockets, names in
      join.ingest(sockets.span, names)
    } end: { snapshot in
      join.end(snapshot)
    }
    var captured: ClosedRange<Timestamp>?
    if let start = header.summary.start, let end = header.summary.end, start <= end {
      captured = start...end
    }
    join.finish(names, captured: captured) { correlator.connection(at: $0 - 1) }
    if header.captures.isEmpty { header.findings = join.findingsOfSnapshots }
    header.captures += infos
    header.snapshots = join.summary
    return join
  }
}

extension Pipeline {
  /// Answers over TCP already came to the pseudonyms of clients, those over UDP to the real ones.
  fileprivate func namer(
    for stream: CaptureStream, _ overTCP: DNSAnswers, _ pseudonyms: AddressPseudonyms?
  ) -> ServerNamer {
    var answers = stream.answers
    var overTCP = overTCP
    if let pseudonyms {
      var addresses = pseudonyms
      answers = answers.renamed(
        address: { addresses.pseudonym(of: $0) }, client: { addresses.pseudonym(of: $0) })
      overTCP = overTCP.renamed(
        address: { addresses.pseudonym(of: $0) }, client: { $0 })
    }
    answers.merge(overTCP)
    return ServerNamer(
      given: diagrams.namesByAddress, recorded: stream.names, answers: answers,
      pseudonyms: pseudonyms?.names)
  }

  /// Of how many connections, the first ones, the states and phases may be listed.
  fileprivate var listLimit: Int {
    switch format.connections?.need {
    case .summary, nil: 0
    // A single one is the first if there are no conditions.
    case .listsOfOne: choice.selection(start: nil).isUnconditional ? 1 : .max
    case .events: .max
    }
  }
}
