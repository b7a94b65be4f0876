import Support
import TCPModel
import Timeline

extension OutputFormat {
  public static let text = {
    var format = OutputFormat("text", endings: ["txt", "text"])
    format.showsFindings = true
    format.isTextToRead = true
    format.connections = .each(need: .listsOfOne) {
      TextReport(style: $0.style, options: $0.options)
    }
    format.rowsOnTerminal = 30
    format.night = { report, settings, output throws(RenderingFailure) in
      NightlyText(report, style: settings.style, settings.options).write(to: &output)
      return []
    }
    format.fleet = { report, settings, output throws(RenderingFailure) in
      FleetText(report, style: settings.style, settings.options).write(to: &output)
      return []
    }
    format.lesson = { page, _, output throws(RenderingFailure) in
      output.append(LessonText(page).bytes)
      return []
    }
    format.services = { report, settings, output throws(RenderingFailure) in
      ServiceTable(report, settings.options).text(settings.style, to: &output)
      return []
    }
    format.comparison = { report, settings, output throws(RenderingFailure) in
      ComparisonText(report, settings.options).text(to: &output)
      return []
    }
    return format
  }()
}

/// The report for a terminal or a pipe: what was captured, findings, a table of connections; of a
/// single connection a page. On a terminal the findings are last, where they are still on the screen,
/// and no more than have room there.
public struct TextReport: ReportWriter {
  public var writesRows: Bool { isTableBegun }
  private let style: TextStyle
  private let options: DiagramOptions
  private let texts: Texts
  /// In the order of the cases: looked up once, not in every row.
  private let outcomes: [String]
  private var header = ReportHeader(captures: [], summary: TraceSummary())
  private var table: TextTable
  /// Rows held back until there are enough to know the widths.
  private var first: [[TextTable.Cell]] = []
  private var isTableBegun = false
  private var only: Connection?
  private var rows = 0

  /// The widths of a longer table are those of its beginning, so that it can be written as it comes.
  private static let rowsThatDecide = 2_000

  public init(style: TextStyle, options: DiagramOptions = DiagramOptions()) {
    self.style = style
    self.options = options
    let texts = Texts.of(options.language)
    self.texts = texts
    outcomes = Outcome.allCases.map { texts($0) }
    table = TextTable(Self.columns(texts), style: style)
  }

