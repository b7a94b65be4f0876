import TCPModel

/// The words of a row before they have a place, and the room the row asks for because of them.
struct RowWords {
  /// Words in a line, measured once: they are tried in many places.
  struct Line {
    var words: [Word]
    var width: Double

    init(_ words: [Word]) {
      self.words = words
      width = TextLine.width(of: words)
    }
  }

  var above: Line
  /// Lines under the arrow: what a SYN offers, what is to be remarked.
  var below: [Line]
  var need: LadderSpacing.Need

  static func all(_ ladder: Ladder, _ texts: Texts, room: Double) -> [RowWords] {
    let label = SegmentLabel(
      texts: texts, phases: PhaseFinder(phases: ladder.connection.phases))
    return ladder.rows.map { row in
      var need = LadderSpacing.Need()
      var lines: [[Word]]
      switch row.content {
      case .segment(let segment, let remarks):
        lines = [
          label.words(segment, remarks), label.remarks(segment, remarks), label.options(segment),
        ]
      case .run(let run):
        let (first, second) = label.words(run, from: row.from, duration: row.end &- row.start)
        lines = [first, second]
        need.body = second.isEmpty ? 24 : 36
        // ACKs alone stay in the background.
        if run.tally.dataSegments[row.from] == 0 { need.highestBody = need.body }
      case .pause(let silence):
        let text = texts("break.idle", ["time": Quantity.duration(silence)])
        lines = [[Word(text, .note, .muted)]]
        need.body = 26
      case .omission(let omission):
        lines = [label.words(omission)]
        lines += label.details(omission, duration: row.end &- row.start, room: room - 24)
        need.body = 16 + 14 * Double(lines.count)
      case .snapshot(let mark):
        lines = mark.lines(texts, room: room - 2 * LadderColumns.markIndent)
        need.body = 5 + 13 * Double(lines.count)
      }
      let below = lines.dropFirst().filter { !$0.isEmpty }.map { Line(fitting($0, room)) }
      if case .segment = row.content { need.linesBelow = below.count }
      return RowWords(above: Line(fitting(lines[0], room)), below: below, need: need)
    }
  }

  /// The words that fit, the least important (last) ones dropped or cut.
  private static func fitting(_ words: [Word], _ room: Double) -> [Word] {
    var kept: [Word] = []
    var left = room
    for word in words {
      let width = TextMetrics.width(word.text, word.font) + word.gap
      if width > left {
        if kept.isEmpty {
          var cut = word
          cut.text = TextMetrics.fitting(word.text, word.font, width: left)
          kept.append(cut)
        }
        break
      }
      kept.append(word)
      left -= width
    }
    return kept
  }
}

/// The words of a row in their places.
struct RowLabel {
  var lines: [TextLine]
  /// Found no place.
  var isLeftOut = false
}

/// Finds places for the rows' words along their arrows.
struct LabelPlacement {
  let ladder: Ladder
  let columns: LadderColumns
  let heights: [LadderSpacing.Heights]
  private(set) var labels: [RowLabel] = []
  /// Rows whose words would meet others.
  private(set) var crowded: Set<Int> = []
  /// The words placed so far, by the bands of height that they lie in.
  private var boxes: [Int: [OrientedBox]] = [:]
  /// The first arrow of every row.
  private let arrows: [OrientedBox]
  private let isBand: [Bool]

  private static let bandHeight = 64.0
  /// How many rows before and after one have arrows that may run through its words.
  private static let reach = 14

  init(ladder: Ladder, columns: LadderColumns, heights: [LadderSpacing.Heights]) {
    self.ladder = ladder
    self.columns = columns
    self.heights = heights
    isBand = ladder.rows.map(\.isBand)
    arrows = zip(ladder.rows, heights).map { row, height in
      let (left, right) = Self.ends(row, height, columns)
      return OrientedBox(from: left, to: right)
    }
  }

  /// Rows that moving apart did not help say less rather than nothing.
  mutating func place(_ words: [RowWords], hopeless: Set<Int>) {
    labels.reserveCapacity(words.count)
    for (index, row) in words.enumerated() {
      var best = bestPlace(row, index)
      if best == nil, hopeless.contains(index) {
        for count in row.above.words.indices.reversed() {
          let fewer = RowWords.Line(Array(row.above.words[...count]))
          best = bestPlace(RowWords(above: fewer, below: [], need: row.need), index)
          if best != nil { break }
        }
      }
      // Words off the middle are for arrows that cross; others rather move apart.
      if let best, best.cost > 0, !isCrossed(index) { crowded.insert(index) }
      if let best {
        labels.append(RowLabel(lines: best.lines))
        for line in best.lines {
          for band in Self.bands(line.box) { boxes[band, default: []].append(line.box) }
        }
      } else {
        labels.append(RowLabel(lines: [], isLeftOut: true))
        crowded.insert(index)
      }
    }
  }

  private func bestPlace(_ words: RowWords, _ index: Int) -> (lines: [TextLine], cost: Int)? {
    var best: (lines: [TextLine], cost: Int)?
    for (rank, share) in shares(index).enumerated() {
      var lines = self.lines(words, index, share)
      let boxes = lines.map(\.box)
      guard isInside(boxes), !meetsWords(boxes) else { continue }
      let crossings = crossings(boxes, index)
      if crossings > 0 { for line in lines.indices { lines[line].hasRim = true } }
      let cost = crossings * 10 + rank
      if cost < best?.cost ?? .max { best = (lines, cost) }
      if cost == 0 { break }
    }
    return best
  }

