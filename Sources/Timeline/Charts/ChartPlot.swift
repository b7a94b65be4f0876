import TCPModel

/// The frame of a panel: time to the right, values upwards. What lies outside is cut off.
struct ChartPlot {
  let time: TimeAxis
  let values: ValueAxis

  var top: Double { values.top }
  var bottom: Double { values.bottom }

  // MARK: Axes

  /// Lies under the data.
  var grid: [Shape] {
    values.ticks.filter { $0.at < bottom }.map {
      .line(Point(time.from, $0.at), Point(time.to, $0.at), Stroke(.faint, 0.5, .dotted))
    }
      + time.ticks.filter { $0.at > time.from }.map {
        .line(Point($0.at, top), Point($0.at, bottom), Stroke(.faint, 0.5, .dotted))
      }
  }

  /// Lies on top of it.
  var axes: [Shape] {
    var shapes: [Shape] = [
      .polyline(
        [Point(time.from, top), Point(time.from, bottom), Point(time.to, bottom)],
        Stroke(.faint, 1))
    ]
    for tick in values.ticks {
      shapes.append(
        .line(Point(time.from - 4, tick.at), Point(time.from, tick.at), Stroke(.faint, 1)))
      shapes.append(
        .text(
          TextLine(
            [Word(tick.label, .fixedSmall, .muted)], at: Point(time.from - 8, tick.at + 3.5),
            anchor: .end)))
    }
    for tick in time.ticks {
      shapes.append(.line(Point(tick.at, bottom), Point(tick.at, bottom + 4), Stroke(.faint, 1)))
    }
    return shapes + time.labels(.fixedSmall, y: bottom + 16).map(Shape.text)
  }

  // MARK: Data

  /// A line that keeps each value until the next one; in pieces where it leaves the frame.
  func steps(_ samples: [ChartSample]) -> [[Point]] {
    var lines: [[Point]] = []
    var line: [Point] = []
    var before: Int64?
    for column in time.columns(samples) {
      if let before, values.contains(before) {
        line.append(Point(column.x, values.y(before)))
      }
      if values.contains(column.low) || values.contains(column.high) {
        // The end that is nearer to where the line comes from first.
        let from = before ?? column.low
        let ends =
          abs(from - column.low) <= abs(from - column.high)
          ? [column.low, column.high] : [column.high, column.low]
        for end in ends + [column.last] { line.append(Point(column.x, values.y(end))) }
      }
      if !values.contains(column.last), !line.isEmpty {
        lines.append(line)
        line = []
      }
      before = column.last
    }
    // The last value holds to the end of the axis.
    if let before, values.contains(before) {
      line.append(Point(time.to, values.y(before)))
      lines.append(line)
    }
    return lines.map(Self.withoutRepeats).filter { $0.count > 1 }
  }

  /// The area under such a line.
  func area(_ samples: [ChartSample]) -> [[Point]] {
    steps(samples).compactMap { line in
      guard let first = line.first, let last = line.last else { return nil }
      return [Point(first.x, bottom)] + line + [Point(last.x, bottom)]
    }
  }

  /// An upright line for each range, high enough to be seen; those that touch become one.
  func bars(_ samples: [ChartSample]) -> [[Point]] {
    var bars: [[Point]] = []
    for sample in time.shown(samples) {
      guard sample.high >= values.low, sample.low <= values.high else { continue }
      let start = Point(time.x(sample.at), values.y(sample.low))
      let end = Point(time.x(sample.end), values.y(sample.high))
      if end.x - start.x >= TimeAxis.pitch {
        bars.append([start, end])
        continue
      }
      let missing = max(0, 2.4 - (start.y - end.y)) / 2
      let bar = [Point(start.x, start.y + missing), Point(start.x, end.y - missing)]
      if let last = bars.last, last[0].x == last[1].x, bar[0].x - last[0].x < TimeAxis.pitch,
        bar[1].y <= last[0].y + 0.5, bar[0].y >= last[1].y - 0.5
      {
        bars[bars.count - 1] = [
          Point(last[0].x, max(last[0].y, bar[0].y)), Point(last[0].x, min(last[1].y, bar[1].y)),
        ]
      } else {
        bars.append(bar)
      }
    }
    return bars
  }

