import TCPModel

/// The words of a row before they have a place, and the room the row asks for because of them.
struct RowWords {
  var above: [Word]
  /// Lines under the arrow: what a SYN offers, what is to be remarked.
  var below: [[Word]]
  var need: LadderSpacing.Need

  static func all(_ ladder: Ladder, _ texts: Texts, room: Double) -> [RowWords] {
    let label = SegmentLabel(
      texts: texts, phases: PhaseFinder(phases: ladder.connection.phases))
    return ladder.rows.map { row in
      var words = RowWords(above: [], below: [], need: LadderSpacing.Need())
      switch row.content {
      case .segment(let segment, let remarks):
        words.above = fitting(label.words(segment, remarks), room)
        for line in [label.remarks(segment, remarks), label.options(segment)] where !line.isEmpty {
          words.below.append(fitting(line, room))
        }
        words.need.linesBelow = words.below.count
      case .run(let run):
        let (first, second) = label.words(run, from: row.from, duration: row.end &- row.start)
        words.above = fitting(first, room)
        if !second.isEmpty { words.below = [fitting(second, room)] }
        words.need.body = second.isEmpty ? 24 : 36
      case .pause(let silence):
        words.above = [
          Word(texts("break.idle", ["time": Quantity.duration(silence)]), .note, .muted)
        ]
        words.need.body = 26
      case .omission(let omission):
        words.above = fitting(label.words(omission), room)
        words.below = label.details(omission, duration: row.end &- row.start, room: room - 24)
        words.need.body = 30 + 14 * Double(words.below.count)
      }
      return words
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
  private var boxes: [(box: OrientedBox, top: Double, bottom: Double)] = []

  /// How many lines placed before one can still be near it.
  private static let memory = 240
  /// How many rows before and after one have arrows that may run through its words.
  private static let reach = 14

  init(ladder: Ladder, columns: LadderColumns, heights: [LadderSpacing.Heights]) {
    self.ladder = ladder
    self.columns = columns
    self.heights = heights
  }

  mutating func place(_ words: [RowWords]) {
    labels.reserveCapacity(words.count)
    for (index, row) in words.enumerated() {
      var best: (lines: [TextLine], cost: Int)?
      for (rank, share) in shares(index).enumerated() {
        var lines = self.lines(row, index, share)
        guard isInside(lines), !meetsWords(lines) else { continue }
        let crossings = crossings(lines, index)
        if crossings > 0 { for line in lines.indices { lines[line].hasRim = true } }
        let cost = crossings * 10 + rank
        if cost < best?.cost ?? .max { best = (lines, cost) }
        if cost == 0 { break }
      }
      // Words off the middle are for arrows that cross; others rather move apart.
      if let best, best.cost > 0, !isCrossed(index) { crowded.insert(index) }
      if let best {
        labels.append(RowLabel(lines: best.lines))
        for line in best.lines {
          let box = line.box
          boxes.append((box, box.minY, box.maxY))
        }
      } else {
        labels.append(RowLabel(lines: [], isLeftOut: true))
        crowded.insert(index)
      }
    }
  }

  private static let shares = [0.5, 0.42, 0.58, 0.34, 0.66]
  private static let crossedShares = [
    0.25, 0.29, 0.33, 0.21, 0.37, 0.41, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75,
  ]

  /// Places along the arrow to try, as shares of the way from left to right; the sender's half first.
  private func shares(_ index: Int) -> [Double] {
    let row = ladder.rows[index]
    switch row.content {
    case .run, .pause, .omission: return [0.5]
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
      func line(_ words: [Word], _ offset: Double) -> TextLine {
        TextLine(
          words,
          at: Point(middle.x - direction.sine * offset, middle.y + direction.cosine * offset),
          anchor: .middle, along: direction)
      }
      return [line(words.above, -5)]
        + words.below.enumerated().map { line($1, 12.5 + Double($0) * 13) }
    case .run:
      let (left, right) = ends(index)
      let (lowLeft, lowRight) = lastEnds(index)
      let from = left.toward(lowLeft, 0.5)
      let to = right.toward(lowRight, 0.5)
      let direction = Direction(from: from, to: to)
      let middle = from.toward(to, 0.5)
      func line(_ words: [Word], _ offset: Double) -> TextLine {
        TextLine(
          words, at: Point(middle.x - direction.sine * offset, middle.y + offset),
          anchor: .middle, along: direction)
      }
      if words.below.isEmpty { return [line(words.above, 4)] }
      return [line(words.above, -2.5)] + words.below.map { line($0, 11) }
    case .pause, .omission:
      let middle = (height.departure + height.lastDeparture) / 2
      var y = middle + 4 - 7 * Double(words.below.count)
      var lines: [TextLine] = []
      for words in [words.above] + words.below {
        lines.append(TextLine(words, at: Point(columns.middle, y), anchor: .middle))
        y += 14
      }
      return lines
    }
  }

  /// The arrow's ends from left to right.
  private func ends(_ index: Int) -> (Point, Point) {
    let height = heights[index]
    let isClient = ladder.rows[index].from == .client
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

  private func isInside(_ lines: [TextLine]) -> Bool {
    lines.allSatisfy { line in
      let box = line.box
      return box.minX > columns.clientLine + 5 && box.maxX < columns.serverLine - 5
    }
  }

  private func meetsWords(_ lines: [TextLine]) -> Bool {
    for line in lines {
      let box = line.box
      let (top, bottom) = (box.minY, box.maxY)
      for other in boxes.suffix(Self.memory)
      where other.bottom > top && other.top < bottom && box.overlaps(other.box) {
        return true
      }
    }
    return false
  }

  /// Another arrow crosses this one: no room between rows will change that.
  private func isCrossed(_ index: Int) -> Bool {
    let (left, right) = ends(index)
    let rows = max(0, index - Self.reach)..<min(heights.count, index + Self.reach + 1)
    return rows.contains { other in
      guard other != index, !ladder.rows[other].isBand else { return false }
      let (otherLeft, otherRight) = ends(other)
      return (left.y - otherLeft.y) * (right.y - otherRight.y) < 0
    }
  }

  /// How many other arrows run through the words.
  private func crossings(_ lines: [TextLine], _ index: Int) -> Int {
    var count = 0
    let rows = max(0, index - Self.reach)..<min(heights.count, index + Self.reach + 1)
    for other in rows where other != index && !ladder.rows[other].isBand {
      let (left, right) = ends(other)
      let arrow = OrientedBox(from: left, to: right)
      for line in lines where line.box.overlaps(arrow, tolerance: -1) { count += 1 }
    }
    return count
  }
}
