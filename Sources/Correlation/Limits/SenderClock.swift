import TCPModel

/// A sender's clock, read from its time stamps (RFC 7323): when a segment was sent, whatever queue it
/// stood in before it was captured.
///
/// The least difference between the capture's clock and the tick is taken for the time under way
/// without a queue.
struct SenderClock: BitwiseCopyable {
  private var firstTick: UInt32 = 0
  private var firstAt: Nanoseconds = 0
  /// Nanoseconds from one tick to the next.
  private var tick: Nanoseconds = 1_000_000
  /// Least capture time less ticks, and when it was measured.
  private var offset: Nanoseconds = .max
  private var offsetAt: Nanoseconds = 0
  private var isStarted = false
  /// The least time a tick took: a queue only ever lengthens it.
  private var leastTick = Nanoseconds.max

  /// Clocks differ by so much, in parts of a million (a quartz, NTP).
  private static let skew: Nanoseconds = 20
  /// So many ticks tell how long one is.
  private static let enough: Nanoseconds = 10

  /// Finer than what it is asked for, and nothing contradicted it.
  private(set) var isTrusted = true

  private static let coarse: Nanoseconds = 10_000_000

  /// Fine enough to tell which of the last acknowledgments the sender knew.
  var isFine: Bool { isTrusted && leastTick < 2_500_000 }

  /// Something the sender knew came later than what it says.
  mutating func distrust() { isTrusted = false }

  /// When the segment was sent, on the capture's clock plus the least time under way.
  mutating func sendingTime(_ step: TransferStep) -> Nanoseconds {
    if !isTrusted { return step.at }
    if !isStarted {
      isStarted = true
      firstTick = step.timestamp
      firstAt = step.at
    }
    let ticks = Nanoseconds(Int32(bitPattern: step.timestamp &- firstTick))
    let passed = step.at &- firstAt
    // A division only where it may tell something new.
    if ticks >= SenderClock.enough, passed > 0,
      leastTick == .max || passed < leastTick &* ticks
    {
      learnTick(passed / ticks)
    }
    let difference = step.at &- ticks &* tick
    if offset != .max {
      offset &+= (step.at &- offsetAt) / 1_000_000 &* SenderClock.skew
    }
    offsetAt = step.at
    offset = min(offset, difference)
    return min(step.at, ticks &* tick &+ offset)
  }

  /// RFC 7323 4.1: 1 ms to 1 s; Linux counts milliseconds, or microseconds, others 10 ms.
  private mutating func learnTick(_ measured: Nanoseconds) {
    if measured >= leastTick { return }
    leastTick = measured
    let known: Nanoseconds =
      if measured < 30_000 { 1_000 } else if measured < 2_500_000 {
        1_000_000
      } else if measured
        < 6_500_000
      { 4_000_000 } else if measured < 30_000_000 { 10_000_000 } else { 100_000_000 }
    if known > SenderClock.coarse { isTrusted = false }
    if known != tick {
      tick = known
      offset = .max
    }
  }
}
