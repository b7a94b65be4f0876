import Support
import TCPModel

/// Many connections on one time axis: a bar each, coloured and shaped by phase, grouped by server.
public struct OverviewLayout {
  private let connections: [Connection]
  private let all: OverviewAggregate
  private let rest: OverviewAggregate
  private let diagrams: [Connection]
  /// The picture is part of a report, which says itself what is drawn in it.
  private let isPart: Bool
  /// Numbers of the connections that have a place to lead to.
  private let linked: Set<Int>
  private let header: ReportHeader
  private let options: DiagramOptions
  private let texts: Texts
  private let columns: Columns
  private let axis: TimeAxis
  /// Every bar begins at its connection's own start: on a common axis they would be mere dots.
  private let isAligned: Bool
  /// When the captures begin, and how long they last.
  private let start: Timestamp
  private let span: Nanoseconds

  private static let margin = LadderColumns.margin
  private static let rowPitch = 19.0
  /// Bars that are usually shorter than this show nothing of their phases.
  private static let shortestBar = 24.0

  /// The columns of a row: number, client, start, the bar, duration, outcome.
  private struct Columns {
    var width: Double
    var name: Double
    var nameWidth: Double
    var start: Double
    var bar: Double
    var barEnd: Double
    var duration: Double
    var outcome: Double
    var right: Double
  }

  /// `all` has been fed every connection, those of `connections` too. `diagrams` is nil where they
  /// stand elsewhere in a report, where its rows lead to them if it is part of the page (`isLinked`).
  public init(
    _ connections: [Connection], all: OverviewAggregate, diagrams: [Connection]?,
    header: ReportHeader, options: DiagramOptions, isLinked: Bool = false
  ) {
    linked = Set((isLinked ? connections : diagrams ?? []).map(\.summary.id))
    self.connections = connections
    self.all = all
    rest = all.removing(connections.map(\.summary))
    self.diagrams = diagrams ?? []
    isPart = diagrams == nil
    self.header = header
    self.options = options
    let texts = Texts.of(options.language)
    self.texts = texts
    let width = options.fittingWidth
    let right = width - Self.margin
    let outcomes = Outcome.allCases.map {
      TextMetrics.width(texts("outcome." + $0.rawValue), .note)
    }
    let outcome = right - (outcomes.max() ?? 0)
    let durations = connections.map {
      TextMetrics.width(Quantity.duration($0.summary.duration), .fixed)
    }
    let ids = connections.map { TextMetrics.width("#\($0.summary.id)", .fixed) }
    let name = Self.margin + (ids.max() ?? 0) + 10
    let names = connections.map { connection in
      TextMetrics.width(header.label(of: .client, connection.summary, options), .fixed)
    }
    let nameWidth = min(names.max() ?? 0, 200)
    let summaries = connections.map(\.summary)
    let start = all.start ?? summaries.map(\.start).min() ?? Timestamp(nanoseconds: 0)
    let end = all.end ?? summaries.map(\.end).max() ?? start
    let span = max(1, end.since(start))
    let starts = summaries.map { TextMetrics.width(Self.startText($0, after: start), .fixed) }
    let startWidth = max(
      starts.max() ?? 0, TextMetrics.width(texts("overview.start"), .detail))
    let startEnd = name + nameWidth + 14 + startWidth
    columns = Columns(
      width: width, name: name, nameWidth: nameWidth, start: startEnd, bar: startEnd + 18,
      barEnd: outcome - 24 - (durations.max() ?? 0) - 18, duration: outcome - 24,
      outcome: outcome, right: right)
    let longest = summaries.map(\.duration).max() ?? 0
    let typical = summaries.map(\.duration).sorted().dropFirst(summaries.count / 2).first ?? 0
    let typicalBar = Double(typical) / Double(span) * (columns.barEnd - columns.bar)
    // Attempts that take no time at all show when they came, and nothing else.
    isAligned = longest > 0 && typicalBar < Self.shortestBar && longest < span / 4
    axis = TimeAxis(
      span: isAligned ? max(1, longest) : span, from: columns.bar, to: columns.barEnd)
    self.start = start
    self.span = span
  }

