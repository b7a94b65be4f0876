import Support
import TCPModel

/// Everything above the rows: who with whom, how long, what came of it.
struct LadderHeading {
  private static let margin = LadderColumns.margin
  private static let linePitch = 16.0
  private static let mostFindings = 2

  private struct Lines {
    var title: [TextLine]
    var chip: (text: String, width: Double, y: Double)
    var sentence: [TextLine]
    var time: TextLine
    var findings: [Shape]
    var names: [TextLine]
    /// Where the lifelines begin.
    var bottom: Double
  }

  static func height(
    _ connection: Connection, _ header: ReportHeader, _ options: DiagramOptions,
    _ columns: LadderColumns, _ findings: [Finding], isPlain: Bool
  ) -> Double {
    lines(connection, header, options, columns, findings, isPlain: isPlain).bottom
  }

  static func shapes(_ layout: LadderLayout) -> [Shape] {
    if layout.hasPlainHead { return [] }
    let lines = lines(of: layout)
    let ink = layout.connection.summary.outcome.ink
    let chip: [Shape] = [
      .rectangle(
        x: margin, y: lines.chip.y - 14, width: lines.chip.width, height: 20, radius: 10,
        Area(.tint(ink), Stroke(ink, 1))),
      .text(
        TextLine(
          [Word(lines.chip.text, .labelStrong, .text)],
          at: Point(margin + lines.chip.width / 2, lines.chip.y), anchor: .middle)),
    ]
    return lines.title.map(Shape.text) + [.group(ShapeGroup("outcome", [], chip))]
      + lines.sentence.map(Shape.text) + [.text(lines.time)] + lines.findings
  }

  static func lifelines(_ layout: LadderLayout, to bottom: Double) -> [Shape] {
    let lines = lines(of: layout)
    var middle: [Shape] = []
    if let line = layout.middle {
      let texts = layout.texts
      let room = (layout.columns.serverLine - layout.columns.clientLine) / 4
      let rows: [(String, Font, Ink)] = [
        (TextMetrics.plain(line.name, limit: 60), .head, .text),
        (texts("stand.captured"), .detail, .muted),
      ]
      let top = layout.top - 4 - 40
      middle.append(
        .group(
          ShapeGroup(
            "lifeline", [.init("side", "middle")],
            rows.enumerated().map { index, row in
              .text(
                TextLine(
                  [Word(TextMetrics.fitting(row.0, row.1, width: room), row.1, row.2)],
                  at: Point(line.x, top + Double(index) * 30), anchor: .middle))
            } + [
              .line(
                Point(line.x, layout.top - 4), Point(line.x, bottom), Stroke(.faint, 1, .dotted))
            ])))
    }
    return middle
      + Side.allCases.map { side in
        let x = layout.columns.line(side)
        let names = lines.names.filter { $0.at.x == x }
        return .group(
          ShapeGroup(
            "lifeline", [.init("side", side.name)],
            names.map(Shape.text) + [
              .line(Point(x, layout.top - 4), Point(x, bottom), Stroke(.faint, 1.5))
            ]))
      }
  }

  private static func lines(of layout: LadderLayout) -> Lines {
    lines(
      layout.connection, layout.header, layout.options, layout.columns, layout.findings,
      isPlain: layout.hasPlainHead)
  }

