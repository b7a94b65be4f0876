import ArgumentParser
import TCPModel

/// `5s`, `200ms`, `1.5h`, `14d`. A number alone is refused: whoever keeps 14 means no seconds.
struct DurationArgument: Hashable, ExpressibleByArgument {
  var nanoseconds: Nanoseconds

  private static let units: [(String, Double)] = [
    ("ms", 1e6), ("s", 1e9), ("sec", 1e9), ("m", 60e9), ("min", 60e9), ("h", 3600e9),
    ("d", 86_400e9),
  ]

  /// nil for what is no time, is not above 0 or lasts longer than a century.
  init?(argument: String) {
    let number = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = String(argument[number.endIndex...])
    guard let amount = Double(number),
      let factor = DurationArgument.units.first(where: { $0.0 == unit })?.1,
      case let length = amount * factor, length >= 1e6, length <= 100 * 366 * 86_400e9
    else { return nil }
    nanoseconds = Nanoseconds(length)
  }
}