  public var figure: Figure {
    var y = 36.0
    var shapes = heading(&y)
    if !isPart { shapes += OverviewFindings(header.findings, texts).shapes(&y, columns.right) }
    var overview: [Shape] = []
    overview += rows(&y)
    if rest.count > 0 { overview += crowd(&y) }
    overview += legend(&y)
    shapes.append(
      .group(ShapeGroup("overview", [.init("connections", all.count)], overview)))
    shapes += drawnLine(&y)
    for connection in diagrams {
      let ladder = LadderLayout(connection, header, ladderOptions).figure
      shapes.append(
        .line(Point(0, y), Point(columns.width, y), Stroke(.faint, 6)))
      let anchor = Self.anchor(of: connection.summary.id)
      shapes += ladder.shapes.map {
        $0.moved(x: 0, y: y + 6).anchored("connection", at: anchor)
      }
      y += 6 + ladder.height
    }
    return Figure(
      width: columns.width, height: y, title: title, summary: telling(title), shapes: shapes)
  }

  /// A picture of several connections is looked at, not scrolled for ever.
  private var ladderOptions: DiagramOptions {
    var options = options.ofParts
    if diagrams.count > 1 {
      options.maxRows = min(options.maxRows, max(20, 160 / diagrams.count))
    }
    return options
  }

  // MARK: Heading

  private var title: String { options.title ?? texts.counted("overview.title", all.count) }

  private func heading(_ y: inout Double) -> [Shape] {
    let duration = TextLine(
      [Word(Quantity.duration(span), .title)], at: Point(columns.right, y), anchor: .end)
    var shapes: [Shape] = []
    for line in TextMetrics.wrapped(title, .title, width: duration.box.minX - 24 - Self.margin) {
      shapes.append(.text(TextLine([Word(line, .title)], at: Point(Self.margin, y))))
      y += 22
    }
    shapes.append(.text(duration))
    y += 6
    let time = TextLine(
      [Word(options.clock.instant(start, decimals: 3), .note, .muted)], at: Point(columns.right, y),
      anchor: .end)
    shapes.append(.text(time))
    var x = Self.margin
    for outcome in Outcome.allCases {
      guard let count = all.byOutcome[outcome], count > 0 else { continue }
      let words = [
        Word(Quantity.count(count), .labelStrong),
        Word(texts("outcome." + outcome.rawValue), .label, gap: 4),
      ]
      var line = TextLine(words, at: Point(x + 24, y))
      let width = line.width + 34
      if x > Self.margin, x + width > columns.right - time.width - 20 {
        x = Self.margin
        y += 26
        line.at = Point(x + 24, y)
      }
      shapes.append(
        .rectangle(
          x: x, y: y - 14, width: width, height: 20, radius: 10,
          Area(.tint(outcome.ink), Stroke(outcome.ink, 1))))
      shapes += outcome.sign(at: Point(x + 13, y - 4))
      shapes.append(.text(line))
      x += width + 8
    }
    if let losses {
      y += 26
      shapes.append(
        .text(TextLine([Word(losses, .label, .muted)], at: Point(Self.margin, y))))
    }
    y += 34
    return shapes
  }

  /// What the captures of several points show of the path, by direction.
  private var losses: String? {
    guard !isPart, let paths = header.paths, paths.pairs > 0 else { return nil }
    let (up, down) = (paths.directions.client, paths.directions.server)
    return texts(
      "overview.lost",
      [
        "up": Quantity.count(up.lost), "upSent": Quantity.count(up.sent),
        "down": Quantity.count(down.lost), "downSent": Quantity.count(down.sent),
      ])
  }

  // MARK: Rows

