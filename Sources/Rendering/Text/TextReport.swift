import Support
import TCPModel
import Timeline

extension OutputFormat {
  public static let text = {
    var format = OutputFormat("text", endings: ["txt", "text"])
    format.showsFindings = true
    format.connections = .each(need: .listsOfOne) {
      TextReport(style: $0.style, options: $0.options)
    }
    format.rowsOnTerminal = 30
    format.night = { report, settings, output throws(RenderingFailure) in
      NightlyText(report, style: settings.style, clock: settings.options.clock).write(to: &output)
      return []
    }
    format.fleet = { report, settings, output throws(RenderingFailure) in
      FleetText(report, style: settings.style, clock: settings.options.clock).write(to: &output)
      return []
    }
    format.lesson = { page, _, output throws(RenderingFailure) in
      output.append(LessonText(page).bytes)
      return []
    }
    format.services = { report, settings, output throws(RenderingFailure) in
      ServiceTable(report: report).text(settings.style, to: &output)
      return []
    }
    format.comparison = { report, _, output throws(RenderingFailure) in
      ComparisonText(report: report).text(to: &output)
      return []
    }
    return format
  }()
}

/// The report for a terminal or a pipe: what was captured, findings, a table of connections; of a
/// single connection a page. On a terminal the findings are last, where they are still on the screen,
/// and short.
public struct TextReport: ReportWriter {
  public var writesRows: Bool { isTableBegun }
  private let style: TextStyle
  private let options: DiagramOptions
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
    table = TextTable(Self.columns, style: style)
  }

  public mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    self.header = header
    for capture in header.captures where capture.format.isCapture || capture.needsMention {
      write(capture, to: &output)
    }
    for sentence in QUICWords.sentences(header) { output.text("  \(sentence)\n") }
    output.literal("\n")
    if let paths = header.paths { TextPaths(style: style).write(paths, to: &output) }
    if let snapshots = header.snapshots {
      TextSnapshots(style: style, clock: options.clock).write(snapshots, to: &output)
    }
    if !style.isTerminal, !header.findings.isEmpty {
      writeFindings(to: &output)
      output.literal("\n")
    }
    style.paint(connectionsTitle, .heading, to: &output)
    output.literal("\n")
    if let time = LimitWords.time(of: header.summary) { output.text(time + "\n") }
  }

  public mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    let cells = ConnectionRow(connection, header: header).cells
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
      TextPaths(style: style).write(only.summary, to: &output)
      TextSnapshots(style: style, clock: options.clock).write(only, to: &output)
    }
    if let snapshots = header.snapshots {
      TextSnapshots(style: style, clock: options.clock).writeUncaptured(snapshots, to: &output)
    }
    if style.isTerminal, !header.findings.isEmpty {
      output.literal("\n")
      writeFindings(most: Self.findingsOnTerminal, lines: 2, to: &output)
    }
  }

  private static let findingsOnTerminal = 8

  /// - Parameters:
  ///   - most: So many, the most serious ones; the others are counted.
  ///   - lines: Of each so many.
  private func writeFindings(
    most: Int = .max, lines: Int = .max, to output: inout ByteWriter
  ) {
    style.paint("Findings", .heading, to: &output)
    output.literal("\n")
    for finding in header.findings.prefix(most) {
      style.write(finding, limit: lines, to: &output)
    }
    let rest = header.findings.count - most
    if rest > 0 {
      note(
        "and \(Quantity.counted(rest, "finding")) more: a pipe (| less) or -o report.html has all",
        to: &output)
    }
  }

  /// What the table does not show.
  private func notes(to output: inout ByteWriter) {
    // Only what goes to a terminal is cut; other rows may be written elsewhere.
    if style.isTerminal, rows < header.listed {
      let count = Quantity.count(header.listed - rows)
      note(
        "and \(count) more; these are the most notable. All: --limit \(header.listed), or a pipe"
          + " (| less)", to: &output)
    }
    if let width = style.width, !table.leftOut.isEmpty {
      note(
        "Left out at \(width) columns: \(table.leftOut.joined(separator: ", ").lowercased())",
        to: &output)
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
    var title = "Connections: \(Quantity.count(summary.connections))"
    let outcomes = Outcome.allCases.compactMap { outcome in
      summary.byOutcome[outcome].map { "\(Quantity.count($0)) \(outcome.words)" }
    }
    if !outcomes.isEmpty { title += " (\(outcomes.joined(separator: ", ")))" }
    if header.listed < summary.connections {
      title += ", of which \(Quantity.count(header.listed)) are listed"
    }
    return title
  }

  private func write(_ capture: CaptureInfo, to output: inout ByteWriter) {
    style.paint(capture.path.safeToShow, .heading, to: &output)
    var facts = [capture.format.rawValue]
    if capture.compression != .none { facts.append(capture.compression.rawValue) }
    if !capture.linkTypes.isEmpty { facts.append(capture.linkTypes.joined(separator: "+")) }
    if capture.format.isCapture {
      facts.append(Quantity.counted(capture.frames, "frame"))
      facts.append(Quantity.counted(capture.tcpSegments, "TCP segment"))
    }
    if let first = capture.firstTime, let last = capture.lastTime {
      facts.append(
        "\(Quantity.duration(last.since(first))) from \(options.clock.instant(first, decimals: 6))")
    }
    output.text("  " + facts.joined(separator: ", ") + "\n")
    for (reason, frames) in capture.skipped.sorted(by: { $0.key < $1.key }) {
      let what = Quantity.counted(frames, capture.format.isCapture ? "frame" : "row")
      output.text("  skipped: \(what), \(reason.safeToShow)\n")
    }
    if let drops = capture.interfaceDrops, drops > 0 {
      warn("\(Quantity.counted(drops, "packet")) dropped while capturing", to: &output)
    }
    for warning in capture.warnings { warn(warning, to: &output) }
  }

  private func warn(_ text: String, to output: inout ByteWriter) {
    output.literal("  ")
    style.paint("warning", .doubtful, to: &output)
    output.text(": \(text.safeToShow)\n")
  }

  private static let columns: [TextTable.Column] = [
    .init("ID", .right),
    .init("Client", .left),
    .init("Server", .left),
    .init("Start", .right, rank: 6),
    .init("Duration", .right),
    .init("Handshake", .right, rank: 5),
    .init("First byte", .right, rank: 7),
    .init("Sent", .right, rank: 1),
    .init("Received", .right, rank: 2),
    .init("Repeats", .right, rank: 4),
    .init("Outcome", .left),
    .init("Limited by", .left, rank: 3),
    .init("Processes", .left, rank: 8),
  ]
}

