import Support
import TCPModel

// Sequence numbers over time, as W. R. Stevens drew them and tcptrace does: what one side sends
// climbs, what the other acknowledges follows below, the window it offers lies above.

extension ChartLayout {
  var sequence: Content {
    var content = Content()
    var shown = sides
    // Where the data itself was not captured, the ACKs still show how it got on.
    if shown.isEmpty { shown = Side.allCases.filter { samples.directions[$0].ackedSpan > 2 } }
    guard !shown.isEmpty else {
      content.notes = [texts("chart.none")]
      return content
    }
    let height = shown.count == 1 ? 320.0 : 230.0
    for side in shown {
      let part = closerPart(of: side)
      content.panels.append(sequence(of: side, height: height, marking: part))
      if let part { content.panels.append(closer(of: side, part)) }
    }
    content.legend = sequenceLegend(shown)
    content.notes = leftOut + bothEnds(shown)
    let outside = shown.map { dataRange(of: $0) }
    for (side, range) in zip(shown, outside) where !(range.above + range.below).isEmpty {
      content.notes.append(
        texts.counted(
          "chart.sequence.outside",
          (range.above + range.below).reduce(0) { $0 + $1.count },
          ["direction": name(of: side)]))
    }
    if outside.contains(where: { !$0.above.isEmpty }) {
      content.legend.append(
        .init(symbol: .mark(.above, .caution), word: texts("chart.legend.above")))
    }
    if outside.contains(where: { !$0.below.isEmpty }) {
      content.legend.append(
        .init(symbol: .mark(.below, .caution), word: texts("chart.legend.below")))
    }
    for side in shown {
      let (range, edges) = (sequenceRange(of: side), edges(of: side))
      if !edges.isEmpty, edges.allSatisfy({ $0.low > range.high }) {
        content.notes.append(texts("chart.sequence.edgeOutside", ["direction": name(of: side)]))
      } else if edges.contains(where: { $0.high > range.high }) {
        content.notes.append(texts("chart.sequence.edgeAbove"))
      }
    }
    return content
  }

  /// - Parameter part: that a closer look follows at.
  private func sequence(of side: Side, height: Double, marking part: Part?) -> Panel {
    let range = sequenceRange(of: side)
    return Panel(
      name: name(of: side), sentence: sequenceSentence(of: side), values: .bytes, low: range.low,
      high: range.high, height: height
    ) { plot in
      var shapes: [Shape] = []
      if let part {
        let (left, right) = (plot.time.x(part.start), plot.time.x(part.end))
        shapes.append(
          .rectangle(
            x: left, y: plot.top, width: right - left, height: plot.bottom - plot.top, radius: 0,
            Area(.tint(.muted))))
      }
      return shapes + curves(of: side, plot)
        + plot.outside(dataRange(of: side)) { tooltip("chart.outside", $0) }
    }
  }

  private func curves(of side: Side, _ plot: ChartPlot) -> [Shape] {
    let direction = samples.directions[side]
    let ink = side.chartInk
    var shapes: [Shape] = [
      .polylines(plot.steps(direction.windowEdge), Stroke(.wait, 1.2, .dashed)),
      .polylines(plot.steps(direction.acknowledged), Stroke(.text, 0.9)),
      .polylines(plot.bars(direction.arrivals), Stroke(.faint, 1.4)),
      .polylines(plot.bars(direction.sack), Stroke(.teardown, 1.6)),
      .polylines(plot.bars(direction.fresh), Stroke(ink, 1.8)),
      .polylines(plot.bars(direction.reordered + direction.ambiguous), Stroke(.caution, 1.8)),
      .polylines(plot.bars(direction.repeated), Stroke(.trouble, 1.8)),
    ]
    func shown(_ samples: [ChartSample]) -> [ChartSample] {
      samples.filter { plot.values.contains($0.low) || plot.values.contains($0.high) }
    }
    let middle: (ChartSample) -> Double = { (plot.values.y($0.low) + plot.values.y($0.high)) / 2 }
    shapes += plot.marks(
      shown(direction.reordered), .diamond, ink: .caution, at: middle,
      tooltip: { tooltip("chart.reordered", $0) })
    shapes += plot.marks(
      shown(direction.ambiguous), .square, ink: .caution, at: middle,
      tooltip: { tooltip("chart.ambiguous", $0) })
    shapes += plot.marks(
      shown(direction.repeated), .triangle, ink: .trouble, at: middle,
      tooltip: { tooltip("chart.again", $0) })
    shapes += plot.marks(
      shown(direction.lost), .cross, ink: .trouble, at: middle,
      tooltip: { tooltip("chart.lost", $0) })
    shapes += closedWindows(of: direction, plot)
    return shapes.filter { !$0.isEmpty }
  }

