extension Timestamp {
  /// RFC 3339 in UTC with nine decimals: `2023-11-14T22:13:20.004184000Z`.
  public var rfc3339: String {
    String(unsafeUninitializedCapacity: 32) { buffer in write(to: buffer) }
  }

  /// Writes the RFC 3339 text (30 bytes) and gives its length.
  public func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let wholeSeconds = fraction < 0 ? seconds - 1 : seconds
    let (days, rest) = wholeSeconds.quotientAndRemainder(dividingBy: 86_400)
    let day = rest < 0 ? days - 1 : days
    let secondOfDay = UInt64(rest < 0 ? rest + 86_400 : rest)
    let date = Timestamp.civil(day: day)
    var writer = DigitWriter(buffer: buffer)
    writer.decimal(UInt64(date.year), width: 4)
    writer.byte(UInt8(ascii: "-"))
    writer.decimal(UInt64(date.month), width: 2)
    writer.byte(UInt8(ascii: "-"))
    writer.decimal(UInt64(date.day), width: 2)
    writer.byte(UInt8(ascii: "T"))
    writer.decimal(secondOfDay / 3600, width: 2)
    writer.byte(UInt8(ascii: ":"))
    writer.decimal(secondOfDay / 60 % 60, width: 2)
    writer.byte(UInt8(ascii: ":"))
    writer.decimal(secondOfDay % 60, width: 2)
    writer.byte(UInt8(ascii: "."))
    writer.decimal(UInt64(fraction < 0 ? fraction + 1_000_000_000 : fraction), width: 9)
    writer.byte(UInt8(ascii: "Z"))
    return writer.count
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
