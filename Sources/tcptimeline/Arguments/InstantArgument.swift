import Support
import TCPModel

/// An instant on the command line: `2023-11-14T22:13:20.5Z`, with an offset from UTC
/// (`+09:00`), seconds since 1970 (`1700000000.5`), seconds after the first packet (`+1.5`), or a time
/// of day (`14:03`, `14:03:20.5`).
enum InstantArgument: Hashable {
  case absolute(Timestamp)
  case afterStart(Nanoseconds)
  /// Since midnight.
  case ofDay(Nanoseconds)

  init?(_ text: String) {
    if text.hasPrefix("+") {
      guard let offset = Self.seconds(text.dropFirst()) else { return nil }
      self = .afterStart(offset)
    } else if let seconds = Self.seconds(text[...]) {
      self = .absolute(Timestamp(nanoseconds: seconds))
    } else if let time = Timestamp(iso8601: text) {
      self = .absolute(time)
    } else if let time = Self.timeOfDay(text) {
      self = .ofDay(time)
    } else {
      return nil
    }
  }

  /// From one instant to another. Times of day are those of the capture's first day as `clock` shows
  /// it, or of the day after where the capture begins later than that; an end that comes before the
  /// beginning is meant of the next day.
  ///
  /// - Returns: nil where the end comes before the beginning.
  static func range(
    _ first: InstantArgument, _ last: InstantArgument, from start: Timestamp, clock: WallClock
  ) -> ClosedRange<Timestamp>? {
    var lower = first.timestamp(from: start, clock: clock)
    var upper = last.timestamp(from: start, clock: clock)
    if case .ofDay = last {
      if upper < lower { upper = upper.advanced(by: day) }
      if case .ofDay = first, upper < start {
        lower = lower.advanced(by: day)
        upper = upper.advanced(by: day)
      }
    }
    return lower <= upper ? lower...upper : nil
  }

  /// Of snapshots of many days: times of day are those of the last such span that has begun, the others
  /// what they are in `range`.
  ///
  /// - Parameter times: Of the first and the newest snapshot.
  /// - Returns: nil where the end comes before the beginning.
  static func night(
    _ first: InstantArgument, _ last: InstantArgument, in times: ClosedRange<Timestamp>,
    clock: WallClock
  ) -> ClosedRange<Timestamp>? {
    var lower = first.timestamp(from: times.lowerBound, clock: clock)
    if first.isOfDay {
      let end = last.timestamp(from: times.lowerBound, clock: clock)
      let newest = last.isOfDay ? times.upperBound : min(times.upperBound, end)
      lower = first.timestamp(from: newest, clock: clock)
      if lower > newest {
        lower = first.timestamp(from: newest.advanced(by: -day), clock: clock)
      }
    }
    var upper = last.timestamp(from: last.isOfDay ? lower : times.lowerBound, clock: clock)
    if last.isOfDay, upper < lower { upper = upper.advanced(by: day) }
    return lower <= upper ? lower...upper : nil
  }

  private var isOfDay: Bool {
    if case .ofDay = self { true } else { false }
  }

  private static let day: Nanoseconds = 86_400_000_000_000

  private func timestamp(from start: Timestamp, clock: WallClock) -> Timestamp {
    switch self {
    case .absolute(let time): return time
    case .afterStart(let offset): return start.advanced(by: offset)
    case .ofDay(let time):
      let shown = clock.shown(start).nanoseconds
      let sinceMidnight = (shown % Self.day + Self.day) % Self.day
      return start.advanced(by: time - sinceMidnight)
    }
  }

  /// `14:03` or `14:03:20.5`.
  private static func timeOfDay(_ text: String) -> Nanoseconds? {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0].utf8.count <= 2, parts[1].utf8.count == 2,
      let hours = digits(parts[0]), hours < 24, let minutes = digits(parts[1]), minutes < 60,
      let seconds = parts.count == 3 ? Self.seconds(parts[2]) : 0, seconds < 60_000_000_000
    else { return nil }
    return (hours * 60 + minutes) * 60_000_000_000 + seconds
  }

  /// Decimal seconds without a sign, as nanoseconds; finer digits are cut off.
  private static func seconds(_ text: Substring) -> Nanoseconds? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap(digits) else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard let nine = Self.fraction(parts[1]) else { return nil }
      fraction = nine
    }
    let (nanoseconds, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = nanoseconds.addingReportingOverflow(fraction)
    return overflow || carry ? nil : sum
  }

  private static func digits(_ text: Substring) -> Int64? {
    text.isEmpty || !text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? nil : Int64(text)
  }

  private static func fraction(_ text: Substring) -> Int64? {
    guard digits(text.prefix(18)) != nil, text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    let nine = text.prefix(9)
    return digits(nine).map { value in
      (nine.count..<9).reduce(value) { value, _ in value * 10 }
    }
  }
}
