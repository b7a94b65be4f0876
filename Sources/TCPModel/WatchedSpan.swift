/// A time in which a capture saw somebody again and again.
public struct WatchedSpan: BitwiseCopyable, Sendable, Hashable {
  public var start: Timestamp
  public var end: Timestamp

  /// Where nobody at all was captured for longer, the capture itself may have stood still, or its pieces were
  /// taken at other times.
  public static let longestSilence: Nanoseconds = 60_000_000_000

  public init(start: Timestamp, end: Timestamp) {
    self.start = start
    self.end = end
  }

  /// In their order, those that overlap or follow each other within `longestSilence` as one.
  public static func joined(_ spans: [WatchedSpan]) -> [WatchedSpan] {
    var joined: [WatchedSpan] = []
    for span in spans.sorted(by: { $0.start < $1.start }) {
      if let last = joined.last, span.start.since(last.end) <= longestSilence {
        joined[joined.count - 1].end = max(last.end, span.end)
      } else {
        joined.append(span)
      }
    }
    return joined
  }
}