  /// A mark for each sample; of those that would lie upon each other, the first.
  func marks(
    _ samples: [ChartSample], _ mark: ChartMark, ink: Ink, at value: (ChartSample) -> Double,
    tooltip: (ChartSample) -> String
  ) -> [Shape] {
    var drawn = apart(samples, by: mark.size, at: value)
    // Many of them would hide the lines they stand for.
    if drawn.count > 80, mark == .triangle { drawn = apart(samples, by: mark.size * 3, at: value) }
    // A pointer over a mark tells its frame, as long as that does not swell the picture.
    guard drawn.count <= 200 else {
      return [
        .polygons(
          drawn.map { mark.outline(at: $0.center) },
          Area(mark.isFilled ? .solid(ink) : .none, Stroke(ink, 1.2)))
      ]
    }
    return drawn.map { center, sample in
      .group(
        ShapeGroup(
          "mark", [.init("frame", sample.frame)], tooltip: tooltip(sample),
          [
            .polygon(
              mark.outline(at: center),
              Area(mark.isFilled ? .solid(ink) : .none, Stroke(ink, 1.2)))
          ]))
    }
  }

  private func apart(
    _ samples: [ChartSample], by distance: Double, at value: (ChartSample) -> Double
  ) -> [(center: Point, sample: ChartSample)] {
    var kept: [(center: Point, sample: ChartSample)] = []
    for sample in time.shown(samples) {
      let center = Point(time.x(sample.at), value(sample))
      let isHidden = kept.suffix(24).contains {
        abs($0.center.x - center.x) < distance && abs($0.center.y - center.y) < distance
      }
      if !isHidden { kept.append((center, sample)) }
    }
    return kept
  }

  /// The greatest or least values of neighbours, to be drawn instead of such a line.
  func bound(_ samples: [ChartSample], isUpper: Bool) -> [ChartSample] {
    var bound: [ChartSample] = []
    for sample in time.shown(samples) {
      var edge = sample
      edge.last = isUpper ? sample.high : sample.low
      if let last = bound.last, time.x(sample.at) - time.x(last.at) < 4 {
        edge.at = last.at
        edge.last = isUpper ? max(last.last, edge.last) : min(last.last, edge.last)
        bound.removeLast()
      }
      edge.low = edge.last
      edge.high = edge.last
      bound.append(edge)
    }
    return bound
  }

  private static func withoutRepeats(_ line: [Point]) -> [Point] {
    line.reduce(into: []) { kept, point in
      if kept.last != point { kept.append(point) }
    }
  }
}

/// A small figure that tells a kind of event without colour.
enum ChartMark: Sendable {
  case triangle, diamond, square, dot
  /// Points to what lies outside.
  case above, below
  /// What did not arrive.
  case cross

  var size: Double { self == .dot ? 2 : 4 }

  var isFilled: Bool {
    switch self {
    case .triangle, .dot, .above, .below, .cross: true
    case .diamond, .square: false
    }
  }

  func outline(at center: Point) -> [Point] {
    func at(_ x: Double, _ y: Double) -> Point { Point(center.x + x, center.y + y) }
    switch self {
    case .triangle: return [at(0, -4), at(3.8, 3), at(-3.8, 3)]
    case .diamond: return [at(0, -4), at(4, 0), at(0, 4), at(-4, 0)]
    case .above: return [at(0, -4), at(3.4, 3), at(0, 1), at(-3.4, 3)]
    case .below: return [at(0, 4), at(3.4, -3), at(0, -1), at(-3.4, -3)]
    case .cross:
      return [
        at(0, -1.2), at(2.8, -4), at(4, -2.8), at(1.2, 0), at(4, 2.8), at(2.8, 4), at(0, 1.2),
        at(-2.8, 4), at(-4, 2.8), at(-1.2, 0), at(-4, -2.8), at(-2.8, -4),
      ]
    case .square: return [at(-2.4, -2.4), at(2.4, -2.4), at(2.4, 2.4), at(-2.4, 2.4)]
    case .dot:
      return [
        at(0, -2.8), at(2, -2), at(2.8, 0), at(2, 2), at(0, 2.8), at(-2, 2), at(-2.8, 0),
        at(-2, -2),
      ]
    }
  }
}

