import Support
import TCPModel

/// What several capture points tell together, as text.
struct TextPaths {
  let style: TextStyle

  /// The points, and how their clocks stand to the first one's.
  func write(_ paths: PathsSummary, to output: inout ByteWriter) {
    style.paint("Capture points", .heading, to: &output)
    output.text("  \(paths.points.map(\.name.safeToShow).joined(separator: ", "))")
    output.text(": \(Quantity.counted(paths.pairs, "connection")) seen at both ends")
    let alone = paths.points.filter { $0.unmatched > 0 }.map {
      "\(Quantity.count($0.unmatched)) at \($0.name.safeToShow) only"
    }
    if !alone.isEmpty { output.text(", \(alone.joined(separator: ", "))") }
    output.literal("\n")
    for clock in paths.clocks {
      output.text("  clock of \(paths.points[clock.point].name.safeToShow): \(words(clock))\n")
    }
    output.literal("\n")
  }

  /// `3.70 s ahead, give or take 12.1 ms; 51.0 ppm fast`
  private func words(_ clock: ClockComparison) -> String {
    guard let offset = clock.offset else { return "cannot be compared" }
    var text =
      offset == 0
      ? "the same" : "\(Quantity.duration(abs(offset))) \(offset > 0 ? "ahead" : "behind")"
    if let doubt = clock.uncertainty, doubt > 0 {
      text += ", give or take \(Quantity.duration(doubt))"
    }
    if let skew = clock.skewPPM, let doubt = clock.skewUncertaintyPPM, abs(skew) > doubt {
      text += "; \(Self.decimal(abs(skew))) ppm \(skew > 0 ? "fast" : "slow")"
    }
    return text
  }

  private static func decimal(_ value: Double) -> String {
    var text = ByteWriter()
    text.seconds(Int64((value * 10).rounded()) &* 100_000_000, places: 1)
    return String(decoding: text.takeBytes(), as: UTF8.self)
  }

  /// What the path did to one connection.
  func write(_ connection: ConnectionSummary, to output: inout ByteWriter) {
    guard let path = connection.path else { return }
    output.literal("\n")
    style.paint("Path", .heading, to: &output)
    output.literal("\n")
    var table = TextTable(
      [
        .init("From", .left), .init("Sent", .right), .init("Lost", .right),
        .init("Duplicated", .right), .init("Reordered", .right), .init("Injected", .right),
        .init("Unknown", .right), .init("Least", .right), .init("Median", .right),
        .init("p95", .right), .init("Most", .right),
      ], style: style)
    let rows = Side.allCases.map { side in
      let direction = path.directions[side]
      let delays = [\OneWayDelays.min, \.median, \.p95, \.max].map { time in
        TextTable.Cell(direction.delay.map { Quantity.duration($0[keyPath: time]) } ?? "")
      }
      return [
        TextTable.Cell(side.name), TextTable.Cell(Quantity.count(direction.sent)),
        Self.count(direction.lost), Self.count(direction.duplicated),
        Self.count(direction.reordered), Self.count(direction.injected),
        Self.count(direction.unknown),
      ] + delays
    }
    table.begin(rows, to: &output)
  }

  private static func count(_ value: Int64) -> TextTable.Cell {
    TextTable.Cell(value > 0 ? Quantity.count(value) : "", .doubtful)
  }
}