  private func rows(_ y: inout Double) -> [Shape] {
    guard !connections.isEmpty else { return [] }
    var shapes: [Shape] = []
    let axisY = y
    y += 10
    var rowShapes: [Shape] = []
    for group in groups {
      y += 20
      // Of a crowd only some have a row.
      let count = texts.counted(
        rest.count > 0 ? "overview.groupPart" : "overview.group", group.rows.count)
      rowShapes.append(
        .text(
          TextLine(
            [
              Word(group.name, .word), Word(count, .note, .muted, gap: 8),
            ], at: Point(Self.margin, y))))
      y += 5
      for connection in group.rows {
        y += Self.rowPitch
        rowShapes.append(row(connection, y))
      }
      y += 6
    }
    shapes.append(
      .text(
        TextLine(
          [Word(texts("overview.start"), .detail, .muted)], at: Point(columns.start, axisY),
          anchor: .end)))
    // The grid lies under the bars.
    for tick in axis.ticks {
      shapes.append(
        .line(Point(tick.at, axisY + 4), Point(tick.at, y), Stroke(.faint, 1, .dotted)))
    }
    return shapes + axis.labels(.detail, y: axisY).map(Shape.text) + rowShapes
  }

  private struct Group {
    var name: String
    var rows: [Connection]
  }

  /// By server, the server with the most notable connection first.
  private var groups: [Group] {
    let ranks = connections.map { Notability($0.summary) }
    let order = Notability.mostNotable(ranks, count: connections.count)
    var byID: [Int: Connection] = [:]
    for connection in connections { byID[connection.summary.id] = connection }
    var groups: [Group] = []
    var indexes: [Endpoint: Int] = [:]
    for id in order {
      guard let connection = byID[id] else { continue }
      let server = connection.summary.server
      if let index = indexes[server] {
        groups[index].rows.append(connection)
      } else {
        indexes[server] = groups.count
        groups.append(Group(name: "", rows: [connection]))
      }
    }
    for index in groups.indices {
      groups[index].name = TextMetrics.fittingEnds(
        label(of: groups[index].rows), .word, width: columns.right - Self.margin - 160)
    }
    return groups
  }

  /// Of the server of these connections: by its name where all call it the same.
  private func label(of rows: [Connection]) -> String {
    guard let first = rows.first?.summary else { return "" }
    let isOneName = rows.allSatisfy { $0.summary.name?.text == first.name?.text }
    return isOneName
      ? header.label(of: .server, first, options) : header.label(of: first.server, options)
  }

  private func row(_ connection: Connection, _ y: Double) -> Shape {
    let summary = connection.summary
    let client = TextMetrics.fittingEnds(
      header.label(of: .client, summary, options), .fixed, width: columns.nameWidth)
    var shapes: [Shape] = [
      .text(TextLine([Word("#\(summary.id)", .fixed, .muted)], at: Point(Self.margin, y))),
      .text(TextLine([Word(client, .fixed)], at: Point(columns.name, y))),
      .text(
        TextLine(
          [Word(Self.startText(summary, after: start), .fixed, .muted)],
          at: Point(columns.start, y), anchor: .end)),
      .text(
        TextLine(
          [Word(Quantity.duration(summary.duration), .fixed)], at: Point(columns.duration, y),
          anchor: .end)),
      .text(
        TextLine(
          [Word(texts("outcome." + summary.outcome.rawValue), .note)],
          at: Point(columns.outcome, y))),
    ]
    shapes += summary.outcome.sign(at: Point(columns.outcome - 12, y - 4))
    shapes += bar(connection, y - 4)
    var facts: [ShapeGroup.Fact] = [
      .init("id", summary.id), .init("outcome", summary.outcome.rawValue),
      .init("duration-ns", summary.duration),
    ]
    if let main = summary.mainLimit { facts.append(.init("limit", main.limit.name)) }
    var group = ShapeGroup("row", facts, tooltip: Story.sentence(connection, texts), shapes)
    if linked.contains(summary.id) { group.link = Self.anchor(of: summary.id) }
    return .group(group)
  }

  /// What links to a connection lead to, in pictures and in pages.
  public static func anchor(of id: Int) -> String { "c\(id)" }

