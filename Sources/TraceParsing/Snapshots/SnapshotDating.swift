import Support
import TCPModel

/// When a file's snapshots were taken: the file's name says it, or a line inside, or the time of
/// its last change, in this order.
///
/// A name can date only one snapshot, so it dates the file's first. A name with a date and no time
/// of day comes after a line inside, which is finer.
public struct SnapshotDating {
  private let nameTime: Timestamp?
  private let nameDay: Timestamp?
  private let modificationTime: Timestamp?
  /// The file's name without the time.
  let label: String

  init(path: String, modificationTime: Timestamp?) {
    let name = SnapshotDating.lastName(path)
    let found = SnapshotDating.time(inName: name)
    let rest = found.map { name[..<$0.range.lowerBound] + name[$0.range.upperBound...] }
    label = String(decoding: rest ?? name[...], as: UTF8.self)
    nameTime = found?.hasTimeOfDay == true ? found?.time : nil
    nameDay = found?.hasTimeOfDay == false ? found?.time : nil
    self.modificationTime = modificationTime
  }

  private static func lastName(_ path: String) -> [UInt8] { Array(path.lastPathComponent.utf8) }

  /// What stands before and behind the time in a file's name; nil for one without a time of day.
  static func aroundTime(path: String) -> (before: String, after: String)? {
    let name = lastName(path)
    guard let found = time(inName: name), found.hasTimeOfDay else { return nil }
    return (
      String(decoding: name[..<found.range.lowerBound], as: UTF8.self),
      String(decoding: name[found.range.upperBound...], as: UTF8.self)
    )
  }

  /// Whether a name, of a folder say, is or begins with a day.
  public static func isDay(_ name: String) -> Bool {
    time(inName: Array(name.utf8)) != nil
  }

  /// The name gives a time, or at least a day.
  var isDated: Bool { nameTime != nil || nameDay != nil }

  func time(
    ofSnapshot index: Int, timeLine: Timestamp?
  ) -> (Timestamp?, SnapshotInfo.TimeBasis?) {
    if index == 0, let nameTime { return (nameTime, .fileName) }
    if let timeLine { return (timeLine, .timeLine) }
    if index == 0, let nameDay { return (nameDay, .fileName) }
    if let modificationTime { return (modificationTime, .modificationTime) }
    return (nil, nil)
  }

  /// Epoch seconds of ten digits, with or without a fraction, or ISO 8601, anywhere in the name.
  private static func time(
    inName name: [UInt8]
  ) -> (time: Timestamp, hasTimeOfDay: Bool, range: Range<Int>)? {
    var day: (Timestamp, Range<Int>)?
    var position = 0
    while position < name.count {
      guard isDigit(name, position), position == 0 || !isDigit(name, position - 1) else {
        position += 1
        continue
      }
      if let (time, end) = epoch(name, at: position) { return (time, true, position..<end) }
      var scanner = ISO8601Scanner(name, from: position)
      if let (time, hasTimeOfDay) = scanner.timestamp() {
        let range = position..<scanner.position
        if hasTimeOfDay { return (time, true, range) }
        day = day ?? (time, range)
      }
      position += 1
    }
    return day.map { ($0.0, false, $0.1) }
  }

  /// `1795356342` or `1795356342.637`; nil unless exactly ten digits stand before the point.
  private static func epoch(
    _ text: [UInt8], at start: Int
  ) -> (time: Timestamp, end: Int)? {
    var end = start
    var seconds: Int64 = 0
    while isDigit(text, end), end - start < 11 {
      seconds = seconds * 10 + Int64(text[end] - 0x30)
      end += 1
    }
    guard end - start == 10, text[start] != 0x30 else { return nil }
    var nanoseconds: Int64 = 0
    if end < text.count, text[end] == UInt8(ascii: "."), isDigit(text, end + 1) {
      var unit: Int64 = 100_000_000
      end += 1
      while isDigit(text, end) {
        nanoseconds += Int64(text[end] - 0x30) * unit
        unit /= 10
        end += 1
      }
    }
    // 9,999,999,999 s lie beyond 2262, where 64 bits of nanoseconds end.
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? nil : (Timestamp(nanoseconds: product &+ nanoseconds), end)
  }

  private static func isDigit(_ text: [UInt8], _ index: Int) -> Bool {
    index < text.count && text[index] &- 0x30 < 10
  }
}

// MARK: - Lines

