import Support
import TCPModel

/// What several capture points tell together, as text.
struct TextPaths {
  let style: TextStyle
  let texts: Texts

  /// The points, and how their clocks stand to the first one's.
  func write(_ paths: PathsSummary, to output: inout ByteWriter) {
    style.paint(words.sentence(paths), .heading, to: &output)
    output.literal("\n")
    for clock in paths.clocks { output.text("  \(words.clock(clock, of: paths))\n") }
    if paths.pairs > 1 { table(paths.directions, to: &output) }
    if !paths.alone.isEmpty { write(paths.alone, of: paths, to: &output) }
    output.literal("\n")
  }

  private static let named = 12

  private var words: PathWords { PathWords(texts) }

  /// Connections that one point alone has, and why.
  private func write(
    _ alone: [PathsSummary.Alone], of paths: PathsSummary, to output: inout ByteWriter
  ) {
    output.literal("\n")
    style.paint(texts("head.onePoint"), .heading, to: &output)
    output.literal("\n")
    var table = TextTable(
      [
        .init(texts("column.id"), .right), .init(texts("column.client"), .left),
        .init(texts("column.server"), .left), .init(texts("column.point"), .left),
        .init(texts("column.why"), .left),
      ], style: style)
    table.begin(
      alone.prefix(Self.named).map { one in
        [
          .init("\(one.id)"), .init(one.client.description), .init(one.server.description),
          .init(paths.points[one.point].name.safeToShow), .init(words.reason(one)),
        ]
      }, to: &output)
    let rest = paths.points.reduce(0) { $0 + $1.unmatched } - min(Self.named, alone.count)
    if rest > 0 { output.text(texts.counted("text.more", rest) + "\n") }
  }

  /// What the path did to one connection.
  func write(_ connection: ConnectionSummary, to output: inout ByteWriter) {
    let remarks = words.remarks(connection)
    guard connection.path != nil || !remarks.isEmpty else { return }
    output.literal("\n")
    style.paint(texts("head.path"), .heading, to: &output)
    output.literal("\n")
    if let path = connection.path { table(path.directions, to: &output) }
    for remark in remarks { output.text("\(remark)\n") }
  }

  private func table(_ directions: PerSide<PathDirection>, to output: inout ByteWriter) {
    var table = TextTable(
      [
        .init(texts("column.from"), .left)
      ]
        + [
          "column.sent", "column.lost", "column.duplicated", "column.reordered",
          "column.injected", "column.unknown", "column.least", "column.median", "column.p95",
          "column.most",
        ].map { .init(texts($0), .right) }, style: style)
    let rows = Side.allCases.map { side in
      let direction = directions[side]
      let delay = direction.delay
      let times = [delay?.min, delay?.median, delay?.p95, delay?.max]
      return [
        TextTable.Cell(texts(side)), TextTable.Cell(Quantity.count(direction.sent)),
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
