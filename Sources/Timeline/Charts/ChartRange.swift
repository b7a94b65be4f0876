import TCPModel

/// The values that a chart gives its height to. A few far from all others would squash the rest to
/// a line: they are left outside, marked at the rim and counted.
struct ChartRange {
  let low: Int64
  let high: Int64
  let below: [ChartSample]
  let above: [ChartSample]

  /// Fewer values than this tell nothing of what is usual.
  private static let fewest: Int64 = 12
  /// All but one in so many are usual.
  private static let share: Int64 = 20
  /// What is so many times as far from the usual range as that is high lies outside.
  private static let reach = 3.0

  /// - Parameter floor: where the range begins in any case.
  init(_ samples: [ChartSample], floor: Int64? = nil) {
    let count = samples.reduce(0) { $0 + $1.count }
    let rare = max(1, count / Self.share)
    let lows = samples.sorted { $0.low < $1.low }
    let highs = samples.sorted { $0.high > $1.high }
    let usualLow = Double(floor ?? Self.passing(rare, lows)?.low ?? 0)
    let usualHigh = Double(Self.passing(rare, highs)?.high ?? 1)
    let span = usualHigh - usualLow
    var (below, above, inside): ([ChartSample], [ChartSample], [ChartSample]) = ([], [], [])
    for sample in samples {
      if count < Self.fewest || span <= 0 {
        inside.append(sample)
      } else if Double(sample.low) - usualHigh > Self.reach * span {
        above.append(sample)
      } else if usualLow - Double(sample.high) > Self.reach * span {
        below.append(sample)
      } else {
        inside.append(sample)
      }
    }
    low = floor ?? inside.map(\.low).min() ?? 0
    high = inside.map(\.high).max() ?? 1
    self.below = below
    self.above = above
  }

  /// For several series in one panel: what is usual in any of them is inside.
  init(of series: [[ChartSample]], floor: Int64) {
    let ranges = series.map { ChartRange($0, floor: floor) }
    let high = ranges.map(\.high).max() ?? 1
    low = floor
    self.high = high
    below = []
    above = ranges.flatMap(\.above).filter { $0.low > high }.sorted { $0.at < $1.at }
  }

  /// The first sample after so many values.
  private static func passing(_ count: Int64, _ samples: some Sequence<ChartSample>) -> ChartSample?
  {
    var passed: Int64 = 0
    for sample in samples {
      passed += sample.count
      if passed > count { return sample }
    }
    return nil
  }
}

extension ChartPlot {
  /// Samples outside the range, as marks at the rim they lie beyond; neighbours share one, with
  /// their number.
  func outside(_ range: ChartRange, tooltip: (ChartSample) -> String) -> [Shape] {
    outside(range.above, isAbove: true, tooltip) + outside(range.below, isAbove: false, tooltip)
  }

  private func outside(
    _ samples: [ChartSample], isAbove: Bool, _ tooltip: (ChartSample) -> String
  ) -> [Shape] {
    struct Cluster {
      var x: Double
      var count: Int64
      /// The farthest of them.
      var sample: ChartSample
    }
    var clusters: [Cluster] = []
    for sample in time.shown(samples) {
      let x = time.x(sample.at)
      if let last = clusters.last, x - last.x < 34 {
        clusters[clusters.count - 1].count += sample.count
        if isAbove ? sample.high > last.sample.high : sample.low < last.sample.low {
          clusters[clusters.count - 1].sample = sample
        }
      } else {
        clusters.append(Cluster(x: x, count: sample.count, sample: sample))
      }
    }
    return clusters.map { cluster in
      let center = Point(cluster.x, isAbove ? top + 6 : bottom - 6)
      let mark: ChartMark = isAbove ? .above : .below
      var shapes: [Shape] = [
        .polygon(mark.outline(at: center), Area(.solid(.caution), Stroke(.caution, 1.2)))
      ]
      if cluster.count > 1 {
        // Towards the side that has room.
        let isNearEnd = cluster.x + 34 > time.to
        var number = TextLine(
          [Word("\(cluster.count)×", .fixedSmall, .caution)],
          at: Point(cluster.x + (isNearEnd ? -8 : 8), center.y + 3.5),
          anchor: isNearEnd ? .end : .start)
        number.hasRim = true
        shapes.append(.text(number))
      }
      return .group(
        ShapeGroup(
          "outside", [.init("frame", cluster.sample.frame), .init("count", cluster.count)],
          tooltip: tooltip(cluster.sample), shapes))
    }
  }
}
