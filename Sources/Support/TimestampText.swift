import TCPModel

extension Timestamp {
  /// RFC 3339 in UTC with nine decimals: `2023-11-14T22:13:20.004184000Z`.
  public var rfc3339: String {
    String(atMost: TimeWriter.textLength) {
      var writer = TimeWriter()
      writer.write(self, to: &$0)
    }
  }
}

extension Timestamp {
  /// For people: `2026-10-12 00:00:03`, in UTC, with up to nine decimals, the rest cut off.
  public func dateAndTime(decimals: Int = 0) -> String { "\(date) \(time(decimals: decimals))" }

  /// `2026-10-12`, in UTC.
  public var date: Substring { rfc3339.prefix(10) }

  /// `00:00:03`, in UTC, with up to nine decimals, the rest cut off.
  public func time(decimals: Int = 0) -> Substring {
    rfc3339.dropFirst(11).prefix(decimals > 0 ? 9 + decimals : 8)
  }
}

/// Writes RFC 3339 text. The times of rows are near each other, so everything up to the minute is
/// kept from the time before: the calendar was two thirds of a time's cost.
public struct TimeWriter {
  private var minute = Int64.min
  /// `2023-11-14T22:13:` in memory order, and what is overwritten.
  private var text: (UInt64, UInt64, UInt64) = (0, 0, 0)

  public static let textLength = 30

  public init() {}

  public mutating func write(_ time: Timestamp, to output: inout DigitWriter) {
    var (seconds, fraction) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    if fraction < 0 {
      seconds -= 1
      fraction += 1_000_000_000
    }
    var (minute, second) = seconds.quotientAndRemainder(dividingBy: 60)
    if second < 0 {
      minute -= 1
      second += 60
    }
    if minute != self.minute { begin(minute) }
    let place = UnsafeMutableRawPointer(output.end)
    place.storeBytes(of: text.0, as: UInt64.self)
    place.storeBytes(of: text.1, toByteOffset: 8, as: UInt64.self)
    place.storeBytes(of: text.2, toByteOffset: 16, as: UInt64.self)
    output.end += 17
    output.two(UInt8(truncatingIfNeeded: second))
    output.byte(UInt8(ascii: "."))
    let nanoseconds = UInt32(truncatingIfNeeded: fraction)
    output.byte(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: nanoseconds / 100_000_000))
    output.eight(nanoseconds % 100_000_000)
    output.byte(UInt8(ascii: "Z"))
  }

  private mutating func begin(_ minute: Int64) {
    self.minute = minute
    var (day, minuteOfDay) = minute.quotientAndRemainder(dividingBy: 1440)
    if minuteOfDay < 0 {
      day -= 1
      minuteOfDay += 1440
    }
    let date = TimeWriter.civil(day: day)
    withUnsafeMutableBytes(of: &text) { bytes in
      guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
      var writer = DigitWriter(at: start)
      writer.two(UInt8(truncatingIfNeeded: date.year / 100))
      writer.two(UInt8(truncatingIfNeeded: date.year % 100))
      writer.byte(UInt8(ascii: "-"))
      writer.two(UInt8(truncatingIfNeeded: date.month))
      writer.byte(UInt8(ascii: "-"))
      writer.two(UInt8(truncatingIfNeeded: date.day))
      writer.byte(UInt8(ascii: "T"))
      writer.two(UInt8(truncatingIfNeeded: minuteOfDay / 60))
      writer.byte(UInt8(ascii: ":"))
      writer.two(UInt8(truncatingIfNeeded: minuteOfDay % 60))
      writer.byte(UInt8(ascii: ":"))
    }
  }

  /// The proleptic Gregorian date of a day counted from 1970-01-01, without a calendar library:
  /// the result must not depend on locale or time zone. Years are counted from 1 March, so that
  /// the leap day is the last one.
  private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468  // days since 0000-03-01
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
