import TCPModel

/// Amounts as people read them: three significant digits and a unit.
public enum Quantity {
  private static let second: Int64 = 1_000_000_000

  /// `870 ns`, `19 µs`, `50.4 ms`, `2.91 s`, `3 min 12 s`, `5 h 02 min`, `3 d 04 h`.
  public static func duration(_ duration: Nanoseconds) -> String {
    if duration < 0 { return "−" + self.duration(duration == .min ? .max : -duration) }
    if duration == 0 { return "0 s" }
    if duration < 1000 { return "\(duration) ns" }
    if duration < 1_000_000, duration % 1000 == 0 { return "\(duration / 1000) µs" }
    if let text = significant(duration, unit: 1000, limit: 1000) { return text + " µs" }
    if let text = significant(duration, unit: 1_000_000, limit: 1000) { return text + " ms" }
    if let text = significant(duration, unit: second, limit: 100) { return text + " s" }
    let seconds = (duration - second / 2) / second + 1
    if seconds < 3600 {
      return "\(seconds / 60) min" + (seconds % 60 > 0 ? " \(seconds % 60) s" : "")
    }
    let minutes = (seconds + 30) / 60
    if minutes < 48 * 60 {
      return "\(minutes / 60) h" + (minutes % 60 > 0 ? " \(twoDigits(minutes % 60)) min" : "")
    }
    let hours = (minutes + 30) / 60
    return "\(hours / 24) d" + (hours % 24 > 0 ? " \(twoDigits(hours % 24)) h" : "")
  }

  /// `300 B`, `6.0 kB`, `58 kB`, `1.2 MB`: powers of 1000.
  public static func bytes(_ count: Int64) -> String {
    let count = max(0, count)
    if count < 1000 { return "\(count) B" }
    var unit: Int64 = 1000
    for name in ["kB", "MB", "GB", "TB", "PB"] {
      let tenths = rounded(count, to: unit / 10)
      if tenths < 100 { return "\(tenths / 10).\(tenths % 10) \(name)" }
      let whole = rounded(count, to: unit)
      if whole < 1000 { return "\(whole) \(name)" }
      unit *= 1000
    }
    return "\(count / 1_000_000_000_000_000) PB"
  }

  /// `0.050391`: seconds with so many decimals, cut, not rounded, so that no row shows the future.
  public static func seconds(_ offset: Nanoseconds, decimals: Int) -> String {
    if offset < 0 { return "−" + seconds(offset == .min ? .max : -offset, decimals: decimals) }
    var unit: Int64 = second
    for _ in 0..<decimals { unit /= 10 }
    let fraction = String(offset % second / unit).zeroPadded(to: decimals)
    return "\(offset / second).\(fraction)"
  }

  /// `850 bit/s`, `9.7 kbit/s`, `94 Mbit/s`: powers of 1000.
  public static func bitRate(_ rate: Int64) -> String {
    // The same steps as bytes have; only the names differ: `kB` is `kbit/s`.
    bytes(rate).dropLast() + "bit/s"
  }

  /// `1.50` for 1,500 in units of 1,000 with two decimals, cut.
  public static func decimal(_ value: Int64, unit: Int64, decimals: Int) -> String {
    let whole = value.magnitude / unit.magnitude
    var text = (value < 0 ? "−" : "") + String(whole)
    guard decimals > 0 else { return text }
    text += "."
    var rest = value.magnitude % unit.magnitude
    var place = unit.magnitude
    for _ in 0..<decimals {
      place /= 10
      guard place > 0 else { return text }
      text += String(rest / place)
      rest %= place
    }
    return text
  }

  /// `12.8 %`, rounded; `0.0 %` of nothing.
  public static func percent(_ part: Int64, of whole: Int64) -> String {
    guard whole > 0 else { return percent(tenths: 0) }
    let (product, isTooLarge) = part.multipliedReportingOverflow(by: 2000)
    let halves = isTooLarge ? part / max(1, whole / 2000) : product / whole
    return percent(tenths: Int(clamping: (halves + 1) / 2))
  }

  /// `1.5 %` for 15, which is in thousandths.
  public static func percent(tenths: Int) -> String { "\(tenths / 10).\(tenths % 10) %" }

  /// `12,345`: thousands apart, as in both languages.
  public static func count(_ number: Int64) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "−" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  public static func count(_ number: Int) -> String { count(Int64(number)) }

  /// `1 frame`, `12,345 frames`: of nouns that take an s.
  public static func counted(_ number: Int64, _ noun: String) -> String {
    "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  public static func counted(_ number: Int, _ noun: String) -> String {
    counted(Int64(number), noun)
  }

  /// Three significant digits of `value / unit`, or nil when they would reach `limit`.
  private static func significant(_ value: Int64, unit: Int64, limit: Int64) -> String? {
    if value % unit == 0, value / unit < limit { return "\(value / unit)" }
    // Rounded once, to what will be shown, so that 999.96 becomes the next unit's 1.00.
    let hundredths = rounded(value, to: unit / 100)
    if hundredths < 1000 { return "\(hundredths / 100).\(twoDigits(hundredths % 100))" }
    let tenths = rounded(value, to: unit / 10)
    if tenths < 1000 { return "\(tenths / 10).\(tenths % 10)" }
    let whole = rounded(value, to: unit)
    return whole < limit ? "\(whole)" : nil
  }

  private static func rounded(_ value: Int64, to unit: Int64) -> Int64 {
    value / unit + (value % unit >= unit / 2 ? 1 : 0)
  }

  /// `07`; a number of more digits as it is.
  public static func twoDigits(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
