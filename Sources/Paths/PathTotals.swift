import TCPModel

/// All connections of a link together, by the side that sent.
struct PathTotals {
  private(set) var directions = PerSide<PathDirection>(both: PathDirection())
  private var times = PerSide<WeightedTimes>(both: WeightedTimes())

  mutating func add(_ found: PathDirection, _ own: OneWayTimes, of side: Side) {
    directions[side].add(found)
    let (kept, weight) = own.kept
    for time in kept { times[side].add(time, weight: weight) }
    if let delay = found.delay { times[side].widen(delay) }
    directions[side].delay = nil
  }

  mutating func finish() {
    for side in Side.allCases { directions[side].delay = times[side].delays }
  }
}

extension PathDirection {
  fileprivate mutating func add(_ other: PathDirection) {
    matched &+= other.matched
    lost &+= other.lost
    duplicated &+= other.duplicated
    reordered &+= other.reordered
    injected &+= other.injected
    unknown &+= other.unknown
    needless &+= other.needless
    undelivered &+= other.undelivered
    oversized.sender &+= other.oversized.sender
    oversized.receiver &+= other.oversized.receiver
    largest.sender = max(largest.sender, other.largest.sender)
    largest.receiver = max(largest.receiver, other.largest.receiver)
    resegmented &+= other.resegmented
    ecnCleared &+= other.ecnCleared
    ceMarked &+= other.ceMarked
  }
}

/// Times of which each stands for so many, in bounded memory: all up to a limit, then every second one ..
private struct WeightedTimes {
  private static let limit = 1 << 15

  private var times: [(time: Int64, weight: Int64)] = []
  private var least = Int64.max
  private var greatest = Int64.min
  private var count: Int64 = 0
  /// A power of 2.
  private var stride = 1
  private var seen = 0

  mutating func add(_ time: Int64, weight: Int64) {
    defer { seen &+= 1 }
    guard seen & (stride &- 1) == 0 else { return }
    times.append((time, weight))
    guard times.count >= Self.limit else { return }
    times = times.indices.filter { $0 % 2 == 0 }.map { times[$0] }
    stride *= 2
  }

  mutating func widen(_ delay: OneWayDelays) {
    least = min(least, delay.min)
    greatest = max(greatest, delay.max)
    count &+= delay.count
  }

  /// Nearest rank; nil without a time.
  var delays: OneWayDelays? {
    guard count > 0 else { return nil }
    let sorted = times.sorted { $0.time < $1.time }
    let sum = sorted.reduce(0) { $0 &+ $1.weight }
    func rank(_ percent: Int64) -> Int64 {
      var left = (sum &* percent &+ 99) / 100
      for one in sorted {
        left &-= one.weight
        if left <= 0 { return one.time }
      }
      return greatest
    }
    return OneWayDelays(
      count: count, min: least, median: rank(50), p95: rank(95), max: greatest)
  }
}
