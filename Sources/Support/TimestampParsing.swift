import TCPModel

extension Timestamp {
  /// A date and time of the proleptic Gregorian calendar, in UTC unless `offset` says otherwise.
  ///
  /// nil when a field is out of its range. Second 60 is a leap second and counts as the next
  /// second, as POSIX time has it.
  public init?(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
    nanosecond: Int64 = 0, secondsEastOfUTC offset: Int = 0
  ) {
    guard (1678...2261).contains(year), (1...12).contains(month), (1...31).contains(day),
      day <= Timestamp.days(inMonth: month, of: year), (0...24).contains(hour),
      (0...59).contains(minute), (0...60).contains(second),
      (0..<1_000_000_000).contains(nanosecond),
      abs(offset) < 86_400
    else { return nil }
    let days = Timestamp.dayNumber(year: Int64(year), month: Int64(month), day: Int64(day))
    let secondOfDay = Int64(hour * 3600 + minute * 60 + second - offset)
    self.init(nanoseconds: (days * 86_400 + secondOfDay) * 1_000_000_000 + nanosecond)
  }

  /// Reads ISO 8601 as people and programs write it: `2023-11-14T22:13:20.004Z`,
  /// `2023-11-14 22:13:20+09:00`, `20231114T221320Z`, `2023-11-14_22-13`, `2023-11-14`.
  ///
  /// Between date and time stands `T`, `_`, `-` or a blank; between hours and minutes `:`, `-`, `.`
  /// or nothing. Without a zone the time is UTC: the result must not depend on where it is read.
  public init?(iso8601 text: some StringProtocol) {
    var bytes = ISO8601Scanner(Array(text.utf8))
    guard let (time, _) = bytes.timestamp(), bytes.isAtEnd else { return nil }
    self = time
  }

  static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01; years begin in March here, so that the leap day is the last one.
  private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

/// Reads a date and time out of the middle of a text.
public struct ISO8601Scanner {
  private let bytes: [UInt8]
  public private(set) var position: Int

  public init(_ bytes: [UInt8], from position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  public var isAtEnd: Bool { position >= bytes.count }

  /// The date here and, if one follows, its time; nil, and nothing consumed, when there is none.
  public mutating func timestamp() -> (time: Timestamp, hasTimeOfDay: Bool)? {
    let start = position
    guard let date = date() else {
      position = start
      return nil
    }
    let behindDate = position
    if let clock = timeOfDay(), let offset = zone(),
      let time = Timestamp(
        year: date.year, month: date.month, day: date.day, hour: clock.hour, minute: clock.minute,
        second: clock.second, nanosecond: clock.nanosecond, secondsEastOfUTC: offset)
    {
      return (time, true)
    }
    position = behindDate
    guard !isDigit(at: position),
      let time = Timestamp(year: date.year, month: date.month, day: date.day)
    else {
      position = start
      return nil
    }
    return (time, false)
  }

  private mutating func date() -> (year: Int, month: Int, day: Int)? {
    guard let year = number(digits: 4) else { return nil }
    let isExtended = skip("-")
    guard let month = number(digits: 2), !isExtended || skip("-"), let day = number(digits: 2)
    else { return nil }
    return (year, month, day)
  }

  private mutating func timeOfDay()
    -> (hour: Int, minute: Int, second: Int, nanosecond: Int64)?
  {
    guard skip("T") || skip("t") || skip("_") || skip("-") || skip(" "),
      let hour = number(digits: 2)
    else { return nil }
    let separator = timeSeparator()
    guard let minute = number(digits: 2) else { return nil }
    let behindMinute = position
    guard timeSeparator() == separator, let second = number(digits: 2) else {
      position = behindMinute
      return isDigit(at: position) ? nil : (hour, minute, 0, 0)
    }
    guard !isDigit(at: position) else { return nil }
    return (hour, minute, second, fraction())
  }

  /// `:`, or what file names have in its place.
  private mutating func timeSeparator() -> UInt8? {
    guard position < bytes.count, [0x3A, 0x2D, 0x2E, 0x5F].contains(bytes[position]) else {
      return nil
    }
    position += 1
    return bytes[position - 1]
  }

  /// `.004184`, cut after nine digits.
  private mutating func fraction() -> Int64 {
    guard position + 1 < bytes.count, bytes[position] == 0x2E || bytes[position] == 0x2C,
      isDigit(at: position + 1)
    else { return 0 }
    position += 1
    var value: Int64 = 0
    var unit: Int64 = 100_000_000
    while isDigit(at: position) {
      value += Int64(bytes[position] - 0x30) * unit
      unit /= 10
      position += 1
    }
    return value
  }

  /// Seconds east of UTC; 0 when nothing is said.
  private mutating func zone() -> Int? {
    if skip("Z") || skip("z") { return 0 }
    let start = position
    let isEast = skip("+")
    guard isEast || skip("-"), let hours = number(digits: 2) else {
      position = start
      return 0
    }
    _ = skip(":")
    let minutes = number(digits: 2) ?? 0
    guard hours < 24, minutes < 60, !isDigit(at: position) else { return nil }
    return (hours * 3600 + minutes * 60) * (isEast ? 1 : -1)
  }

  private func isDigit(at index: Int) -> Bool {
    index < bytes.count && bytes[index] &- 0x30 < 10
  }

  private mutating func number(digits: Int) -> Int? {
    guard position + digits <= bytes.count else { return nil }
    var value = 0
    for index in position..<(position + digits) {
      guard isDigit(at: index) else { return nil }
      value = value * 10 + Int(bytes[index] - 0x30)
    }
    position += digits
    return value
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }
}
