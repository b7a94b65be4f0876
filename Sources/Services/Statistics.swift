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

  /// The exact test of two shares (Fisher 1935), two-sided by doubling: rare failures among many
  /// connections, or few connections beside many, are no case for a normal approximation.
  static func twoProportions(
    _ one: (count: Int, of: Int), _ other: (count: Int, of: Int)
  ) -> Double {
    let isMore = one.count * other.of > other.count * one.of
    let (more, less) = isMore ? (one, other) : (other, one)
    let all = Double(more.count + less.count)
    let (here, there) = (Double(more.of), Double(less.of))
    guard here > 0, there > 0, all > 0, all < here + there else { return 1 }
    // How likely it is that so many of all are here, as a share of what was found; the hypergeometric
    // distribution's ratio of neighbours leads from one number to the next.
    func ratio(_ count: Double) -> Double {
      (here - count) * (all - count) / ((count + 1) * (there - all + count + 1))
    }
    var tail = 1.0
    var weight = 1.0
    var count = Double(more.count)
    while weight > tail * 1e-12 {
      weight *= ratio(count)
      tail += weight
      count += 1
    }
    var rest = 0.0
    weight = 1
    count = Double(more.count)
    while count > max(0, all - there), weight > rest * 1e-12, rest < 1e200 {
      count -= 1
      weight /= ratio(count)
      rest += weight
    }
    return min(1, 2 * tail / (tail + rest))
  }

  /// Of many tests, those below or at what is returned are significant by Holm's method (1979): the
  /// probability that chance alone gives any of them is below `level`.
  static func holm(_ probabilities: [Double], level: Double) -> Double? {
    var most: Double?
    for (index, probability) in probabilities.sorted().enumerated() {
      guard probability * Double(probabilities.count - index) < level else { break }
      most = probability
    }
    return most
  }

  /// Of the standard normal distribution, both.
  private static func tails(beyond distance: Double) -> Double {
    erfc(distance / 2.0.squareRoot())
  }
}
