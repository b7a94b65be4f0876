import Support
import TCPModel

/// What several capture points tell together, in words.
enum PathWords {
  /// `Captured at client and server: 6 connections seen at both ends, 1 at client only`
  static func sentence(_ paths: PathsSummary) -> String {
    let names = paths.points.map(\.name.safeToShow)
    let list = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    let alone = paths.points.filter { $0.unmatched > 0 }.map {
      ", \(Quantity.count($0.unmatched)) at \($0.name.safeToShow) only"
    }
    return "Captured at \(list): \(Quantity.counted(paths.pairs, "connection")) seen at both ends"
      + alone.joined()
  }

  /// `clock of server: 3.70 s ahead, give or take 12.1 ms; 51.0 ppm fast`
  static func clock(_ clock: ClockComparison, of paths: PathsSummary) -> String {
    let name = "clock of \(paths.points[clock.point].name.safeToShow): "
    guard let offset = clock.offset else { return name + "cannot be compared" }
    var text =
      offset == 0
      ? "the same"
      : "\(Quantity.duration(Int64(clamping: offset.magnitude))) \(offset > 0 ? "ahead" : "behind")"
    if let doubt = clock.uncertainty, doubt > 0 {
      text += ", give or take \(Quantity.duration(doubt))"
    }
    if let skew = clock.skewPPM, let doubt = clock.skewUncertaintyPPM, abs(skew) > doubt {
      text += "; \(decimal(abs(skew))) ppm \(skew > 0 ? "fast" : "slow")"
    }
    return name + text
  }

  private static func decimal(_ value: Double) -> String {
    var text = ByteWriter()
    text.seconds(Int64((value * 10).rounded()) &* 100_000_000, places: 1)
    return String(decoding: text.takeBytes(), as: UTF8.self)
  }

  static func count(_ value: Int64) -> String { value > 0 ? Quantity.count(value) : "" }

  static func duration(_ value: Nanoseconds?) -> String { value.map(Quantity.duration) ?? "" }
}
