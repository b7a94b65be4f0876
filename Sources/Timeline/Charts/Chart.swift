import Support
import TCPModel

/// What a chart of one connection shows over time.
public enum Chart: String, Sendable, CaseIterable {
  case sequence, flight, rtt, throughput
  /// Times one way, where several points captured it.
  case delay

  /// Those that there is something to draw of.
  public static func drawn(_ connection: Connection) -> [Chart] {
    allCases.filter { chart in
      chart != .delay
        || Side.allCases.contains { !(connection.charts?.directions[$0].oneWay ?? []).isEmpty }
    }
  }

  /// Whether charts of a connection say more than its ladder: one side sent something worth a curve.
  public static func isTelling(_ summary: ConnectionSummary) -> Bool {
    Side.allCases.contains {
      summary.traffic[$0].segments >= 10 && summary.traffic[$0].payloadBytes >= 1000
    }
  }
}

/// Lays out one chart of one connection: geometry only, no XML.
///
/// A heading, a legend of what occurs, a panel for every direction that carried data, and what there
/// is to know about reading it. Time counts from the first SYN, as in the ladder.
public struct ChartLayout {
  let chart: Chart
  let connection: Connection
  let header: ReportHeader
  let options: DiagramOptions
  let texts: Texts
  let samples: ChartSamples
  let width: Double
  let time: TimeAxis

  static let margin = LadderColumns.margin
  /// Left of a panel, for the marks of its value axis.
  static let valueWidth = 74.0
  private static let linePitch = 16.0

  public init(
    _ chart: Chart, _ connection: Connection, _ header: ReportHeader, _ options: DiagramOptions
  ) {
    self.chart = chart
    self.connection = connection
    self.header = header
    self.options = options
    texts = Texts.of(options.language)
    samples = connection.charts ?? ChartSamples()
    width = options.fittingWidth
    time = TimeAxis(
      span: max(1, samples.end), from: Self.margin + Self.valueWidth, to: width - Self.margin - 12)
  }

  /// What one direction, or both, come to in a chart.
  struct Panel {
    /// `client → server`; empty where both directions share the panel.
    var name: String
    /// What it shows in numbers.
    var sentence: String
    var values: ValueAxis.Unit
    var low: Int64
    var high: Int64
    var height: Double
    /// The part of time it shows; all of it unless it is a closer look.
    var part: Part?
    /// Draws inside the frame.
    var draw: (ChartPlot) -> [Shape]
  }

  /// A part of the time axis.
  struct Part {
    var start: Nanoseconds
    var span: Nanoseconds

    var end: Nanoseconds { start.plus(span) }
  }

  public var figure: Figure {
    let content = content
    var y = 36.0
    var shapes = heading(&y)
    if !content.panels.isEmpty {
      shapes += ChartLegend.shapes(
        content.legend, from: Self.margin, to: width - Self.margin, y: &y)
    }
    for panel in content.panels { shapes += draw(panel, &y) }
    if !content.panels.isEmpty { shapes += limits(&y) }
    shapes += foot(content, &y)
    return Figure(
      width: width, height: y, title: title, summary: telling(content),
      shapes: [
        .group(
          ShapeGroup(
            "chart",
            [.init("name", chart.rawValue), .init("connection", connection.summary.id)], shapes))
      ])
  }

  struct Content {
    var panels: [Panel] = []
    var legend: [ChartLegend.Item] = []
    /// How to read it, and what is not drawn.
    var notes: [String] = []
  }

  private var content: Content {
    var content: Content
    switch chart {
    case .sequence: content = sequence
    case .flight: content = flight
    case .rtt: content = roundTrips
    case .throughput: content = throughput
    case .delay: content = delay
    }
    let rest = connection.summary.duration.less(samples.end)
    if !content.panels.isEmpty, rest > samples.end / 4 {
      content.notes.append(
        texts(
          "chart.endsEarly",
          [
            "time": Quantity.duration(samples.end), "rest": Quantity.duration(rest),
          ]))
    }
    return content
  }

  // MARK: Words

  private var title: String {
    texts(
      "chart.title",
      [
        "chart": texts("chart." + chart.rawValue),
        "client": header.label(of: .client, connection.summary, options),
        "server": header.label(of: .server, connection.summary, options),
      ])
  }

  private func telling(_ content: Content) -> String {
    let what = content.panels.map { panel in
      panel.name.isEmpty ? panel.sentence : "\(panel.name): \(panel.sentence)"
    }
    return
      ([title + texts("sentence.end"), Story.sentence(connection, texts)] + what
      + content.notes).joined(separator: " ")
  }

  /// Of a sample whose value is a time.
  func timeTooltip(_ sample: ChartSample) -> String {
    shortTooltip(sample, Quantity.duration(sample.high))
  }

  func shortTooltip(_ sample: ChartSample, _ what: String) -> String {
    texts(
      "chart.tooltipShort",
      [
        "frame": String(sample.frame), "time": Quantity.seconds(sample.at, decimals: 6),
        "what": what,
      ])
  }

  func name(of side: Side) -> String {
    texts(
      "chart.direction",
      ["from": texts("side." + side.name), "to": texts("side." + side.peer.name)])
  }

