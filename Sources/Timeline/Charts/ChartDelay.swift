import Support
import TCPModel

// Times one way, a panel a direction: what lies above the least of them was spent waiting in queues.

extension ChartLayout {
  var delay: Content {
    var content = Content()
    let shown = Side.allCases.filter { !ways(of: $0).isEmpty }
    guard !shown.isEmpty else {
      content.notes = [
        texts(connection.summary.path == nil ? "chart.delay.onePoint" : "chart.delay.none")
      ]
      return content
    }
    let ranges = shown.map { ChartRange(of: [ways(of: $0)], floor: 0) }
    // The same scale for both: which way is the slow one is to be seen.
    let high = ranges.map(\.high).max() ?? 1
    for (side, range) in zip(shown, ranges) {
      content.panels.append(
        Panel(
          name: name(of: side), sentence: delaySentence(of: side), values: .time, low: 0,
          high: max(1, high.withRoomAbove), height: shown.count == 1 ? 260 : 170
        ) { plot in
          delay(of: side, plot) + plot.outside(range) { timeTooltip($0) }
        })
      content.legend.append(
        .init(
          symbol: .mark(.dot, side.chartInk),
          word: texts("chart.legend.delay", ["side": texts("side." + side.name)])))
    }
    content.legend.append(
      .init(symbol: .area(.caution), word: texts("chart.legend.queue")))
    if shown.contains(where: { !samples.directions[$0].lost.isEmpty }) {
      content.legend.append(
        .init(symbol: .mark(.triangle, .trouble), word: texts("chart.legend.lost")))
    }
    if ranges.contains(where: { !$0.above.isEmpty }) {
      content.legend.append(
        .init(symbol: .mark(.above, .caution), word: texts("chart.legend.above")))
    }
    content.notes.append(texts("chart.delay.note"))
    if let doubt = connection.summary.path?.clockUncertainty {
      content.notes.append(texts("chart.delay.clock", ["time": Quantity.duration(doubt)]))
    }
    return content
  }

  private func ways(of side: Side) -> [ChartSample] {
    samples.directions[side].oneWay.filter { $0.at <= samples.end }
  }

  private func delaySentence(of side: Side) -> String {
    guard let delay = connection.summary.path?.directions[side].delay else { return "" }
    return texts(
      "chart.delay.sentence",
      [
        "least": Quantity.duration(delay.min), "median": Quantity.duration(delay.median),
        "p95": Quantity.duration(delay.p95), "most": Quantity.duration(delay.max),
        "queue": Quantity.duration(delay.max &- delay.min),
      ])
  }

  private func delay(of side: Side, _ plot: ChartPlot) -> [Shape] {
    let all = ways(of: side)
    guard let least = all.map(\.low).min() else { return [] }
    let floor = plot.values.y(least)
    let points = all.map { Point(plot.time.x($0.at), min(floor, plot.values.y($0.high))) }
    var shapes: [Shape] = []
    if let first = points.first, let last = points.last, points.count > 1 {
      // What was spent waiting: between the line and the least.
      shapes.append(
        .polygons(
          [[Point(first.x, floor)] + points + [Point(last.x, floor)]], Area(.tint(.caution))))
    }
    shapes.append(
      .line(Point(plot.time.from, floor), Point(plot.time.to, floor), Stroke(.faint, 1, .dashed)))
    shapes.append(.polyline(points, Stroke(side.chartInk, 0.7)))
    shapes += plot.marks(
      all.filter { plot.values.contains($0.high) }, .dot, ink: side.chartInk,
      at: { plot.values.y($0.high) }, tooltip: timeTooltip)
    shapes += plot.marks(
      samples.directions[side].lost, .triangle, ink: .trouble, at: { _ in plot.bottom - 8 },
      tooltip: { shortTooltip($0, texts("chart.legend.lost")) })
    return shapes.filter { !$0.isEmpty }
  }
}