  // MARK: A closer look

  /// Where most went wrong within some round trips, if the whole picture is too small to show it and
  /// every segment there was kept.
  private func closerPart(of side: Side) -> Part? {
    let direction = samples.directions[side]
    let events = (direction.repeated + direction.reordered).sorted { $0.at < $1.at }
    // Near the receiver a side's own round trips are short.
    let means = Side.allCases.compactMap { connection.summary.rtt[$0]?.mean }
    guard let roundTrip = means.max(), roundTrip < samples.end / 20, !events.isEmpty else {
      return nil
    }
    let span = max(4 * roundTrip, 1000)
    guard span < samples.end / 5 else { return nil }
    var best = (first: 0, count: 0)
    for (first, event) in events.enumerated() {
      let count = events[first...].prefix { $0.at.less(event.at) <= span * 3 / 4 }
        .reduce(0) { $0 + $1.count }
      if count > best.count { best = (first, Int(count)) }
    }
    let start = min(max(0, events[best.first].at.less(span / 5)), samples.end - span)
    let inside = direction.fresh.filter { $0.end >= start && $0.at <= start.plus(span) }
    guard inside.count >= 4, inside.allSatisfy({ $0.count <= 2 }) else { return nil }
    return Part(start: start, span: span)
  }

  private func closer(of side: Side, _ part: Part) -> Panel {
    let direction = samples.directions[side]
    let data = (direction.fresh + direction.repeated + direction.reordered + direction.ambiguous)
      .filter { $0.end >= part.start && $0.at <= part.end }
    let acked = direction.acknowledged.filter {
      $0.end >= part.start && $0.at <= part.end
    }
    let low = (data + acked).map(\.low).min() ?? 0
    let high = max((data + acked).map(\.high).max() ?? 1, low + 1)
    return Panel(
      name: texts("chart.closer"),
      sentence: texts(
        "chart.closer.sentence",
        [
          "time": Quantity.duration(part.span), "start": Quantity.duration(part.start),
          "first": String(data.map(\.frame).min() ?? 0),
          "last": String(data.map(\.frame).max() ?? 0),
        ]),
      values: .bytes, low: low - (high - low) / 25, high: high + (high - low) / 25, height: 260,
      part: part
    ) { plot in curves(of: side, plot) }
  }

  /// `frame 17, 0.123456 s: sent again, 1449–2897`.
  private func tooltip(_ key: String, _ sample: ChartSample) -> String {
    texts(
      "chart.tooltip",
      [
        "frame": String(sample.frame), "time": Quantity.seconds(sample.at, decimals: 6),
        "what": texts.counted(key, sample.count), "first": String(sample.low),
        "last": String(sample.high),
      ])
  }

  private func closedWindows(of direction: ChartSamples.Direction, _ plot: ChartPlot) -> [Shape] {
    var free = -Double.infinity
    var shapes: [Shape] = []
    for sample in direction.closedWindow
    where (plot.time.start...plot.time.end).contains(sample.at) {
      let center = Point(plot.time.x(sample.at), plot.values.y(sample.high))
      guard center.x >= free, plot.values.contains(sample.high) else { continue }
      free = center.x + 12
      shapes += Sign.closed.shapes(at: center)
    }
    return shapes
  }

  /// Whose capture a direction is drawn from, where there are several.
  func bothEnds(_ shown: [Side]) -> [String] {
    shown.filter { samples.directions[$0].isFromSender }.map {
      texts("chart.sequence.bothEnds", ["direction": name(of: $0)])
    }
  }

  /// From the SYN, or the first byte seen, to the last; and the window's edge above it where that
  /// leaves the data most of the room.
  private func sequenceRange(of side: Side) -> (low: Int64, high: Int64) {
    let data = dataRange(of: side)
    let first = data.low
    let last = max(data.high, first + 1)
    let low = connection.summary.handshake.isn[side] != nil && first <= 1 ? 0 : first
    let edges = edges(of: side)
    let room = (last - low) * 3 / 10
    // No room for an edge that lies further up all the time.
    guard let least = edges.map(\.low).min(), least <= last + room else {
      return (low, last + (last - low) / 50)
    }
    let greatest = edges.map(\.high).max() ?? last
    return (low, last + max((last - low) / 50, min(greatest - last, room)))
  }