  private func bar(_ connection: Connection, _ y: Double) -> [Shape] {
    let offset = isAligned ? 0 : connection.summary.start.since(start)
    let left = axis.x(offset)
    let right = max(left + 2.5, axis.x(offset.plus(connection.summary.duration)))
    // Under everything, so that the bar shows even where its phases are too short to.
    let isDot = right - left < 3
    let height = isDot ? 9.0 : 1.6
    var shapes: [Shape] = [
      .rectangle(
        x: left, y: y - height / 2, width: right - left, height: height, radius: 0,
        Area(.solid(isDot ? connection.summary.outcome.ink : .idle)))
    ]
    if options.colouring == .limit {
      if let limit = connection.summary.mainLimit?.limit, right - left >= 3 {
        shapes.append(limit.bar(from: left, to: right, y: y, height: 11))
      }
      return shapes
    }
    var drawn = left
    for phase in connection.phases where phase.name != .timeWait {
      let start = max(drawn, axis.x(offset.plus(phase.start)))
      let end = axis.x(offset.plus(phase.start).plus(phase.duration))
      guard end - start >= 0.6 else { continue }
      shapes.append(phase.name.bar(from: start, to: end, y: y))
      drawn = end
    }
    return shapes
  }

  private static func startText(
    _ summary: ConnectionSummary, after start: Timestamp
  ) -> String {
    let offset = max(0, summary.start.since(start))
    return offset == 0 ? "0" : "+" + Quantity.duration(offset)
  }

  // MARK: The rest

  private func crowd(_ y: inout Double) -> [Shape] {
    y += 26
    var shapes: [Shape] = [
      .text(
        TextLine(
          [
            Word(texts.counted("overview.rest", rest.count), .word),
            Word(
              texts("overview.restAmount", ["bytes": Quantity.bytes(rest.payloadBytes)]), .note,
              .muted, gap: 8),
          ], at: Point(Self.margin, y)))
    ]
    let top = y + 10
    // Left: by outcome. Right: by duration.
    var left = top
    let widestOutcome =
      Outcome.allCases.map {
        TextMetrics.width(texts("outcome." + $0.rawValue), .note)
      }.max() ?? 0
    let most = Double(max(1, rest.byOutcome.values.max() ?? 1))
    let half = (columns.right - Self.margin) / 2
    for outcome in Outcome.allCases {
      guard let count = rest.byOutcome[outcome], count > 0 else { continue }
      left += Self.rowPitch
      shapes += outcome.sign(at: Point(Self.margin + 6, left - 4))
      shapes += countBar(
        texts("outcome." + outcome.rawValue), count, of: most, outcome.ink, y: left,
        x: Self.margin + 18, label: widestOutcome, end: Self.margin + half - 30)
    }
    var rightY = top
    let labels = durationLabels
    let widestStep = labels.map { TextMetrics.width($0, .note) }.max() ?? 0
    let mostSteps = Double(max(1, rest.byDuration.max() ?? 1))
    let used = rest.byDuration.indices.filter { rest.byDuration[$0] > 0 }
    for step in (used.first ?? 0)..<((used.last ?? -1) + 1) {
      let (label, count) = (labels[step], rest.byDuration[step])
      rightY += Self.rowPitch
      shapes += countBar(
        label, count, of: mostSteps, .quiet, y: rightY, x: Self.margin + half, label: widestStep,
        end: columns.right)
    }
    y = max(left, rightY) + 10
    return [.group(ShapeGroup("rest", [.init("count", rest.count)], shapes))]
  }

  private func countBar(
    _ label: String, _ count: Int, of most: Double, _ ink: Ink, y: Double, x: Double,
    label labelWidth: Double, end: Double
  ) -> [Shape] {
    let number = Quantity.count(count)
    let start = x + labelWidth + 10
    let room = end - start - TextMetrics.width(number, .fixed) - 8
    let width = count == 0 ? 0 : max(1.5, room * Double(count) / most)
    var shapes: [Shape] = [
      .text(TextLine([Word(label, .note)], at: Point(x, y))),
      .text(TextLine([Word(number, .fixed, .muted)], at: Point(start + width + 6, y))),
    ]
    if count > 0 {
      shapes.append(
        .rectangle(
          x: start, y: y - 9, width: width, height: 10, radius: 1.5, Area(.solid(ink))))
    }
    return shapes
  }

  private var durationLabels: [String] {
    let steps = ConnectionGlance.durationSteps.map(Quantity.duration)
    return steps.map { texts("overview.under", ["time": $0]) }
      + [texts("overview.over", ["time": steps.last ?? ""])]
  }