/// A connection's line in the table.
private struct ConnectionRow {
  var cells: [TextTable.Cell]

  init(_ connection: Connection, header: ReportHeader) {
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
      .init(summary.outcome.words, summary.outcome.paint),
      .init(Story.shortLimit(summary, Texts.of(.en)) ?? ""),
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
    return "\(name.text.safeToShow):\(summary.server.port)"
  }
}

extension Outcome {
  /// The name as words: `half open`.
  var words: String {
    switch self {
    case .closed: "closed"
    case .reset: "reset"
    case .refused: "refused"
    case .unanswered: "unanswered"
    case .halfOpen: "half open"
    case .halfClosed: "half closed"
    case .open: "open"
    }
  }

  var paint: Paint {
    switch self {
    case .closed: .good
    case .reset, .refused: .bad
    case .unanswered, .halfOpen, .halfClosed: .doubtful
    case .open: .plain
    }
  }
}

extension Finding {
  /// `(connections 4, 7; frame 12)`; of many the first few.
  var places: String {
    var parts: [String] = []
    if let text = Self.list("connection", connections.map(Int64.init)) { parts.append(text) }
    if let text = Self.list("frame", frames) { parts.append(text) }
    return parts.isEmpty ? "" : "(\(parts.joined(separator: "; ")))"
  }

  private static func list(_ name: String, _ numbers: [Int64]) -> String? {
    guard !numbers.isEmpty else { return nil }
    let shown = numbers.prefix(5).map(String.init).joined(separator: ", ")
    let rest = numbers.count > 5 ? ", and \(Quantity.count(numbers.count - 5)) more" : ""
    return "\(name)\(numbers.count > 1 ? "s" : "") \(shown)\(rest)"
  }
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
