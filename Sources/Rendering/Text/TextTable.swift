import Support

/// A table of text in aligned columns: widths come from the rows that are there at first, later
/// rows follow them.
struct TextTable {
  struct Column {
    var title: String
    var alignment: Alignment
    /// Columns of a higher number go first where the line is too narrow; 0 always stays.
    var rank: Int

    init(_ title: String, _ alignment: Alignment, rank: Int = 0) {
      self.title = title
      self.alignment = alignment
      self.rank = rank
    }
  }

  enum Alignment { case left, right }

  /// A cell's text, and how it is painted on a terminal.
  struct Cell {
    var text: String
    var paint: Paint = .plain

    init(_ text: String, _ paint: Paint = .plain) {
      self.text = text
      self.paint = paint
    }
  }

  private static let gap = 2
  private let columns: [Column]
  private let alignments: [Alignment]
  private let style: TextStyle
  /// Of the columns that are shown; nil for those left out.
  private var widths: [Int?] = []
  /// Titles of the columns that had no room.
  private(set) var leftOut: [String] = []

  init(_ columns: [Column], style: TextStyle) {
    self.columns = columns
    alignments = columns.map(\.alignment)
    self.style = style
  }

  /// The heading and the first rows; they decide the widths. A column without any text in these
  /// rows is left out.
  mutating func begin(_ rows: [[Cell]], to output: inout ByteWriter) {
    widths = columns.indices.map { column in
      let widest = rows.map { DisplayWidth.of($0[column].text) }.max() ?? 0
      let isEmpty = widest == 0 && columns[column].rank > 0
      return isEmpty ? nil : max(widest, DisplayWidth.of(columns[column].title))
    }
    if let width = style.width { fit(into: width) }
    row(columns.map { Cell($0.title, .heading) }, to: &output)
    for cells in rows { row(cells, to: &output) }
  }

  func row(_ cells: [Cell], to output: inout ByteWriter) {
    // Spaces wait until there is text after them: no line ends in spaces.
    var pending = 0
    for (index, cell) in cells.enumerated() {
      guard let width = widths[index] else { continue }
      let text = style.width == nil ? cell.text : DisplayWidth.shorten(cell.text, to: width)
      let padding = max(0, width - DisplayWidth.of(text))
      let (before, after) = alignments[index] == .left ? (0, padding) : (padding, 0)
      pending += before
      if !text.isEmpty {
        output.spaces(pending)
        style.paint(text, cell.paint, to: &output)
        pending = 0
      }
      pending += after + Self.gap
    }
    output.literal("\n")
  }

  /// Drops the least important columns, then shortens the widest ones.
  private mutating func fit(into width: Int) {
    let isFilled = widths.map { $0 != nil }
    while total > width {
      let candidates = columns.indices.filter { widths[$0] != nil && columns[$0].rank > 0 }
      guard let least = candidates.max(by: { columns[$0].rank < columns[$1].rank }) else { break }
      widths[least] = nil
    }
    leftOut = columns.indices.filter { isFilled[$0] && widths[$0] == nil }.map {
      columns[$0].title
    }
    while total > width {
      guard let widest = columns.indices.max(by: { (widths[$0] ?? 0) < (widths[$1] ?? 0) }),
        let present = widths[widest], present > 8
      else { break }
      widths[widest] = present - 1
    }
  }

  private var total: Int {
    let shown = widths.compactMap(\.self)
    return shown.reduce(0, +) + max(0, shown.count - 1) * Self.gap
  }
}

extension ByteWriter {
  mutating func spaces(_ count: Int) {
    for _ in 0..<max(0, count) { byte(UInt8(ascii: " ")) }
  }
}
