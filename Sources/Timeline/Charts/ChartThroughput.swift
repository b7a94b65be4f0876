import Support
import TCPModel

// Throughput: payload that passed the capture point, in spans of a round length.

extension ChartLayout {
  var throughput: Content {
    var content = Content()
    let shown = sides.filter { !samples.directions[$0].rates.isEmpty }
    guard !shown.isEmpty, samples.end > 0 else {
      content.notes = [texts(sides.isEmpty ? "chart.none" : "chart.throughput.instant")]
      return content
    }
    content.notes = leftOut
    for side in shown {
      content.panels.append(throughput(of: side, height: shown.count == 1 ? 260 : 190))
      content.legend.append(
        .init(
          symbol: .area(side.chartInk),
          word: texts("chart.legend.rate", ["side": texts("side." + side.name)])))
    }
    if shown.contains(where: { !samples.directions[$0].repeated.isEmpty }) {
      content.legend.append(
        .init(symbol: .block(.trouble), word: texts("chart.legend.rateAgain")))
    }
    content.legend.append(
      .init(symbol: .line(Stroke(.text, 1, .dashed)), word: texts("chart.legend.mean")))
    return content
  }

  /// Bytes in spans of a round length that many segments share.
  private struct Bins {
    var interval: Nanoseconds
    var bins: [ChartRate]

    init(_ direction: ChartSamples.Direction, span: Nanoseconds) {
      let wanted = min(120, max(12, direction.dataSegments / 3))
      var interval = direction.rateInterval
      while span / interval >= wanted {
        // 1, 2, 5, 10, .., always a whole number of the collector's own: from 2 on to 10.
        let power = Bins.power(of: interval)
        switch interval / power {
        case 1: interval = 2 * power
        case 2: interval = (interval == direction.rateInterval ? 10 : 5) * power
        default: interval = 10 * power
        }
      }
      self.interval = interval
      bins = []
      for rate in direction.rates {
        let index = rate.index * direction.rateInterval / interval
        if let last = bins.last, last.index == index {
          bins[bins.count - 1].fresh += rate.fresh
          bins[bins.count - 1].repeated += rate.repeated
        } else {
          bins.append(ChartRate(index: index, fresh: rate.fresh, repeated: rate.repeated))
        }
      }
    }

    private static func power(of number: Int64) -> Int64 {
      var power: Int64 = 1
      while number / power >= 10 { power *= 10 }
      return power
    }

    func bitRate(_ bytes: Int64) -> Int64 {
      Int64(clamped: Double(bytes) * 8e9 / Double(interval))
    }
  }

  private func throughput(of side: Side, height: Double) -> Panel {
    let direction = samples.directions[side]
    let bins = Bins(direction, span: samples.end)
    let most = bins.bins.map { bins.bitRate($0.fresh + $0.repeated) }.max() ?? 0
    let mean = meanRate(of: direction)
    let sentence = texts(
      "chart.throughput.sentence",
      [
        "bytes": Quantity.bytes(direction.dataBytes), "mean": Quantity.bitRate(mean),
        "most": Quantity.bitRate(most), "interval": Quantity.duration(bins.interval),
      ])
    return Panel(
      name: name(of: side), sentence: sentence, values: .bitRate, low: 0,
      high: most.withRoomAbove, height: height
    ) { plot in
      var outline: [[Point]] = []
      var repeated: [[Point]] = []
      var end: Int64?
      for bin in bins.bins {
        let left = plot.time.x(bin.index * bins.interval)
        let right = plot.time.x((bin.index * bins.interval).plus(bins.interval))
        let top = plot.values.y(bins.bitRate(bin.fresh + bin.repeated))
        if end != bin.index { outline.append([Point(left, plot.bottom)]) }
        outline[outline.count - 1] += [Point(left, top), Point(right, top)]
        end = bin.index + 1
        if bin.repeated > 0 {
          let height = plot.values.y(bins.bitRate(bin.repeated))
          repeated.append([
            Point(left, plot.bottom), Point(left, height), Point(right, height),
            Point(right, plot.bottom),
          ])
        }
      }
      outline = outline.map { line in
        line.last.map { line + [Point($0.x, plot.bottom)] } ?? line
      }
      let y = plot.values.y(mean)
      let shapes: [Shape] = [
        .polygons(outline, Area(.tint(side.chartInk), Stroke(side.chartInk, 1.4))),
        .polygons(repeated, Area(.solid(.trouble))),
        .line(Point(plot.time.from, y), Point(plot.time.to, y), Stroke(.text, 1, .dashed)),
      ]
      return shapes.filter { !$0.isEmpty }
    }
  }

  /// From the first data to the end of the last, quiet times included.
  private func meanRate(of direction: ChartSamples.Direction) -> Int64 {
    let data = [direction.fresh, direction.repeated, direction.reordered, direction.ambiguous]
    let first = data.compactMap { $0.first?.at }.min() ?? 0
    let last = data.compactMap { $0.last?.end }.max() ?? 0
    return Int64(clamped: Double(direction.dataBytes) * 8e9 / Double(max(last.less(first), 1)))
  }
}
