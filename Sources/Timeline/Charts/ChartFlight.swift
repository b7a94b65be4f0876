import Support
import TCPModel

// Bytes in flight: sent and not acknowledged yet, with the window the peer offered.

extension ChartLayout {
  var flight: Content {
    var content = Content()
    let all = sides
    let shown = all.filter { !samples.directions[$0].flight.isEmpty }
    content.notes = leftOut + bothEnds(all)
    for side in all where !shown.contains(side) {
      content.notes.append(texts("chart.flight.noACKs", ["direction": name(of: side)]))
    }
    guard !shown.isEmpty else {
      if all.isEmpty { content.notes = [texts("chart.none")] }
      return content
    }
    for side in shown {
      content.panels.append(flight(of: side, height: shown.count == 1 ? 260 : 190))
      if isFarSender(side) {
        content.notes.append(texts("chart.flight.farSender", ["direction": name(of: side)]))
      }
      content.legend.append(
        .init(
          symbol: .area(side.chartInk),
          word: texts("chart.legend.flight", ["side": texts("side." + side.name)])))
    }
    let isWindowShown = shown.contains { side in
      let top = flightTop(of: side)
      return offered(of: side).contains { $0.low <= top }
    }
    if isWindowShown {
      content.legend.append(
        .init(symbol: .line(Stroke(.wait, 1.2, .dashed)), word: texts("chart.legend.window")))
    }
    if shown.contains(where: { !samples.directions[$0].repeated.isEmpty }) {
      content.legend.append(
        .init(symbol: .mark(.triangle, .trouble), word: texts("chart.legend.again")))
    }
    if shown.contains(where: { time.isDense(samples.directions[$0].flight) }) {
      content.notes.append(texts("chart.flight.bounds"))
    }
    let isCut = shown.contains { side in
      let top = flightTop(of: side)
      return offered(of: side).contains { $0.high > top }
    }
    if isCut { content.notes.append(texts("chart.flight.windowAbove")) }
    return content
  }

  private func offered(of side: Side) -> [ChartSample] {
    samples.directions[side].window.filter { $0.at <= samples.end }
  }

  private func most(of side: Side) -> Int64 {
    samples.directions[side].flight.map(\.high).max() ?? 0
  }

  /// The window belongs into the picture where it is what limits the sender.
  private func flightTop(of side: Side) -> Int64 {
    let most = max(1, most(of: side))
    let window = offered(of: side).map(\.high).max() ?? 0
    return window <= most * 8 / 5 ? max(most, window) * 21 / 20 + 1 : most * 23 / 20 + 1
  }

  private func flight(of side: Side, height: Double) -> Panel {
    let direction = samples.directions[side]
    let isDense = time.isDense(direction.flight)
    let offered = offered(of: side)
    let least = offered.map(\.low).min() ?? 0
    let greatest = offered.map(\.high).max() ?? 0
    let sentence = texts(
      least == greatest ? "chart.flight.sentenceFixed" : "chart.flight.sentence",
      [
        "most": Quantity.bytes(most(of: side)), "least": Quantity.bytes(least),
        "greatest": Quantity.bytes(greatest),
      ])
    return Panel(
      name: name(of: side), sentence: sentence, values: .bytes, low: 0, high: flightTop(of: side),
      height: height
    ) { plot in
      let upper = isDense ? plot.bound(direction.flight, isUpper: true) : direction.flight
      let lower = isDense ? plot.bound(direction.flight, isUpper: false) : []
      var shapes: [Shape] = [
        .polygons(plot.area(upper), Area(.tint(side.chartInk))),
        .polylines(plot.steps(upper), Stroke(side.chartInk, 1.2)),
        .polylines(plot.steps(lower), Stroke(side.chartInk, 0.8)),
        .polylines(plot.steps(direction.window), Stroke(.wait, 1.2, .dashed)),
      ]
      shapes += plot.marks(
        direction.repeated, .triangle, ink: .trouble, at: { _ in plot.bottom - 4 },
        tooltip: { shortTooltip($0, texts.counted("chart.again", $0.count)) })
      return shapes.filter { !$0.isEmpty }
    }
  }
}