  // MARK: Foot

  private func legend(_ y: inout Double) -> [Shape] {
    y += 26
    var shapes: [Shape] = []
    var x = Self.margin
    for (word, bar) in legendItems {
      let width = TextMetrics.width(word, .note)
      if x > Self.margin, x + width + 24 > columns.right {
        x = Self.margin
        y += 18
      }
      shapes.append(bar(x, y - 4))
      shapes.append(.text(TextLine([Word(word, .note, .muted)], at: Point(x + 24, y))))
      x += width + 44
    }
    if isAligned, !connections.isEmpty {
      y += 18
      shapes.append(
        .text(
          TextLine(
            [Word(texts("overview.aligned"), .note, .muted)], at: Point(Self.margin, y))))
    }
    y += 18
    return [.group(ShapeGroup("legend", [], shapes))]
  }

  private typealias LegendItem = (word: String, bar: (_ x: Double, _ y: Double) -> Shape)

  private var legendItems: [LegendItem] {
    switch options.colouring {
    case .phase:
      return Phase.Name.allCases.filter(isInLegend).map { phase in
        (texts("phase." + phase.name), { phase.bar(from: $0, to: $0 + 18, y: $1) })
      }
    case .limit:
      var items: [LegendItem] = []
      var seen: Set<String> = []
      for connection in connections {
        guard let main = connection.summary.mainLimit else { continue }
        let word = Story.name(
          of: main.limit, isNeedless: main.isNeedless, sender: main.sender, texts)
        guard seen.insert(word).inserted else { continue }
        items.append((word, { main.limit.bar(from: $0, to: $0 + 18, y: $1, height: 11) }))
      }
      items.append(
        (
          texts("overview.notLimited"),
          { .rectangle(x: $0, y: $1 - 0.8, width: 18, height: 1.6, radius: 0, Area(.solid(.idle))) }
        ))
      return items
    }
  }

  /// The ones that most connections do not have, only where one does.
  private func isInLegend(_ phase: Phase.Name) -> Bool {
    switch phase {
    case .timeWait: false
    case .tls, .stalled: connections.contains { $0.phases.contains { $0.name == phase } }
    case .handshake, .send, .wait, .receive, .idle, .teardown: true
    }
  }

  /// How many connections have no diagram: nothing is dropped silently.
  private func drawnLine(_ y: inout Double) -> [Shape] {
    if isPart { return [] }
    let missing = max(0, all.count - diagrams.count)
    let text: String
    if diagrams.isEmpty {
      text = texts.counted("overview.noneDrawn", all.count)
    } else if missing > 0, diagrams.count == 1 {
      text = texts.counted("overview.oneDrawn", missing)
    } else if missing > 0 {
      text = texts.counted(
        "overview.notDrawn", Int64(missing), ["drawn": Quantity.count(diagrams.count)])
    } else {
      text = texts("overview.allDrawn")
    }
    y += 8
    var shapes: [Shape] = []
    for line in TextMetrics.wrapped(text, .note, width: columns.right - Self.margin) {
      shapes.append(.text(TextLine([Word(line, .note, .muted)], at: Point(Self.margin, y))))
      y += 17
    }
    y += 6
    return [.group(ShapeGroup("note", [.init("not-drawn", missing)], shapes))]
  }

  private func telling(_ title: String) -> String {
    var sentences = [
      title + texts("sentence.end"),
      texts(
        "overview.span",
        ["start": options.clock.instant(start, decimals: 3), "duration": Quantity.duration(span)]),
    ]
    let outcomes = Outcome.allCases.compactMap { outcome -> String? in
      guard let count = all.byOutcome[outcome], count > 0 else { return nil }
      return texts("outcome." + outcome.rawValue) + " " + Quantity.count(count)
    }
    sentences.append(outcomes.joined(separator: ", ") + texts("sentence.end"))
    for connection in diagrams {
      sentences.append(
        Story.title(connection, header, options.ofParts) + ": " + Story.sentence(connection, texts))
    }
    return sentences.joined(separator: " ")
  }
}
