import Support
import TCPModel

/// What several capture points tell together, as text.
struct TextPaths {
  let style: TextStyle

  /// The points, and how their clocks stand to the first one's.
  func write(_ paths: PathsSummary, to output: inout ByteWriter) {
    style.paint(PathWords.sentence(paths), .heading, to: &output)
    output.literal("\n")
    for clock in paths.clocks { output.text("  \(PathWords.clock(clock, of: paths))\n") }
    output.literal("\n")
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
      let delay = direction.delay
      let times = [delay?.min, delay?.median, delay?.p95, delay?.max]
      return [
        TextTable.Cell(side.name), TextTable.Cell(Quantity.count(direction.sent)),
        Self.count(direction.lost), Self.count(direction.duplicated),
        Self.count(direction.reordered), Self.count(direction.injected),
        Self.count(direction.unknown),
      ] + times.map { TextTable.Cell(PathWords.duration($0)) }
    }
    table.begin(rows, to: &output)
  }

  private static func count(_ value: Int64) -> TextTable.Cell {
    TextTable.Cell(PathWords.count(value), .doubtful)
  }
}
