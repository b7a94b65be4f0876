/// Numbers as people read them: three significant digits and a unit, the same everywhere.
public enum ReadableText {
  /// `45 ns`, `812 µs`, `20.0 ms`, `12.4 s`, `2 min 05 s`, `1 h 02 min`, `3 d 04 h`.
  public static func duration(_ value: Nanoseconds) -> String {
    let sign = value < 0 ? "-" : ""
    let amount = value.magnitude
    // Each unit ends where rounding to three digits would reach the next one.
    return switch amount {
    case ..<1_000: "\(sign)\(amount) ns"
    case ..<999_500: sign + significant(amount, unit: 1_000) + " µs"
    case ..<999_500_000: sign + significant(amount, unit: 1_000_000) + " ms"
    case ..<59_950_000_000: sign + significant(amount, unit: 1_000_000_000) + " s"
    default: sign + long(seconds: (amount + 500_000_000) / 1_000_000_000)
    }
  }

  /// Bytes in decimal units: `812 B`, `58.0 kB`, `1.24 MB`.
  public static func bytes(_ value: Int64) -> String {
    let sign = value < 0 ? "-" : ""
    let amount = value.magnitude
    return switch amount {
    case ..<1_000: "\(sign)\(amount) B"
    case ..<999_500: sign + significant(amount, unit: 1_000) + " kB"
    case ..<999_500_000: sign + significant(amount, unit: 1_000_000) + " MB"
    case ..<999_500_000_000: sign + significant(amount, unit: 1_000_000_000) + " GB"
    default: sign + significant(amount, unit: 1_000_000_000_000) + " TB"
    }
  }

  /// `2,000`.
  public static func count(_ value: some BinaryInteger) -> String {
    var text = ""
    let digits = String(value.magnitude)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// `amount / unit`, rounded half up to three significant digits, never in scientific notation.
  private static func significant(_ amount: UInt64, unit: UInt64) -> String {
    var places = amount < unit * 10 ? 2 : amount < unit * 100 ? 1 : 0
    var scale = places == 2 ? unit / 100 : places == 1 ? unit / 10 : unit
    var rounded = (amount + scale / 2) / scale
    if rounded == 1_000, places > 0 {
      // 9.996 is 10.0, not 10.00.
      places -= 1
      scale *= 10
      rounded = (amount + scale / 2) / scale
    }
    guard places > 0 else { return String(rounded) }
    let divisor: UInt64 = places == 2 ? 100 : 10
    let fraction = String(rounded % divisor)
    let zeros = String(repeating: "0", count: places - fraction.count)
    return "\(rounded / divisor).\(zeros)\(fraction)"
  }

  private static func long(seconds: UInt64) -> String {
    let (larger, smaller): (String, UInt64) =
      switch seconds {
      case ..<3_600: ("\(seconds / 60) min", seconds % 60)
      case ..<86_400: ("\(seconds / 3_600) h", seconds / 60 % 60)
      default: ("\(seconds / 86_400) d", seconds / 3_600 % 24)
      }
    let unit = seconds < 3_600 ? "s" : seconds < 86_400 ? "min" : "h"
    return "\(larger) \(smaller < 10 ? "0" : "")\(smaller) \(unit)"
  }
}