  public mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    self.header = header
    for capture in header.captures where capture.format.isCapture || capture.needsMention {
      write(capture, to: &output)
    }
    for sentence in QUICWords.sentences(header, texts) { output.text("  \(sentence)\n") }
    output.literal("\n")
    if let paths = header.paths { TextPaths(style: style, texts: texts).write(paths, to: &output) }
    if let snapshots = header.snapshots {
      TextSnapshots(style: style, clock: options.clock, texts: texts).write(snapshots, to: &output)
    }
    if !style.isTerminal, !header.findings.isEmpty {
      writeFindings(to: &output)
      output.literal("\n")
    }
    style.paint(connectionsTitle, .heading, to: &output)
    output.literal("\n")
    if let time = LimitWords.time(of: header.summary, texts) { output.text(time + "\n") }
  }

  public mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    let cells = ConnectionRow(connection, header: header, texts, outcomes).cells
    rows += 1
    only = rows == 1 ? connection : nil
    if isTableBegun {
      table.row(cells, to: &output)
    } else {
      first.append(cells)
      if first.count == Self.rowsThatDecide { beginTable(to: &output) }
    }
  }

  public mutating func end(to output: inout ByteWriter) {
    if !isTableBegun, !first.isEmpty { beginTable(to: &output) }
    notes(to: &output)
    if let only {
      TextConnection(only, header: header, options: options, style: style).write(to: &output)
      TextPaths(style: style, texts: texts).write(only.summary, to: &output)
      TextSnapshots(style: style, clock: options.clock, texts: texts).write(only, to: &output)
    }
    if let snapshots = header.snapshots {
      TextSnapshots(style: style, clock: options.clock, texts: texts).writeUncaptured(
        snapshots, to: &output)
    }
    if style.isTerminal, !header.findings.isEmpty {
      output.literal("\n")
      writeFindings(most: findingsOnTerminal, to: &output)
    }
  }

  /// Each whole: the first three, and what then has room on a small screen.
  private var findingsOnTerminal: Int {
    var lines = 0
    let rest = header.findings.dropFirst(3)
    for finding in header.findings.prefix(3) { lines += style.lines(of: finding, texts).count }
    let fitting = rest.prefix { finding in
      lines += style.lines(of: finding, texts).count
      return lines <= Self.linesOnTerminal
    }
    return 3 + fitting.count
  }

  private static let linesOnTerminal = 20

  /// - Parameter most: So many, the most serious ones; the others are counted.
  private func writeFindings(most: Int = .max, to output: inout ByteWriter) {
    style.write(header.findings.prefix(most), texts, to: &output)
    let rest = header.findings.count - most
    if rest > 0 {
      note(texts.counted("text.moreFindings", rest), to: &output)
    }
  }

  /// What the table does not show.
  private func notes(to output: inout ByteWriter) {
    // Only what goes to a terminal is cut; other rows may be written elsewhere.
    if style.isTerminal, rows < header.listed {
      note(
        texts.counted(
          "text.moreRows", Int64(header.listed - rows), ["all": String(header.listed)]), to: &output
      )
    }
    if let width = style.width, !table.leftOut.isEmpty {
      let list = table.leftOut.joined(separator: ", ").lowercased()
      note(texts("text.leftOut", ["width": String(width), "list": list]), to: &output)
    }
  }

  private func note(_ text: String, to output: inout ByteWriter) {
    for line in TextMetrics.wrapped(text, columns: style.sentenceWidth) {
      style.paint(line, .faint, to: &output)
      output.literal("\n")
    }
  }

  private mutating func beginTable(to output: inout ByteWriter) {
    table.begin(first, to: &output)
    first = []
    isTableBegun = true
  }

  /// `Connections: 2,000 (1,990 closed, 10 reset)`, and how many of them are shown.
  private var connectionsTitle: String {
    let summary = header.summary
    let count = Quantity.count(summary.connections)
    let outcomes = Outcome.allCases.compactMap { outcome in
      summary.byOutcome[outcome].map {
        texts("outcome.count", ["n": Quantity.count($0), "outcome": texts(outcome)])
      }
    }
    let title =
      outcomes.isEmpty
      ? texts("text.connections", ["n": count])
      : texts(
        "text.connectionsBy", ["n": count, "outcomes": outcomes.joined(separator: ", ")])
    return header.listed < summary.connections
      ? texts("text.listed", ["title": title, "n": Quantity.count(header.listed)]) : title
  }

  private func write(_ capture: CaptureInfo, to output: inout ByteWriter) {
    style.paint(
      capture.path == "-" ? texts("page.standardInput") : capture.path.safeToShow, .heading,
      to: &output)
    var facts = [capture.format.rawValue]
    if capture.compression != .none { facts.append(capture.compression.rawValue) }
    if !capture.linkTypes.isEmpty { facts.append(capture.linkTypes.joined(separator: "+")) }
    if capture.format.isCapture {
      facts.append(texts.counted("unit.frames", capture.frames))
      facts.append(texts.counted("unit.tcpSegments", capture.tcpSegments))
    }
    if let first = capture.firstTime, let last = capture.lastTime {
      facts.append(
        texts(
          "text.spanFrom",
          [
            "time": Quantity.duration(last.since(first)),
            "start": options.clock.instant(first, decimals: 6),
          ]))
    }
    output.text("  " + facts.joined(separator: ", ") + "\n")
    for (reason, frames) in capture.skipped.sorted(by: { $0.key < $1.key }) {
      let what = texts.counted(capture.format.isCapture ? "unit.frames" : "unit.rows", frames)
      let line = texts("text.skipped", ["what": what, "reason": reason.safeToShow])
      output.text("  \(line)\n")
    }
    if let drops = capture.interfaceDrops, drops > 0 {
      warn(texts.counted("text.dropped", drops), to: &output)
    }
    for remark in capture.trust?.remarks ?? [] { warn(texts(remark), to: &output) }
    for warning in capture.remarks { warn(warning, to: &output) }
  }

  private func warn(_ text: String, to output: inout ByteWriter) {
    output.literal("  ")
    style.paint(texts("text.warning"), .doubtful, to: &output)
    output.text(": \(text.safeToShow)\n")
  }

  private static func columns(_ texts: Texts) -> [TextTable.Column] {
    [
      .init(texts("column.id"), .right),
      .init(texts("column.client"), .left),
      .init(texts("column.server"), .left),
      .init(texts("column.start"), .right, rank: 6),
      .init(texts("column.duration"), .right),
      .init(texts("column.handshake"), .right, rank: 5),
      .init(texts("column.firstByte"), .right, rank: 7),
      .init(texts("column.sent"), .right, rank: 1),
      .init(texts("column.received"), .right, rank: 2),
      .init(texts("column.repeats"), .right, rank: 4),
      .init(texts("column.outcome"), .left),
      .init(texts("column.limitedBy"), .left, rank: 3),
      .init(texts("column.processes"), .left, rank: 8),
    ]
  }
}