  /// The directions that are worth a panel; a request of one segment beside a long response is not.
  var sides: [Side] {
    Side.allCases.filter { side in
      let (own, other) = (samples.directions[side], samples.directions[side.peer])
      if own.dataBytes == 0 { return false }
      return own.dataSegments >= 10 || own.dataBytes * 10 >= other.dataBytes
    }
  }

  /// Names the directions with data that have no panel.
  var leftOut: [String] {
    let shown = sides
    return Side.allCases.compactMap { side in
      let direction = samples.directions[side]
      guard !shown.contains(side), direction.dataBytes > 0 else { return nil }
      return texts.counted(
        "chart.leftOut", direction.dataSegments,
        ["direction": name(of: side), "bytes": Quantity.bytes(direction.dataBytes)])
    }
  }

  // MARK: Shapes

  private func heading(_ y: inout Double) -> [Shape] {
    let right = width - Self.margin
    let number = TextLine(
      [Word(texts("chart.connection", ["id": String(connection.summary.id)]), .note, .muted)],
      at: Point(right, y), anchor: .end)
    let name = TextMetrics.fitting(
      texts("chart." + chart.rawValue), .title, width: number.box.minX - 16 - Self.margin)
    var shapes: [Shape] = [
      .text(TextLine([Word(name, .title)], at: Point(Self.margin, y))), .text(number),
    ]
    y += 22
    let client = header.label(of: .client, connection.summary, options)
    let server = header.label(of: .server, connection.summary, options)
    let room = right - Self.margin
    for line in TextMetrics.wrapped("\(client) → \(server)", .note, width: room) {
      shapes.append(.text(TextLine([Word(line, .note, .muted)], at: Point(Self.margin, y))))
      y += Self.linePitch
    }
    y += 6
    return shapes
  }

  private func draw(_ panel: Panel, _ y: inout Double) -> [Shape] {
    y += 14
    var shapes: [Shape] = []
    let right = width - Self.margin
    var indent = Self.margin
    if !panel.name.isEmpty {
      let name = TextLine([Word(panel.name, .word)], at: Point(Self.margin, y))
      shapes.append(.text(name))
      indent += name.width + 12
    }
    for line in TextMetrics.wrapped(panel.sentence, .note, width: right - indent) {
      shapes.append(.text(TextLine([Word(line, .note, .muted)], at: Point(indent, y))))
      y += Self.linePitch
    }
    let top = y + 2
    let axis = panel.part.map {
      TimeAxis(start: $0.start, span: $0.span, from: time.from, to: time.to)
    }
    let plot = ChartPlot(
      time: axis ?? time,
      values: ValueAxis(
        low: panel.low, high: panel.high, unit: panel.values, top: top,
        bottom: top + panel.height))
    shapes += plot.grid
    shapes.append(.group(ShapeGroup("panel", [.init("direction", panel.name)], panel.draw(plot))))
    shapes += plot.axes
    y = plot.bottom + 26
    return shapes
  }

  /// What held each side back, on the axis of time.
  private func limits(_ y: inout Double) -> [Shape] {
    sides.compactMap { LimitBand(connection, $0) }.filter { !$0.named.isEmpty }.flatMap { band in
      y += 10
      let words = texts("limits.row", ["side": texts("side." + band.side.name)])
      var shapes: [Shape] = [
        .text(TextLine([Word(words, .note, .muted)], at: Point(Self.margin, y)))
      ]
      y += 12
      shapes += band.bars(time.x) { limit, start, end in
        limit.bar(from: start, to: end, y: y, height: 8)
      }
      y += 20
      shapes += band.legend(
        texts, from: Self.margin + Self.valueWidth, to: width - Self.margin, y: &y,
        pitch: Self.linePitch)
      return shapes
    }
  }

  private func foot(_ content: Content, _ y: inout Double) -> [Shape] {
    var shapes: [Shape] = []
    let isMidstream = connection.summary.handshake.kind == .notCaptured
    var sentences = content.notes
    if content.panels.isEmpty {
      y += 12
    } else {
      sentences.insert(texts(isMidstream ? "chart.timeMidstream" : "chart.time"), at: 0)
      y += 12
    }
    let source = Story.source(connection.summary, header, texts)
    for paragraph in [sentences.joined(separator: " "), source] {
      for line in TextMetrics.wrapped(paragraph, .note, width: width - 2 * Self.margin) {
        shapes.append(.text(TextLine([Word(line, .note, .muted)], at: Point(Self.margin, y))))
        y += Self.linePitch
      }
    }
    y += 8
    return [.group(ShapeGroup("foot", [], shapes))]
  }
}

extension ChartSamples {
  /// When the last data passed, or the ACK for it: what comes after has no place in a chart.
  var end: Nanoseconds {
    // Where one side's data was not captured at all, its ACKs say little about time.
    let sides = Side.allCases.filter { directions[$0].dataBytes > 0 }
    return (sides.isEmpty ? Side.allCases : sides).map { side in
      let direction = directions[side]
      let data = [direction.fresh, direction.repeated, direction.reordered, direction.ambiguous]
      let sent = data.compactMap { $0.last?.end }.max() ?? 0
      let most = data.flatMap { $0 }.map(\.high).max()
      let acked =
        most.flatMap { most in direction.acknowledged.first { $0.high >= most } }
        ?? direction.acknowledged.last
      return max(sent, acked?.at ?? 0)
    }.max() ?? 0
  }
}
