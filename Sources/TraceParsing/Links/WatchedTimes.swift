import TCPModel

/// When the frames of a capture were taken: spans without a long silence.
struct WatchedTimes {
  /// More of them are one: times at random tell of no silence.
  static let limit = 1024
  private static let room = 4 * limit

  private var past: [WatchedSpan] = []
  /// The other way round while it has no frame.
  private var current = WatchedTimes.none

  private static let none = WatchedSpan(
    start: Timestamp(nanoseconds: .max), end: Timestamp(nanoseconds: .min))

  @inline(always)
  mutating func note(_ time: Timestamp) {
    current.start = min(current.start, time)
    current.end = max(current.end, time)
  }

  /// The next frame lies far from the last one.
  @inline(never)
  mutating func begin() {
    if current.start <= current.end { add([current]) }
    current = WatchedTimes.none
  }

  mutating func add(_ spans: [WatchedSpan]) {
    past += spans
    if past.count >= WatchedTimes.room { past = WatchedTimes.bounded(past) }
  }

  var spans: [WatchedSpan] {
    WatchedTimes.bounded(current.start <= current.end ? past + [current] : past)
  }

  private static func bounded(_ spans: [WatchedSpan]) -> [WatchedSpan] {
    let joined = WatchedSpan.joined(spans)
    guard joined.count > limit, let first = joined.first, let last = joined.last else {
      return joined
    }
    return [WatchedSpan(start: first.start, end: last.end)]
  }
}