extension SnapshotDating {
  /// The time a line of its own gives: what `date`, `date +%s`, `date -Is` and `date -R` print, with
  /// or without words and rules around it. nil when the line says anything else.
  static func timeLine(_ line: UnsafeRawBufferPointer) -> TimeLine? {
    guard line.count <= 160 else { return nil }
    var words = line.split(omittingEmptySubsequences: true) { $0 <= 0x20 || isRule($0) }
      .map { Array($0) }
    while let last = words.last, last.allSatisfy(isRuleInside) { words.removeLast() }
    for start in 0..<min(words.count, 5) {
      if start > 0, !isWord(words[start - 1]) { return nil }
      if let time = time(words[start...]) { return time }
    }
    return nil
  }

  private static func isRule(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "#") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "*")
      || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "(")
      || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "@")
  }

  private static func isRuleInside(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
  }

  private static func isWord(_ word: [UInt8]) -> Bool {
    word.allSatisfy { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || isRuleInside($0) }
  }

  private static func time(_ words: ArraySlice<[UInt8]>) -> TimeLine? {
    if words.count == 1, let word = words.first, let (time, end) = epoch(word, at: 0),
      end == word.count
    {
      return TimeLine(clock: time, zone: .offset(0))
    }
    if let time = iso(words) { return time }
    var date = DateWords()
    for word in words where !date.take(word) { return nil }
    return date.timeLine
  }

  /// `2026-09-16T03:00:01+02:00`, and `2026-09-16 03:00:01 CEST` in two or three words.
  private static func iso(_ words: ArraySlice<[UInt8]>) -> TimeLine? {
    var words = words
    var zone = TimeLine.Zone.missing
    if words.count > 1, let last = words.last, let named = SnapshotZones.zone(last) {
      zone = named
      words = words.dropLast()
    }
    guard (1...2).contains(words.count) else { return nil }
    let joined = Array(words.joined(separator: [0x20]))
    var scanner = ISO8601Scanner(joined)
    guard let (time, hasTimeOfDay) = scanner.timestamp(), hasTimeOfDay, scanner.isAtEnd else {
      return nil
    }
    if zone == .missing, endsWithOffset(joined) { zone = .offset(0) }
    return TimeLine(clock: time, zone: zone)
  }

  /// `Z`, or a sign behind the time of day: the scanner has applied it.
  private static func endsWithOffset(_ text: [UInt8]) -> Bool {
    if text.last == UInt8(ascii: "Z") || text.last == UInt8(ascii: "z") { return true }
    if text.contains(UInt8(ascii: "+")) { return true }
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return false }
    return text[colon...].contains(UInt8(ascii: "-"))
  }
}

/// The parts of a date in words, in whatever order the locale has them:
/// `Wed Sep 16 03:00:01 AM UTC 2026`, `Wed, 16 Sep 2026 03:00:01 +0200`.
private struct DateWords {
  private var year: Int?
  private var month: Int?
  private var day: Int?
  private var clock: (hour: Int, minute: Int, second: Int)?
  private var isAfternoon: Bool?
  private var zone = TimeLine.Zone.missing

  mutating func take(_ word: [UInt8]) -> Bool {
    let text = String(decoding: word, as: UTF8.self)
    let bare = text.hasSuffix(",") ? String(text.dropLast()) : text
    if let number = Int(bare), word.first != UInt8(ascii: "+"), word.first != UInt8(ascii: "-") {
      if bare.count == 4, year == nil {
        year = number
        return true
      }
      guard bare.count <= 2, day == nil else { return false }
      day = number
      return true
    }
    if let clock = DateWords.clock(bare), self.clock == nil {
      self.clock = clock
      return true
    }
    let lowercase = bare.lowercased()
    if let index = DateWords.months.firstIndex(where: { lowercase.hasPrefix($0) }), month == nil {
      month = index + 1
      return true
    }
    if lowercase == "am" || lowercase == "pm" {
      isAfternoon = lowercase == "pm"
      return true
    }
    if DateWords.days.contains(where: { lowercase.hasPrefix($0) }) { return true }
    guard zone == .missing, let zone = SnapshotZones.zone(word) else { return false }
    self.zone = zone
    return true
  }

  var timeLine: TimeLine? {
    guard let year, let month, let day, var clock else { return nil }
    if let isAfternoon {
      guard (1...12).contains(clock.hour) else { return nil }
      clock.hour = clock.hour % 12 + (isAfternoon ? 12 : 0)
    }
    return Timestamp(
      year: year, month: month, day: day, hour: clock.hour, minute: clock.minute,
      second: clock.second
    ).map { TimeLine(clock: $0, zone: zone) }
  }

  private static func clock(_ text: String) -> (hour: Int, minute: Int, second: Int)? {
    let parts = text.split(separator: ":").map { Int($0) }
    guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2] else {
      return nil
    }
    return (hour, minute, second)
  }

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]
  private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
}
