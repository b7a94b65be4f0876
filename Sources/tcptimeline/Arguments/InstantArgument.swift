import Support
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
    } else if let time = Timestamp(iso8601: text) {
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