  /// Of the data, or the ACKs where that was not captured.
  private func dataRange(of side: Side) -> ChartRange {
    let direction = samples.directions[side]
    let data = direction.fresh + direction.repeated + direction.reordered + direction.ambiguous
    return ChartRange(data.isEmpty ? direction.acknowledged : data.sorted { $0.at < $1.at })
  }

  private func edges(of side: Side) -> [ChartSample] {
    samples.directions[side].windowEdge.filter { $0.at <= samples.end }
  }

  private func sequenceSentence(of side: Side) -> String {
    let direction = samples.directions[side]
    guard direction.dataSegments > 0 else {
      return texts(
        "chart.sequence.acksOnly", ["bytes": Quantity.bytes(direction.ackedSpan)])
    }
    var parts = [
      texts.counted(
        "chart.amount", direction.dataSegments, ["bytes": Quantity.bytes(direction.dataBytes)])
    ]
    for (key, list) in [
      ("chart.lost", direction.lost), ("chart.again", direction.repeated),
      ("chart.reordered", direction.reordered),
      ("chart.ambiguous", direction.ambiguous), ("chart.closed", direction.closedWindow),
    ] where !list.isEmpty {
      parts.append(texts.counted(key, list.map(\.count).reduce(0, +)))
    }
    return parts.joined(separator: texts("sentence.comma") + " ") + texts("sentence.end")
  }

  private func sequenceLegend(_ shown: [Side]) -> [ChartLegend.Item] {
    let all = shown.map { samples.directions[$0] }
    func isAny(_ path: (ChartSamples.Direction) -> [ChartSample]) -> Bool {
      all.contains { !path($0).isEmpty }
    }
    var items: [ChartLegend.Item] = []
    for side in shown where samples.directions[side].dataSegments > 0 {
      let key = shown.count == 1 ? "chart.legend.segment" : "chart.legend.segmentOf"
      items.append(
        .init(
          symbol: .bar(Stroke(side.chartInk, 1.8)),
          word: texts(key, ["side": texts("side." + side.name)])))
    }
    if isAny({ $0.repeated }) {
      items.append(.init(symbol: .mark(.triangle, .trouble), word: texts("chart.legend.again")))
    }
    if isAny({ $0.reordered }) {
      items.append(.init(symbol: .mark(.diamond, .caution), word: texts("chart.legend.reordered")))
    }
    if isAny({ $0.ambiguous }) {
      items.append(.init(symbol: .mark(.square, .caution), word: texts("chart.legend.ambiguous")))
    }
    if isAny({ $0.lost }) {
      items.append(.init(symbol: .mark(.cross, .trouble), word: texts("chart.legend.lost")))
    }
    if isAny({ $0.arrivals }) {
      items.append(
        .init(symbol: .bar(Stroke(.faint, 1.4)), word: texts("chart.legend.arrived")))
    }
    if isAny({ $0.sack }) {
      items.append(
        .init(symbol: .bar(Stroke(.teardown, 1.6)), word: texts("chart.legend.sack")))
    }
    if isAny({ $0.acknowledged }) {
      items.append(.init(symbol: .line(Stroke(.text, 0.9)), word: texts("chart.legend.ack")))
    }
    let isEdgeShown = shown.contains { side in
      let top = sequenceRange(of: side).high
      return edges(of: side).contains { $0.low <= top }
    }
    if isEdgeShown {
      items.append(
        .init(symbol: .line(Stroke(.wait, 1.2, .dashed)), word: texts("chart.legend.edge")))
    }
    if isAny({ $0.closedWindow }) {
      items.append(.init(symbol: .sign(.closed), word: texts("chart.legend.closed")))
    }
    return items
  }
}

extension Side {
  /// As in the ladder: what the client sends is teal, what the server sends green.
  var chartInk: Ink { self == .client ? .send : .receive }
}

extension ChartSamples.Direction {
  /// How far the ACKs moved, in bytes.
  var ackedSpan: Int64 {
    guard let first = acknowledged.first, let last = acknowledged.last else { return 0 }
    return max(0, last.high - first.low)
  }
}

extension Shape {
  /// Nothing to draw.
  var isEmpty: Bool {
    switch self {
    case .polylines(let lines, _): lines.isEmpty
    case .polygons(let figures, _): figures.isEmpty
    case .polyline(let points, _): points.count < 2
    case .text, .line, .rectangle, .polygon, .circle, .group: false
    }
  }
}
