import TCPModel

/// The rate at which data came through a full queue: the median of the eight pieces of the longest
/// stretch. Bytes delivered are noted once a round; when there is no more room every other note goes.
struct BottleneckRate: BitwiseCopyable {
  private static let room = 64
  private static let pieces = 8
  /// Fewer rounds may be alike by chance.
  private static let fewest = 6

  private var times = InlineArray<64, Nanoseconds>(repeating: 0)
  private var totals = InlineArray<64, Int64>(repeating: 0)
  private var count = 0
  private var step = 1
  private var skipped = 0
  /// Notes of the stretch so far; the first round's queue was not full yet.
  private var rounds = 0
  private var longest: Nanoseconds = 0
  /// Payload bits a second of the longest stretch.
  private(set) var bitsPerSecond: Int64?

  /// Something else than a queue showed it.
  mutating func replace(by bitsPerSecond: Int64) { self.bitsPerSecond = bitsPerSecond }

  mutating func note(_ total: Int64, at time: Nanoseconds) {
    rounds += 1
    if rounds == 1 { return }
    skipped += 1
    if skipped < step { return }
    skipped = 0
    if count == BottleneckRate.room {
      count /= 2
      for index in 0..<count {
        times[index] = times[2 * index + 1]
        totals[index] = totals[2 * index + 1]
      }
      step *= 2
    }
    times[count] = time
    totals[count] = total
    count += 1
  }

  /// The stretch is over.
  mutating func end() {
    defer {
      count = 0
      step = 1
      skipped = 0
      rounds = 0
    }
    guard count >= BottleneckRate.fewest else { return }
    let length = times[count - 1] &- times[0]
    if length <= longest { return }
    longest = length
    let pieces = min(BottleneckRate.pieces, count - 1)
    var rates = InlineArray<8, Int64>(repeating: 0)
    var found = 0
    for piece in 0..<pieces {
      let from = piece * (count - 1) / pieces
      let to = (piece + 1) * (count - 1) / pieces
      let time = times[to] &- times[from]
      if time <= 0 { continue }
      let bits = Double(totals[to] &- totals[from]) * 8_000_000_000 / Double(time)
      guard bits >= 0, bits < 1e18 else { continue }
      // In order.
      var place = found
      while place > 0, rates[place - 1] > Int64(bits) {
        rates[place] = rates[place - 1]
        place -= 1
      }
      rates[place] = Int64(bits)
      found += 1
    }
    if found == 0 { return }
    bitsPerSecond = (rates[(found - 1) / 2] &+ rates[found / 2]) / 2
  }
}
