import TCPModel

/// A time that a line of its own gives.
struct TimeLine {
  enum Zone: Equatable {
    /// Seconds east of UTC.
    case offset(Int)
    /// An abbreviation, as `date` prints it.
    case name(String)
    /// None is given.
    case missing
  }

  /// As if the zone were UTC.
  var clock: Timestamp
  var zone: Zone
}

/// The time zones of one file's time lines.
///
/// An abbreviation may stand for several zones (CST: China, Cuba, North America), and a line may
/// name none. Such times are read as UTC and the report says so: whatever the zone is, their order
/// and their distances are right.
struct SnapshotZones {
  /// What was assumed, and the line where it was first.
  private(set) var assumptions: [(zone: String?, line: UInt32)] = []
  /// Seconds east of UTC of the abbreviations met so far.
  private var offsets: [String: Int] = [:]

  mutating func time(of line: TimeLine, at number: UInt32) -> Timestamp {
    line.clock.advanced(by: Int64(-offset(of: line.zone, at: number)) * 1_000_000_000)
  }

  private mutating func offset(of zone: TimeLine.Zone, at line: UInt32) -> Int {
    switch zone {
    case .offset(let seconds): return seconds
    case .missing:
      assume(nil, line)
      return 0
    case .name(let name):
      if let known = offsets[name] { return known }
      let seconds = offset(of: name, at: line)
      offsets[name] = seconds
      return seconds
    }
  }

  /// Of an abbreviation that is new in the file. Its other half of the year keeps the distance.
  private mutating func offset(of name: String, at line: UInt32) -> Int {
    for (standard, summer) in SnapshotZones.halves {
      if name == summer, let known = offsets[standard] { return known + 3600 }
      if name == standard, let known = offsets[summer] { return known - 3600 }
    }
    if let hours = SnapshotZones.unambiguous[name] { return hours * 3600 }
    assume(name, line)
    return 0
  }

  private mutating func assume(_ zone: String?, _ line: UInt32) {
    guard !assumptions.contains(where: { $0.zone == zone }) else { return }
    assumptions.append((zone, line))
  }

  var warnings: [String] {
    assumptions.map { zone, line in
      let what =
        zone.map { "the zone \($0) of line \(line) has no one offset" }
        ?? "the time of line \(line) names no zone"
      return "\(what); read as UTC, so that order and distances are right"
    }
  }

  /// Abbreviations that mean one zone only, in hours east of UTC.
  private static let unambiguous = [
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AKST": -9, "AKDT": -8, "HST": -10,
  ]

  /// Of ambiguous ones: standard time, and the summer time an hour ahead of it.
  private static let halves = [
    ("CST", "CDT"), ("IST", "IDT"), ("GMT", "BST"), ("AST", "ADT"), ("ACST", "ACDT"),
    ("IRST", "IRDT"), ("GMT", "IST"), ("WAT", "WAST"), ("ART", "ARST"), ("BRT", "BRST"),
  ]

  /// Two to five capital letters may be one.
  static func isAbbreviation(_ word: [UInt8]) -> Bool {
    (2...5).contains(word.count) && word.allSatisfy { (0x41...0x5A).contains($0) }
      || word == [UInt8(ascii: "Z")]
  }

  /// Seconds east of UTC of `+0200`, `+02`, `+02:00`.
  static func offset(_ word: [UInt8]) -> Int? {
    let text = String(decoding: word, as: UTF8.self)
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    let digits = text.dropFirst().filter { $0 != ":" }
    guard digits.count == 2 || digits.count == 4, let number = Int(digits), number >= 0 else {
      return nil
    }
    let seconds = digits.count == 2 ? number * 3600 : number / 100 * 3600 + number % 100 * 60
    return sign == "-" ? -seconds : seconds
  }

  static func zone(_ word: [UInt8]) -> TimeLine.Zone? {
    if let seconds = offset(word) { return .offset(seconds) }
    return isAbbreviation(word) ? .name(String(decoding: word, as: UTF8.self)) : nil
  }
}
