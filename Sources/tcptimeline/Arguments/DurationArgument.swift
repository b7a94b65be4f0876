import ArgumentParser
import TCPModel

/// `10s`, `500ms`, `2min`, `1h`; a number alone is seconds.
struct DurationArgument: Hashable, ExpressibleByArgument {
  var nanoseconds: Nanoseconds

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let units: [String: Nanoseconds] = [
      "": 1_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "min": 60_000_000_000,
      "h": 3_600_000_000_000,
    ]
    guard let number = Int64(digits), number > 0,
      let unit = units[String(argument.dropFirst(digits.count))]
    else { return nil }
    let (time, isTooLong) = number.multipliedReportingOverflow(by: unit)
    if isTooLong { return nil }
    nanoseconds = time
  }
}
