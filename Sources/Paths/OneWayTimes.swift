import TCPModel

/// Times one way in bounded memory: all of them up to a limit, then every second one, every fourth ..
struct OneWayTimes {
  static let limit = 2048

  struct Sample: BitwiseCopyable {
    /// When it was sent.
    var at: Int64
    var time: Int64
  }

  private(set) var samples: [Sample] = []
  private(set) var least = Int64.max
  private(set) var greatest = Int64.min
  private(set) var count: Int64 = 0
  private var stride: Int64 = 1

  mutating func add(_ time: Int64, at: Int64) {
    least = min(least, time)
    greatest = max(greatest, time)
    if count % stride == 0 {
      samples.append(Sample(at: at, time: time))
      if samples.count >= OneWayTimes.limit {
        samples = samples.indices.filter { $0 % 2 == 0 }.map { samples[$0] }
        stride *= 2
      }
    }
    count += 1
  }

  /// Nearest rank; nil without a time.
  var delays: OneWayDelays? {
    guard !samples.isEmpty else { return nil }
    let sorted = samples.map(\.time).sorted()
    func rank(_ percent: Int) -> Int64 {
      sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
    return OneWayDelays(
      count: count, min: least, median: rank(50), p95: rank(95), max: greatest)
  }
}