  private static let shares = [0.5, 0.42, 0.58, 0.34, 0.66]
  private static let runShares = [0.5, 0.38, 0.62, 0.28, 0.72]
  private static let crossedShares = [
    0.25, 0.29, 0.33, 0.21, 0.37, 0.41, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75,
  ]

  /// Places along the arrow to try, as shares of the way from left to right; the sender's half first.
  private func shares(_ index: Int) -> [Double] {
    let row = ladder.rows[index]
    switch row.content {
    case .run: return Self.runShares
    case .pause, .omission, .snapshot: return [0.5]
    case .segment:
      // Where arrows cross, words stay with their sender.
      let shares = isCrossed(index) ? Self.crossedShares : Self.shares
      return row.from == .client ? shares : shares.map { 1 - $0 }
    }
  }

  private func lines(_ words: RowWords, _ index: Int, _ share: Double) -> [TextLine] {
    let row = ladder.rows[index]
    let height = heights[index]
    switch row.content {
    case .segment:
      let (left, right) = ends(index)
      let direction = Direction(from: left, to: right)
      let middle = left.toward(right, share)
      func line(_ line: RowWords.Line, _ offset: Double) -> TextLine {
        TextLine(
          line.words,
          at: Point(middle.x - direction.sine * offset, middle.y + direction.cosine * offset),
          anchor: .middle, along: direction, width: line.width)
      }
      return [line(words.above, -5)]
        + words.below.enumerated().map { line($1, 12.5 + Double($0) * 13) }
    case .run:
      let (left, right) = ends(index)
      let (lowLeft, lowRight) = lastEnds(index)
      let from = left.toward(lowLeft, 0.5)
      let to = right.toward(lowRight, 0.5)
      let direction = Direction(from: from, to: to)
      let middle = from.toward(to, share)
      func line(_ line: RowWords.Line, _ offset: Double) -> TextLine {
        TextLine(
          line.words, at: Point(middle.x - direction.sine * offset, middle.y + offset),
          anchor: .middle, along: direction, width: line.width)
      }
      if words.below.isEmpty { return [line(words.above, 4)] }
      return [line(words.above, -2.5)] + words.below.map { line($0, 11) }
    case .snapshot:
      let middle = (height.departure + height.lastDeparture) / 2
      var y = middle + 3.5 - 6.5 * Double(words.below.count)
      return ([words.above] + words.below).map { line in
        defer { y += 13 }
        return TextLine(
          line.words, at: Point(columns.mark(row.from), y),
          anchor: row.from == .client ? .start : .end, width: line.width)
      }
    case .pause, .omission:
      let middle = (height.departure + height.lastDeparture) / 2
      var y = middle + 4 - 7 * Double(words.below.count)
      var lines: [TextLine] = []
      for line in [words.above] + words.below {
        lines.append(
          TextLine(
            line.words, at: Point(columns.middle, y), anchor: .middle, width: line.width))
        y += 14
      }
      return lines
    }
  }

  /// The arrow's ends from left to right.
  private func ends(_ index: Int) -> (Point, Point) {
    Self.ends(ladder.rows[index], heights[index], columns)
  }

  private static func ends(
    _ row: LadderRow, _ height: LadderSpacing.Heights, _ columns: LadderColumns
  ) -> (Point, Point) {
    let isClient = row.from == .client
    return (
      Point(columns.clientLine, isClient ? height.departure : height.arrival),
      Point(columns.serverLine, isClient ? height.arrival : height.departure)
    )
  }

  private func lastEnds(_ index: Int) -> (Point, Point) {
    let height = heights[index]
    let isClient = ladder.rows[index].from == .client
    return (
      Point(columns.clientLine, isClient ? height.lastDeparture : height.lastArrival),
      Point(columns.serverLine, isClient ? height.lastArrival : height.lastDeparture)
    )
  }

  private func isInside(_ boxes: [OrientedBox]) -> Bool {
    boxes.allSatisfy { $0.minX > columns.clientLine + 5 && $0.maxX < columns.serverLine - 5 }
  }

  private func meetsWords(_ lines: [OrientedBox]) -> Bool {
    for line in lines {
      for band in Self.bands(line) {
        for other in boxes[band] ?? []
        where other.maxY > line.minY && other.minY < line.maxY && line.overlaps(other) {
          return true
        }
      }
    }
    return false
  }

  private static func bands(_ box: OrientedBox) -> ClosedRange<Int> {
    Int(box.minY / bandHeight)...Int(max(box.minY, box.maxY) / bandHeight)
  }

  /// Another arrow crosses this one: no room between rows will change that.
  private func isCrossed(_ index: Int) -> Bool {
    let (left, right) = ends(index)
    for other in near(index) where other != index && !isBand[other] {
      let (otherLeft, otherRight) = ends(other)
      if (left.y - otherLeft.y) * (right.y - otherRight.y) < 0 { return true }
    }
    return false
  }

  /// How many other arrows run through the words.
  private func crossings(_ lines: [OrientedBox], _ index: Int) -> Int {
    var count = 0
    for other in near(index) where other != index && !isBand[other] {
      let arrow = arrows[other]
      for line in lines
      where arrow.maxY > line.minY - 1 && arrow.minY < line.maxY + 1
        && line.overlaps(arrow, tolerance: -1)
      {
        count += 1
      }
    }
    return count
  }

  /// The rows whose arrows may be close.
  private func near(_ index: Int) -> Range<Int> {
    max(0, index - Self.reach)..<min(heights.count, index + Self.reach + 1)
  }
}
