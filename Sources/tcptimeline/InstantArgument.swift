import TCPModel

/// An instant on the command line: `2023-11-14T22:13:20.5Z`, with an offset from UTC
/// (`+09:00`), seconds since 1970 (`1700000000.5`), or seconds after the first packet (`+1.5`).
enum InstantArgument: Hashable {
  case absolute(Timestamp)
  case afterStart(Nanoseconds)

  init?(_ text: String) {
    if text.hasPrefix("+") {
      guard let offset = Self.seconds(text.dropFirst()) else { return nil }
      self = .afterStart(offset)
    } else if let seconds = Self.seconds(text[...]) {
      self = .absolute(Timestamp(nanoseconds: seconds))
    } else if let time = Self.rfc3339(text) {
      self = .absolute(time)
    } else {
      return nil
    }
  }

  func timestamp(from start: Timestamp) -> Timestamp {
    switch self {
    case .absolute(let time): time
    case .afterStart(let offset): start.advanced(by: offset)
    }
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

  /// `YYYY-MM-DDTHH:MM[:SS[.fraction]][Z|+HH:MM]` (RFC 3339); without a zone it is UTC.
  private static func rfc3339(_ text: String) -> Timestamp? {
    guard let separator = text.firstIndex(where: { $0 == "T" || $0 == "t" || $0 == " " }) else {
      return nil
    }
    let date = text[..<separator].split(separator: "-", omittingEmptySubsequences: false)
    var clock = text[text.index(after: separator)...]
    guard date.count == 3, let year = digits(date[0]), let month = digits(date[1]),
      let day = digits(date[2]), (1678...2261).contains(year), (1...12).contains(month),
      (1...31).contains(day), let zone = takeZone(from: &clock)
    else { return nil }
    let times = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard times.count == 2 || times.count == 3, let hour = digits(times[0]),
      let minute = digits(times[1]), let second = times.count == 3 ? seconds(times[2]) : 0,
      hour < 24, minute < 60, second < 61_000_000_000
    else { return nil }
    let days = dayNumber(year: year, month: month, day: day)
    return Timestamp(
      nanoseconds: ((days * 24 + hour) * 60 + minute - zone) * 60_000_000_000 + second)
  }

  /// Minutes east of UTC.
  private static func takeZone(from clock: inout Substring) -> Int64? {
    if clock.hasSuffix("Z") || clock.hasSuffix("z") {
      clock.removeLast()
      return 0
    }
    guard let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return 0 }
    let parts = clock[clock.index(after: sign)...].split(separator: ":")
    guard parts.count == 2, let hours = digits(parts[0]), let minutes = digits(parts[1]),
      hours < 24, minutes < 60
    else { return nil }
    let isWest = clock[sign] == "-"
    clock = clock[..<sign]
    return (hours * 60 + minutes) * (isWest ? -1 : 1)
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

  /// Days since 1970-01-01 in the Gregorian calendar; years counted from 1 March.
  private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
  }
}
