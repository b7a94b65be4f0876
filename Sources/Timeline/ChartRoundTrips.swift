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
    let most = shown.flatMap { samples.directions[$0].roundTrips }.map(\.high).max() ?? 1
    content.panels = [
      Panel(
        name: "", sentence: shown.map(roundTripSentence).joined(separator: " "), values: .time,
        low: 0, high: most.withRoomAbove, height: 260
      ) { plot in shown.flatMap { roundTrips(of: $0, plot) } }
    ]
    for side in shown {
      content.legend.append(
        .init(
          symbol: .mark(side.roundTripMark, side.chartInk),
          word: texts("chart.legend.rtt", ["side": texts("side." + side.name)])))
    }
    content.notes = [texts("chart.rtt.note")]
    return content
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
    let all = samples.directions[side].roundTrips.filter { $0.at <= samples.end }
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
      all, side.roundTripMark, ink: side.chartInk, at: { plot.values.y($0.high) },
      tooltip: { sample in
        texts(
          "chart.tooltipShort",
          [
            "frame": String(sample.frame), "time": Quantity.seconds(sample.at, decimals: 6),
            "what": Quantity.duration(sample.high),
          ])
      })
    return shapes.filter { !$0.isEmpty }
  }
}

extension Side {
  fileprivate var roundTripMark: ChartMark { self == .client ? .dot : .square }
}
