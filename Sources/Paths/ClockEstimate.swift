import TCPModel

/// How two clocks stand to each other, from segments that both points saw.
///
/// A segment on its way forward takes some time, so that the difference of its two times is no less than
/// the clocks' offset; on its way back no more. Between the least of the ones and the greatest of the
/// others lies a strip, as wide as the smallest round trip, and the offset in it (V. Paxson, "On
/// Calibrating Measurements of Packet Transit Times", SIGMETRICS 1998). Where one clock runs faster the
/// strip is inclined; the median of the slopes between the extremes of some spans of time tells by how
/// much. Where the strip is empty a clock was set.
struct ClockEstimate {
  /// RFC 5905 (NTP) tolerates 15 ppm; oscillators of hosts are within 100. Beyond this it is no drift.
  static let greatestSkew = 500e-6
  /// Shorter captures cannot tell a drift from queues.
  static let leastSpan: Int64 = 10_000_000_000
  static let greatestSlack: Int64 = 5_000_000

  private(set) var offset: Int64?
  private(set) var uncertainty: Int64?
  private(set) var skew: Double?
  private(set) var skewUncertainty: Double?
  private(set) var steps: [FoundStep] = []
  /// How far times may be wrong for a drift that is not known.
  private(set) var slack: Int64 = 0
  /// Whether the strip stays open everywhere: the points are two, or at least not the other way round.
  private(set) var isConsistent = true

  struct FoundStep {
    var isOfSecond: Bool
    /// By how much the clock went forward.
    var size: Int64
    var jump: Jump
  }

  /// - Parameters:
  ///   - samples: In the order of the second point.
  ///   - reference: On the first point's clock, where the offset is told.
  init(_ samples: [ClockSample], reference: Int64, jumps: (first: Jumps, second: Jumps)) {
    guard !samples.isEmpty else { return }
    let breaks = Breaks(samples, jumps)
    steps = breaks.steps
    isConsistent = breaks.isConsistent
    // Without the steps everything is on one line.
    var level = samples
    for index in level.indices {
      for step in steps {
        if step.isOfSecond, level[index].secondOrdinal >= step.jump.ordinal {
          level[index].secondTime &-= step.size
        } else if !step.isOfSecond, level[index].firstOrdinal >= step.jump.ordinal {
          level[index].firstTime &-= step.size
        }
      }
    }
    estimateSkew(level)
    noteSlack(level)
    let strip = Strip(level, skew: appliedSkew, reference: reference)
    switch (strip.upper, strip.lower) {
    case (let upper?, let lower?):
      offset = lower &+ (upper &- lower) / 2
      if upper >= lower {
        uncertainty = (upper &- lower &+ 1) / 2
      } else {
        // A drift that the captures are too short to tell.
        uncertainty = lower &- upper
        isConsistent = false
      }
    case (let only?, nil), (nil, let only?): offset = only
    case (nil, nil): break
    }
  }

  /// What times are corrected by: a drift that the data do not show to be one is none.
  var appliedSkew: Double {
    guard let skew, let doubt = skewUncertainty, abs(skew) > doubt else { return 0 }
    return skew
  }

  private mutating func noteSlack(_ samples: [ClockSample]) {
    let times = samples.map(\.firstTime)
    guard let first = times.min(), let last = times.max() else { return }
    let rate = skew == nil ? ClockEstimate.greatestSkew : skewUncertainty ?? 0
    slack = min(ClockEstimate.greatestSlack, Int64(Double(last &- first) * rate))
  }

  private mutating func estimateSkew(_ samples: [ClockSample]) {
    let times = samples.map(\.firstTime)
    guard let first = times.min(), let last = times.max(), last &- first >= Self.leastSpan else {
      return
    }
    let slopes = [true, false].map { isForward in
      Self.slope(samples, from: first, to: last, isForward: isForward)
    }
    guard let forward = slopes[0], let back = slopes[1] else { return }
    let mean = (forward + back) / 2
    guard abs(mean) <= Self.greatestSkew else { return }
    skew = mean
    skewUncertainty = abs(forward - back) / 2
  }

  /// The median slope between the extremes of twelve spans of time.
  private static func slope(
    _ samples: [ClockSample], from first: Int64, to last: Int64, isForward: Bool
  ) -> Double? {
    let count = 12
    let width = max(1, (last &- first) / Int64(count) + 1)
    var extremes: [(time: Int64, difference: Int64)?] = Array(repeating: nil, count: count)
    for sample in samples where sample.isForward == isForward {
      let bin = Int((sample.firstTime &- first) / width)
      let difference = sample.difference
      if let known = extremes[bin]?.difference,
        isForward ? known <= difference : known >= difference
      {
        continue
      }
      extremes[bin] = (sample.firstTime, difference)
    }
    let found = extremes.compactMap(\.self)
    guard found.count >= 6 else { return nil }
    var slopes: [Double] = []
    for left in found.indices {
      for right in found.indices where right > left {
        let time = found[right].time &- found[left].time
        // Neighbours at a border between spans.
        guard time >= width / 2 else { continue }
        slopes.append(Double(found[right].difference &- found[left].difference) / Double(time))
      }
    }
    guard !slopes.isEmpty else { return nil }
    slopes.sort()
    return slopes[slopes.count / 2]
  }
}

/// Between which offsets the truth lies.
struct Strip {
  private(set) var upper: Int64?
  private(set) var lower: Int64?

  init(_ samples: some Sequence<ClockSample>, skew: Double, reference: Int64) {
    for sample in samples {
      let drift = Int64((Double(sample.firstTime &- reference) * skew).rounded())
      let difference = sample.difference &- drift
      if sample.isForward {
        upper = min(upper ?? .max, difference)
      } else {
        lower = max(lower ?? .min, difference)
      }
    }
  }

  /// The middle; nil where one border is not known.
  var middle: Int64? {
    guard let upper, let lower else { return nil }
    return lower &+ (upper &- lower) / 2
  }
}
