import TCPModel

/// How evenly data was delivered since the first loss: a policer, or a link with room for few packets in front of it, lets
/// as much through whatever the congestion window does, and no queue shows it.
struct DeliveryPace: BitwiseCopyable {
  private static let room = 64
  private static let pieces = (least: 8, most: 16)
  /// A burst may go through at once, and a window that was halved leaves a hole.
  private static let (slower, faster) = (0.92, 1.12)

  private var times = InlineArray<64, Nanoseconds>(repeating: 0)
  private var totals = InlineArray<64, Int64>(repeating: 0)
  private var count = 0
  /// One of so many rounds is noted: fewer of them deliver a window's worth, not a rate's.
  private var step = 4
  private var skipped = 0
  private var total: Int64 = 0

  /// A round begins, which delivers so much.
  mutating func note(_ passed: UInt32, at start: Nanoseconds) {
    defer { total &+= Int64(passed) }
    if count > 0 {
      skipped += 1
      if skipped < step { return }
    }
    skipped = 0
    if count == DeliveryPace.room {
      count /= 2
      for index in 0..<count {
        times[index] = times[2 * index]
        totals[index] = totals[2 * index]
      }
      step *= 2
    }
    times[count] = start
    totals[count] = total
    count += 1
  }

  var isEmpty: Bool { count == 0 }

  /// Payload bits a second, where nearly all pieces had the same.
  var steady: Int64? {
    let pieces = min(DeliveryPace.pieces.most, count - 1)
    guard pieces >= DeliveryPace.pieces.least else { return nil }
    var rates: [Double] = []
    for piece in 0..<pieces {
      let from = piece * (count - 1) / pieces
      let to = (piece + 1) * (count - 1) / pieces
      let time = times[to] &- times[from]
      guard time > 0 else { return nil }
      rates.append(Double(totals[to] &- totals[from]) * 8_000_000_000 / Double(time))
    }
    rates.sort()
    let median = (rates[(pieces - 1) / 2] + rates[pieces / 2]) / 2
    let alike = rates.count {
      $0 >= median * DeliveryPace.slower && $0 <= median * DeliveryPace.faster
    }
    guard median > 0, median < 1e18, alike * 8 >= pieces * 7 else { return nil }
    return Int64(median)
  }
}
