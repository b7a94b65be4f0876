import TCPModel

/// Times one way in bounded memory: all of them up to a limit, then every second one, every fourth ..
struct OneWayTimes {
  static let limit = 2048

  private var times: [Int64] = []
  private(set) var least = Int64.max
  private(set) var greatest = Int64.min
  private(set) var count: Int64 = 0
  /// A power of 2.
  private var stride: Int64 = 1

  mutating func add(_ time: Int64) {
    least = min(least, time)
    greatest = max(greatest, time)
    if count & (stride &- 1) == 0 {
      times.append(time)
      if times.count >= OneWayTimes.limit {
        times = times.indices.filter { $0 % 2 == 0 }.map { times[$0] }
        stride *= 2
      }
    }
    count += 1
  }

  /// Forgets them; the memory stays.
  mutating func removeAll() {
    times.removeAll(keepingCapacity: true)
    least = .max
    greatest = .min
    count = 0
    stride = 1
  }

  /// Those that are kept, each for as many.
  var kept: (times: [Int64], weight: Int64) { (times, stride) }

  /// Nearest rank; nil without a time.
  var delays: OneWayDelays? {
    guard !times.isEmpty else { return nil }
    return withUnsafeTemporaryAllocation(of: Int64.self, capacity: times.count) { sorted in
      var sorted = sorted
      _ = sorted.initialize(from: times)
      sorted.sort()
      func rank(_ percent: Int) -> Int64 {
        sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
      }
      return OneWayDelays(
        count: count, min: least, median: rank(50), p95: rank(95), max: greatest)
    }
  }
}
