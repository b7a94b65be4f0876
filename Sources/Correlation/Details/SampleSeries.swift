import TCPModel

/// Values over time in bounded memory.
///
/// Exact until the limit is reached; then neighbours in time become one sample that keeps their
/// least, their greatest and their last value. The time they may share doubles whenever the limit
/// is reached again, so that what is kept is never coarser than the limit demands. Quiet times
/// take no room.
struct SampleSeries {
  private(set) var samples: [ChartSample] = []
  private let limit: Int
  /// Samples are merged when they begin in the same span of this length; 0 while all are exact.
  private var width: Nanoseconds = 0

  init(limit: Int) {
    self.limit = max(2, limit)
  }

  /// Times that go backwards are taken for the time before.
  mutating func add(_ sample: ChartSample) {
    var sample = sample
    if let last = samples.last, sample.at < last.end {
      sample.at = last.end
      sample.end = last.end
    }
    append(sample)
    while samples.count > limit {
      width = max(1, width * 2)
      let all = samples
      samples.removeAll(keepingCapacity: true)
      for sample in all { append(sample) }
    }
  }

  private mutating func append(_ sample: ChartSample) {
    guard width > 0, let last = samples.last, last.at / width == sample.at / width else {
      samples.append(sample)
      return
    }
    samples[samples.count - 1].absorb(sample)
  }
}

extension ChartSample {
  fileprivate mutating func absorb(_ later: ChartSample) {
    end = later.end
    low = min(low, later.low)
    high = max(high, later.high)
    last = later.last
    count += later.count
  }
}

/// Sums of bytes over time in bounded memory: as `SampleSeries`, but the spans are 1 or 2 times a
/// power of ten long, so that any round interval is a whole number of them.
struct RateSeries {
  private(set) var rates: [ChartRate] = []
  private(set) var interval: Nanoseconds = 1000
  private let limit: Int
  private var nextFactor: Int64 = 2

  init(limit: Int) {
    self.limit = max(2, limit)
  }

  mutating func add(at time: Nanoseconds, fresh: Int64, repeated: Int64) {
    let index = max(max(0, time) / interval, rates.last?.index ?? 0)
    append(ChartRate(index: index, fresh: fresh, repeated: repeated))
    while rates.count > limit {
      let factor = nextFactor
      interval *= factor
      nextFactor = factor == 2 ? 5 : 2
      let all = rates
      rates.removeAll(keepingCapacity: true)
      for var rate in all {
        rate.index /= factor
        append(rate)
      }
    }
  }

  private mutating func append(_ rate: ChartRate) {
    guard let last = rates.last, last.index == rate.index else {
      rates.append(rate)
      return
    }
    rates[rates.count - 1].fresh += rate.fresh
    rates[rates.count - 1].repeated += rate.repeated
  }
}

extension [ChartSample] {
  /// The same in bounded memory, in the order of time.
  public func bounded(to limit: Int) -> [ChartSample] {
    var series = SampleSeries(limit: limit)
    for sample in sorted(by: { ($0.at, $0.frame) < ($1.at, $1.frame) }) { series.add(sample) }
    return series.samples
  }
}
