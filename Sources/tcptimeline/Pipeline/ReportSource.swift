import Correlation
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
  /// nil where all was captured at one point.
  private let points: JoinedPoints?
  let header: ReportHeader
  /// Indices, in their order.
  let chosen: [Int]

  /// How many are listed.
  var count: Int { chosen.count }

  /// - Parameter pseudonyms: With these no real address is given out.
  init(
    _ inputs: InputFiles, _ pseudonyms: AddressPseudonyms?, for pipeline: Pipeline
  ) throws(Failure) {
    var points: JoinedPoints?
    if !inputs.points.isEmpty {
      points = try JoinedPoints(inputs.points, isSameClock: pipeline.isSameClock, pseudonyms)
    }
    let stream = CaptureStream(inputs.captures, pseudonyms: pseudonyms, points: points)
    var correlator = Correlator(
      threads: pipeline.output.chosenThreads, listLimit: pipeline.listLimit)
    try stream.read { segments in
      correlator.ingest(segments)
      return true
    }
    correlator.finish()
    var header = ReportHeader(captures: stream.infos, summary: correlator.totals)
    header.names = stream.names.merging(pipeline.diagrams.namesByAddress) { _, given in given }
    header.paths = points?.summary
    let join = try Self.join(
      inputs.snapshots, pseudonyms, threads: pipeline.output.chosenThreads, to: correlator, &header)
    let chosen = try Self.choose(pipeline.choice, from: correlator, start: header.summary.start)
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
    self.points = points
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
    points?.apply(to: &connection)
  }

  /// The connection with what the second pass found.
  func connection(at index: Int, of details: borrowing DetailCollector) -> Connection {
    var connection = details.connection(at: index)
    join.apply(to: &connection)
    points?.apply(to: &connection)
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
    try stream.read(spans: spans) { segments in
      collector.ingest(segments)
      guard stream.isMerged, let last = segments.indices.last else { return true }
      return segments[last].time <= limit
    }
    return collector
  }
}

// MARK: - The first pass

extension ReportSource {
  /// - Throws: Where conditions leave nothing: a report on nothing answers no question.
  private static func choose(
    _ choice: SelectionOptions, from correlator: borrowing Correlator, start: Timestamp?
  ) throws(Failure) -> [Int] {
    let selection = try choice.selection(start: start)
    if selection.isEverything { return Array(0..<correlator.count) }
    let chosen = selection.indices(count: correlator.count) { correlator.summary(at: $0) }
    guard !chosen.isEmpty || choice.given.isEmpty else {
      throw Failure(
        .found,
        "no connection is chosen: none of \(Quantity.count(correlator.count)) fits"
          + " \(choice.given.joined(separator: ", "))")
    }
    return chosen
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
  /// Of how many connections, the first ones, the states and phases may be listed.
  fileprivate var listLimit: Int {
    switch format.connections?.need {
    case .summary, nil: 0
    // A single one is the first if there are no conditions.
    case .listsOfOne: choice.given.isEmpty ? 1 : .max
    case .events: .max
    }
  }
}