  /// - Parameter isPlain: A lesson says the rest: only the lifelines have heads.
  private static func lines(
    _ connection: Connection, _ header: ReportHeader, _ options: DiagramOptions,
    _ columns: LadderColumns, _ findings: [Finding], isPlain: Bool
  ) -> Lines {
    let texts = Texts.of(options.language)
    let summary = connection.summary
    let right = columns.right
    let room = right - margin
    let duration = TextLine(
      [Word(Quantity.duration(summary.duration), .title)], at: Point(right, 36), anchor: .end)
    var y = 36.0
    var title: [TextLine] = []
    for words in titleLines(summary, header, options, room: room - duration.width - 24) {
      title.append(TextLine(words, at: Point(margin, y)))
      y += 20
    }
    title.append(duration)
    y += 8

    let chip = texts("outcome." + summary.outcome.rawValue)
    let chipWidth = TextMetrics.width(chip, .labelStrong) + 20
    let time = TextLine(
      [Word(options.clock.instant(summary.start, decimals: 3), .note, .muted)], at: Point(right, y),
      anchor: .end)
    let indent = margin + chipWidth + 12
    let sentence = TextMetrics.wrapped(
      Story.sentence(connection, texts), .note, width: right - time.width - 24 - indent)
    let sentenceLines = sentence.enumerated().map { index, text in
      TextLine(
        [Word(text, .note, .muted)], at: Point(indent, y + Double(index) * linePitch))
    }
    let chipY = y
    y += Double(max(1, sentence.count) - 1) * linePitch + 32
    let told =
      isPlain ? [] : OverviewFindings(findings, texts, most: mostFindings).shapes(&y, right)
    if isPlain { y = 24 }

    var names: [TextLine] = []
    for side in Side.allCases {
      let x = columns.line(side)
      let endpoint = summary.endpoint(side)
      let role = texts("side." + side.name)
      let head: String
      if let name = header.name(of: side, summary, options) { head = name } else { head = role }
      let parts = connection.middleShare == nil ? 2.0 : 4.0
      let half = min(x, columns.width - x, (columns.serverLine - columns.clientLine) / parts) - 8
      let ownRole = head == role ? "" : role + " · "
      let stand = ownRole + texts(standpoint(side, connection.delays))
      let rows: [(String, Font, Ink)] = [
        (head, .head, .text), (endpoint.description, .fixed, .text), (stand, .detail, .muted),
      ]
      for (index, row) in rows.enumerated() {
        let font =
          row.1 == .fixed && TextMetrics.width(row.0, .fixed) > 2 * half
          ? .fixedSmall : row.1
        let text =
          row.1 == .fixed
          ? TextMetrics.fittingEnds(row.0, font, width: 2 * half)
          : TextMetrics.fitting(row.0, font, width: 2 * half)
        names.append(
          TextLine(
            [Word(text, font, row.2)], at: Point(x, y + Double(index) * 15), anchor: .middle))
      }
    }
    return Lines(
      title: title, chip: (chip, chipWidth, chipY), sentence: sentenceLines, time: time,
      findings: told, names: names, bottom: y + 30 + 14)
  }

  /// Where that end's times come from.
  private static func standpoint(
    _ side: Side, _ delays: PathDelays
  ) -> String {
    if !delays.isKnown { return "stand.unknown" }
    return delays.toward[side] == 0 || delays.isMeasured ? "stand.captured" : "stand.estimated"
  }

  /// One line where it fits, else one line an endpoint.
  private static func titleLines(
    _ summary: ConnectionSummary, _ header: ReportHeader, _ options: DiagramOptions, room: Double
  ) -> [[Word]] {
    if let title = options.title {
      return TextMetrics.wrapped(title, .titleSmall, width: room).map { [Word($0, .titleSmall)] }
    }
    let client = header.label(of: .client, summary, options)
    let server = header.label(of: .server, summary, options)
    for font in [Font.title, .titleSmall] {
      let words = [
        Word(client, font), Word("→", font, .muted, gap: 8), Word(server, font, gap: 8),
      ]
      if TextLine(words, at: Point(0, 0)).width <= room { return [words] }
    }
    let half = room - 30
    return [
      [Word(TextMetrics.fittingEnds(client, .titleSmall, width: half), .titleSmall)],
      [
        Word("→", .titleSmall, .muted),
        Word(TextMetrics.fittingEnds(server, .titleSmall, width: half), .titleSmall, gap: 8),
      ],
    ]
  }
}

extension ReportHeader {
  /// The reader's own name for an address, or the capture's; made fit for a picture.
  func name(of address: IPAddress, _ options: DiagramOptions) -> String? {
    guard let name = options.names[address] ?? names[address] else { return nil }
    let plain = TextMetrics.plain(name, limit: 60)
    return plain.allSatisfy { $0 == " " } ? nil : plain
  }

  /// The same of an end of a connection, whose bytes may name the server.
  func name(of side: Side, _ summary: ConnectionSummary, _ options: DiagramOptions) -> String? {
    if side == .server, let name = summary.name {
      if let given = options.names[summary.server.address] {
        return TextMetrics.plain(given, limit: 60)
      }
      return name.shown { TextMetrics.plain($0, limit: 60) }
    }
    return name(of: summary.endpoint(side).address, options)
  }

  /// `name:port` or `address:port`.
  func label(of side: Side, _ summary: ConnectionSummary, _ options: DiagramOptions) -> String {
    let endpoint = summary.endpoint(side)
    guard let name = name(of: side, summary, options) else { return endpoint.description }
    return "\(name):\(endpoint.port)"
  }

  /// `name:port` or `address:port`.
  func label(of endpoint: Endpoint, _ options: DiagramOptions) -> String {
    guard let name = name(of: endpoint.address, options) else { return endpoint.description }
    return "\(name):\(endpoint.port)"
  }
}

extension Outcome {
  var ink: Ink {
    switch self {
    case .closed: .receive
    case .reset, .refused, .unanswered: .trouble
    case .halfOpen, .halfClosed: .caution
    case .open: .handshake
    }
  }
}