/// A connection's line in the table.
private struct ConnectionRow {
  var cells: [TextTable.Cell]

  init(
    _ connection: Connection, header: ReportHeader, _ texts: Texts, _ outcomes: [String]
  ) {
    let summary = connection.summary
    let (client, server) = (summary.traffic.client, summary.traffic.server)
    let start = header.summary.start.map { summary.start.since($0) }
    cells = [
      .init("\(summary.id)"),
      .init(header.text(of: .client, summary)),
      .init(header.text(of: .server, summary)),
      .init(start.map { Quantity.seconds($0, decimals: 6) } ?? "", .faint),
      .init(Quantity.duration(summary.duration)),
      .init(summary.timings.handshake.map(Quantity.duration) ?? ""),
      .init(summary.timings.firstByte.map(Quantity.duration) ?? ""),
      .init(client.payloadBytes > 0 ? Quantity.bytes(client.payloadBytes) : ""),
      .init(server.payloadBytes > 0 ? Quantity.bytes(server.payloadBytes) : ""),
      .init(summary.repeats.map { $0 > 0 ? Quantity.count($0) : "" } ?? "", .doubtful),
      .init(outcomes[summary.outcome.place], summary.outcome.paint),
      .init(Story.shortLimit(summary, texts) ?? ""),
      .init(Self.processes(connection.processes)),
    ]
  }

  /// `curl > nginx`; `?` for one that no snapshot names.
  private static func processes(_ processes: PerSide<ConnectionProcess?>) -> String {
    if processes.client?.name == nil, processes.server?.name == nil { return "" }
    return [processes.client, processes.server].map { $0?.name?.safeToShow.shortened ?? "?" }
      .joined(separator: " > ")
  }
}

extension ReportHeader {
  /// `name:port` where the address has a name, else `address:port`.
  public func text(of endpoint: Endpoint) -> String {
    guard let name = names[endpoint.address] else { return endpoint.description }
    return "\(name.safeToShow):\(endpoint.port)"
  }

  /// The same of an end of a connection, whose bytes may name the server.
  public func text(of side: Side, _ summary: ConnectionSummary) -> String {
    guard side == .server, let name = summary.name else { return text(of: summary.endpoint(side)) }
    return "\(name.shown(\.safeToShow)):\(summary.server.port)"
  }
}

extension Outcome {
  var paint: Paint {
    switch self {
    case .closed: .good
    case .reset, .refused: .bad
    case .unanswered, .halfOpen, .halfClosed: .doubtful
    case .open: .plain
    }
  }
}

extension Texts {
  /// `half open`.
  func callAsFunction(_ outcome: Outcome) -> String { self("outcome." + outcome.rawValue) }

  func callAsFunction(_ side: Side) -> String { self("side." + side.name) }

  /// - Parameter isNeedless: It repaired what had arrived.
  func callAsFunction(_ limit: Limit, isNeedless: Bool = false) -> String {
    self("limitName." + Story.key(limit, isNeedless))
  }

  func callAsFunction(_ phase: Phase.Name) -> String { self("phaseName." + phase.name) }
}

extension CaptureInfo.Format {
  /// A packet capture, not a socket snapshot.
  var isCapture: Bool {
    switch self {
    case .pcap, .pcapng: true
    case .ss, .procNetTCP: false
    }
  }
}

extension CaptureInfo {
  /// Of many snapshots only those are named that something is to be said of.
  fileprivate var needsMention: Bool { !warnings.isEmpty }
}
