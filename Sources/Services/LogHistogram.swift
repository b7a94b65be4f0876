import TCPModel

/// Counts of durations in buckets whose width is at most 1/32 of their value. Its quantiles are at most
/// 1/64 off; two of them add up to that of all values, in any order.
public struct LogHistogram: Sendable, Hashable {
  private static let fineBits = 5

  private var counts: [UInt16: Int] = [:]
  public private(set) var count = 0
  public private(set) var max: Nanoseconds?

  public init() {}

  /// Negative durations, of a clock that went back, count as none.
  public mutating func add(_ value: Nanoseconds) {
    let value = Swift.max(0, value)
    counts[LogHistogram.bucket(of: value), default: 0] += 1
    count += 1
    max = Swift.max(max ?? 0, value)
  }

  public mutating func merge(_ other: LogHistogram) {
    counts.merge(other.counts) { $0 + $1 }
    count += other.count
    if let largest = other.max { max = Swift.max(max ?? 0, largest) }
  }

  /// The nearest rank: the least value that at least this share of all does not exceed.
  public func quantile(_ share: Double) -> Nanoseconds? {
    guard count > 0 else { return nil }
    let rank = Swift.max(1, Int((share * Double(count)).rounded(.up)))
    var seen = 0
    for (bucket, count) in buckets {
      seen += count
      if seen >= rank { return Swift.min(LogHistogram.middle(of: bucket), max ?? .max) }
    }
    return max
  }

  /// The buckets that hold something, least first.
  var buckets: [(bucket: UInt16, count: Int)] {
    counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  public var distribution: Distribution {
    var distribution = Distribution(count: count)
    distribution.p50 = quantile(0.5)
    distribution.p90 = quantile(0.9)
    distribution.p99 = quantile(0.99)
    distribution.max = max
    return distribution
  }

  /// Small values have a bucket each; of others the highest bit and the five after it count.
  private static func bucket(of value: Nanoseconds) -> UInt16 {
    let shift = Swift.max(0, 63 - value.leadingZeroBitCount - fineBits)
    return UInt16(truncatingIfNeeded: Int64(shift) << fineBits + value >> Int64(shift))
  }

  private static func middle(of bucket: UInt16) -> Nanoseconds {
    let place = Int64(bucket)
    let shift = Swift.max(0, place >> fineBits - 1)
    let first = (place - shift << fineBits) << shift
    return first + (1 << shift - 1) / 2
  }
}
