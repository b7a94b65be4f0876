import Support
import TCPModel

// Round-trip times, both directions in one panel: from a segment passing the capture point to the
// ACK that covers it.

extension ChartLayout {
  var roundTrips: Content {
    var content = Content()
    let shown = Side.allCases.filter { !samples.directions[$0].roundTrips.isEmpty }
    guard !shown.isEmpty else {
      content.notes = [texts("chart.rtt.none")]
      return content
    }
    let range = ChartRange(of: shown.map { roundTrips(of: $0) }, floor: 0)
    content.panels = [
      Panel(
        name: "", sentence: shown.map(roundTripSentence).joined(separator: " "), values: .time,
        low: 0, high: range.high.withRoomAbove, height: 260
      ) { plot in
        shown.flatMap { roundTrips(of: $0, plot) }
          + plot.outside(range) { timeTooltip($0) }
      }
    ]
    for side in shown {
      content.legend.append(
        .init(
          symbol: .mark(side.roundTripMark, side.chartInk),
          word: texts("chart.legend.rtt", ["side": texts("side." + side.name)])))
    }
    if !range.above.isEmpty {
      content.legend.append(
        .init(symbol: .mark(.above, .caution), word: texts("chart.legend.above")))
      content.notes.append(
        texts.counted(
          "chart.rtt.above", range.above.reduce(0) { $0 + $1.count },
          ["most": Quantity.duration(range.above.map(\.high).max() ?? 0)]))
    }
    content.notes.append(texts("chart.rtt.note"))
    for side in shown where isFarSender(side) {
      content.notes.append(
        texts(
          "chart.rtt.farSender",
          ["side": texts("side." + side.name), "peer": texts("side." + side.peer.name)]))
      guard let limits = connection.summary.limits[side], let least = limits.leastRoundTrip,
        let mean = limits.meanRoundTrip
      else { continue }
      content.notes.append(
        texts(
          "chart.rtt.asSender",
          [
            "side": texts("side." + side.name), "least": Quantity.duration(least),
            "mean": Quantity.duration(mean),
            "most": Quantity.duration(max(mean, limits.highRoundTrip ?? 0)),
          ]))
    }
    return content
  }

  /// What that side sent was captured at its receiver alone.
  func isFarSender(_ side: Side) -> Bool {
    !samples.directions[side].isFromSender && connection.summary.vantage.isReceiver(of: side)
  }

  private func roundTrips(of side: Side) -> [ChartSample] {
    samples.directions[side].roundTrips.filter { $0.at <= samples.end }
  }

  private func roundTripSentence(of side: Side) -> String {
    guard let rtt = connection.summary.rtt[side] else { return "" }
    return texts.counted(
      "chart.rtt.sentence", rtt.samples,
      [
        "side": texts("side." + side.name), "least": Quantity.duration(rtt.min),
        "mean": Quantity.duration(rtt.mean), "most": Quantity.duration(rtt.max),
      ])
  }

  private func roundTrips(of side: Side, _ plot: ChartPlot) -> [Shape] {
    let all = roundTrips(of: side)
    let merged = all.filter { $0.count > 1 && $0.low < $0.high }
    var shapes: [Shape] = [
      .polyline(
        all.map { Point(plot.time.x($0.at), plot.values.y($0.last)) }, Stroke(side.chartInk, 0.6)),
      .polylines(
        merged.map { sample in
          let x = plot.time.x(sample.at)
          return [Point(x, plot.values.y(sample.low)), Point(x, plot.values.y(sample.high))]
        }, Stroke(side.chartInk, 1.6)),
    ]
    shapes += plot.marks(
      all.filter { plot.values.contains($0.high) }, side.roundTripMark, ink: side.chartInk,
      at: { plot.values.y($0.high) }, tooltip: timeTooltip)
    return shapes.filter { !$0.isEmpty }
  }
}

extension Side {
  fileprivate var roundTripMark: ChartMark { self == .client ? .dot : .square }
}
