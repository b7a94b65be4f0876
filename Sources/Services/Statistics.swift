import Glibc

/// Whether two samples differ by more than chance.
enum Statistics {
  /// The two-sided test of Mann and Whitney (1947) with the correction for ties, by its normal
  /// approximation, which from 20 values on each side is good. Values of one bucket are ties.
  static func mannWhitney(_ one: LogHistogram, _ other: LogHistogram) -> Double {
    let (first, second) = (Double(one.count), Double(other.count))
    let all = first + second
    guard first > 0, second > 0 else { return 1 }
    var counts: [UInt16: (Double, Double)] = [:]
    for bucket in one.buckets { counts[bucket.bucket, default: (0, 0)].0 += Double(bucket.count) }
    for bucket in other.buckets { counts[bucket.bucket, default: (0, 0)].1 += Double(bucket.count) }
    var ranks = 0.0
    var below = 0.0
    var ties = 0.0
    for (_, count) in counts.sorted(by: { $0.key < $1.key }) {
      let together = count.0 + count.1
      ranks += count.0 * (below + (together + 1) / 2)
      ties += together * (together * together - 1)
      below += together
    }
    let statistic = ranks - first * (first + 1) / 2
    let mean = first * second / 2
    let variance = first * second / 12 * (all + 1 - ties / (all * (all - 1)))
    guard variance > 0 else { return 1 }
    // Half a step towards the mean: the statistic is discrete.
    let distance = max(0, abs(statistic - mean) - 0.5)
    return tails(beyond: distance / variance.squareRoot())
  }

  /// The two-sided test of two shares with their common variance.
  static func twoProportions(
    _ one: (count: Int, of: Int), _ other: (count: Int, of: Int)
  ) -> Double {
    let (first, second) = (Double(one.of), Double(other.of))
    guard first > 0, second > 0 else { return 1 }
    let share = Double(one.count + other.count) / (first + second)
    let variance = share * (1 - share) * (1 / first + 1 / second)
    guard variance > 0 else { return 1 }
    let difference = Double(one.count) / first - Double(other.count) / second
    return tails(beyond: abs(difference) / variance.squareRoot())
  }

  /// Of the standard normal distribution, both.
  private static func tails(beyond distance: Double) -> Double {
    erfc(distance / 2.0.squareRoot())
  }
}