/// What the lines and marks of a chart mean: a piece of each with its word.
enum ChartLegend {
  struct Item {
    enum Symbol {
      case line(Stroke)
      case bar(Stroke)
      case area(Ink)
      case block(Ink)
      case mark(ChartMark, Ink)
      case sign(Sign)
    }

    var symbol: Symbol
    var word: String
  }

  private static let symbolWidth = 24.0
  private static let pitch = 18.0

  static func shapes(
    _ items: [Item], from left: Double, to right: Double, y: inout Double
  ) -> [Shape] {
    guard !items.isEmpty else { return [] }
    var shapes: [Shape] = []
    var x = left
    y += 4
    for item in items {
      let room = right - left - symbolWidth
      let word = TextMetrics.fitting(item.word, .detail, width: room)
      let width = symbolWidth + TextMetrics.width(word, .detail)
      if x > left, x + width > right {
        x = left
        y += pitch
      }
      shapes += symbol(item.symbol, at: Point(x + 9, y - 3.5))
      shapes.append(
        .text(TextLine([Word(word, .detail, .text)], at: Point(x + symbolWidth, y))))
      x += width + 18
    }
    y += 10
    return [.group(ShapeGroup("legend", [], shapes))]
  }

  private static func symbol(_ symbol: Item.Symbol, at center: Point) -> [Shape] {
    func at(_ x: Double, _ y: Double) -> Point { Point(center.x + x, center.y + y) }
    switch symbol {
    case .line(let stroke): return [.line(at(-9, 0), at(9, 0), stroke)]
    case .bar(let stroke):
      return [.line(at(-4, 5), at(-4, -1), stroke), .line(at(2, 1), at(2, -5), stroke)]
    case .area(let ink):
      return [
        .rectangle(
          x: center.x - 9, y: center.y - 5, width: 18, height: 10, radius: 0, Area(.tint(ink))),
        .line(at(-9, -5), at(9, -5), Stroke(ink, 1.4)),
      ]
    case .block(let ink):
      return [
        .rectangle(
          x: center.x - 5, y: center.y - 5, width: 10, height: 10, radius: 0, Area(.solid(ink)))
      ]
    case .mark(let mark, let ink):
      return [
        .polygon(
          mark.outline(at: center), Area(mark.isFilled ? .solid(ink) : .none, Stroke(ink, 1.2)))
      ]
    case .sign(let sign): return sign.shapes(at: center)
    }
  }
}

extension TimeAxis {
  /// Samples closer than this are drawn as one, so that the picture's size has a bound.
  static let pitch = 1.25

  func shown(_ samples: [ChartSample]) -> ArraySlice<ChartSample> {
    samples.drop { $0.end < start }.prefix { $0.at <= end }
  }

  /// Samples of neighbouring pixels as one.
  struct Column {
    var x: Double
    var low: Int64
    var high: Int64
    var last: Int64
  }

  func columns(_ samples: [ChartSample]) -> [Column] {
    var columns: [Column] = []
    if let earlier = samples.prefix(while: { $0.end < start }).last {
      let value = earlier.last
      columns.append(Column(x: from, low: value, high: value, last: value))
    }
    for sample in shown(samples) {
      let position = x(sample.at)
      if let last = columns.last, position - last.x < Self.pitch {
        columns[columns.count - 1].low = min(last.low, sample.low)
        columns[columns.count - 1].high = max(last.high, sample.high)
        columns[columns.count - 1].last = sample.last
      } else {
        columns.append(Column(x: position, low: sample.low, high: sample.high, last: sample.last))
      }
    }
    return columns
  }

  /// Whether a value goes up and down within most pixels, so that a line would be a solid block.
  func isDense(_ samples: [ChartSample]) -> Bool {
    let columns = columns(samples)
    return columns.count > 200 && columns.count { $0.low < $0.high } * 2 > columns.count
  }
}
