import Support
import TCPModel

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
  /// Heights between the heading and the foot.
  private let room: ClosedRange<Double>
  private(set) var labels: [RowLabel] = []
  /// Rows whose words would meet others.
  private(set) var crowded: Set<Int> = []
  /// The words placed so far, by the bands of height that they lie in.
  private var boxes: [Int: [(row: Int, box: OrientedBox)]] = [:]
  /// Arrows and the edges of broad ones, by the bands of height that they pass.
  private var lines: [Int: [Line]] = [:]

  /// Rows whose arrow another one crosses: no room between rows will change that.
  private var crossed: [Bool] = []

  private struct Line {
    var row: Int
    var start: Point
    var end: Point

    var minY: Double { min(start.y, end.y) }
    var maxY: Double { max(start.y, end.y) }
  }

  private static let bandHeight = 64.0
  /// Arrows closer than this have no room for words of their own between them.
  private static let closest = 8.0
  /// Of more lines in a band than this the others are not looked at: where so many lie upon each
  /// other no place is clear of them.
  private static let mostLines = 48
  /// Rows that lie upon each other are named together up to this many more.
  private static let mostNamed = 2
  /// Pixels of crossing arrows that a SYN's options may hide.
  private static let mostCovered = 40.0
  /// Around words no line comes closer than this.
  private static let clearance = 2.0
  /// Lines closer to words than this count as covered.
  private static let nearness = 1.0
  /// How much further from its arrow are words that reach the cross at its end.
  private static let lift = 4.5
  /// Between the last row and the foot.
  private static let below = 40.0

  init(
    ladder: Ladder, columns: LadderColumns, heights: [LadderSpacing.Heights], top: Double
  ) {
    self.ladder = ladder
    self.columns = columns
    self.heights = heights
    room = top...heights.reduce(top) { max($0, $1.bottom) } + Self.below
    for index in ladder.rows.indices where !ladder.rows[index].isBand {
      let (left, right) = ends(index)
      add(Line(row: index, start: left, end: right))
      if case .run = ladder.rows[index].content {
        let (lowLeft, lowRight) = lastEnds(index)
        add(Line(row: index, start: lowLeft, end: lowRight))
      }
    }
    crossed = ladder.rows.indices.map(isCrossed)
  }

  private mutating func add(_ line: Line) {
    for band in Self.bands(line.minY...line.maxY)
    where lines[band]?.count ?? 0 < Self.mostLines {
      lines[band, default: []].append(line)
    }
  }

  /// Rows that moving apart did not help say less rather than nothing.
  mutating func place(_ words: [RowWords], hopeless: Set<Int>) {
    labels.reserveCapacity(words.count)
    for (index, row) in words.enumerated() {
      var best = bestPlace(row, index)
      if row.endsWithOptions, best.map({ $0.cost > Self.mostCovered }) ?? true, crossed[index] {
        var plain = row
        plain.below = Array(plain.below.dropLast())
        best = bestPlace(plain, index) ?? best
      }
      if best == nil, hopeless.contains(index) { best = shorterPlace(row, index) }
      // Words off the middle are for arrows that cross; others rather move apart.
      if best.map({ $0.cost > 0 && !crossed[index] }) ?? true { crowded.insert(index) }
      labels.append(RowLabel(lines: best?.lines ?? [], isLeftOut: best == nil))
      occupy(best?.lines ?? [], index)
    }
  }

  /// On the strict scale rows cannot move apart: those that lie upon each other share the words of
  /// the weightiest. First come rows that change a state, then the others, and what lies under an
  /// arrow takes the room that is left.
  mutating func placeFirmly(_ words: [RowWords], _ texts: Texts) {
    labels = words.map { _ in RowLabel(lines: [], isLeftOut: true) }
    var shares: [Int: Double] = [:]
    let bundles = bundles.sorted {
      let (left, right) = (ladder.weight(of: $0.leader), ladder.weight(of: $1.leader))
      return left == right ? $0.rows[0] < $1.rows[0] : left > right
    }
    for bundle in bundles {
      let index = bundle.leader
      guard let (best, isNamingAll) = sharedPlace(bundle, words, texts) else { continue }
      shares[index] = best.share
      labels[index] = RowLabel(lines: best.lines)
      if isNamingAll { for other in bundle.others { labels[other].isLeftOut = false } }
      occupy(best.lines, index)
    }
    for index in bundles.map(\.leader) {
      guard let share = shares[index], case .segment = ladder.rows[index].content else { continue }
      for line in lines(words[index], index, share).dropFirst() {
        let box = line.box
        guard isInside([box]), !meetsWords([box]), covered(by: [box], of: index) == 0 else {
          break
        }
        labels[index].lines.append(line)
        occupy([line], index)
      }
    }
  }

  /// A place for the words of all rows of a bundle, else for those of the leader and how many more
  /// segments there are.
  private func sharedPlace(
    _ bundle: Bundle, _ words: [RowWords], _ texts: Texts
  ) -> (place: Place, isNamingAll: Bool)? {
    let index = bundle.leader
    var row = words[index]
    if case .segment = ladder.rows[index].content { row.below = [] }
    let own = row.above.words
    if 1...Self.mostNamed ~= bundle.others.count {
      let all = bundle.rows.map { words[$0].above.words }
      for others in [all, all.map { Array($0.prefix(2)) }] {
        let listed = others.enumerated().flatMap { place, words in
          place == 0 ? words : [Word("+", .label, .muted, gap: 6)] + words.indented(by: 6)
        }
        row.above = RowWords.Line(listed)
        if let place = bestPlace(row, index) { return (place, true) }
      }
    }
    let segments = bundle.others.reduce(0) { $0 + ladder.rows[$1].tally.segments }
    let more = Word(texts.counted("label.more", segments), .detail, .muted, gap: 7)
    row.above = RowWords.Line(segments > 0 ? own + [more] : own)
    return (bestPlace(row, index) ?? shorterPlace(row, index)).map { ($0, segments == 0) }
  }

  private struct Bundle {
    var rows: [Int]
    /// The row that says most.
    var leader: Int

    var others: [Int] { rows.filter { $0 != leader } }
  }

  /// Rows of one direction whose arrows are too close to be told apart, and every other row alone.
  private var bundles: [Bundle] {
    var bundles: [Bundle] = []
    var open = PerSide<Int?>(both: nil)
    for (index, row) in ladder.rows.enumerated() {
      if !row.isBand, let last = open[row.from], isClose(bundles[last].rows[0], index) {
        bundles[last].rows.append(index)
        if ladder.weight(of: index) > ladder.weight(of: bundles[last].leader) {
          bundles[last].leader = index
        }
        continue
      }
      if !row.isBand { open[row.from] = bundles.count }
      bundles.append(Bundle(rows: [index], leader: index))
    }
    return bundles
  }

  private func isClose(_ upper: Int, _ lower: Int) -> Bool {
    let (one, other) = (heights[upper], heights[lower])
    return abs(other.departure - one.departure) < Self.closest
      && abs(other.arrival - one.arrival) < Self.closest
      && other.lastDeparture - one.departure < Self.closest
      && other.lastArrival - one.arrival < Self.closest
  }

  private mutating func occupy(_ lines: [TextLine], _ index: Int) {
    for line in lines {
      let box = line.box
      for band in Self.bands(box) { boxes[band, default: []].append((index, box)) }
    }
  }

  private struct Place {
    var lines: [TextLine]
    /// Along the arrow.
    var share: Double
    var cost: Double
  }

  /// The first words alone, as many as find room.
  private func shorterPlace(_ words: RowWords, _ index: Int) -> Place? {
    for count in words.above.words.indices.reversed() {
      let fewer = RowWords.Line(Array(words.above.words[...count]))
      if let place = bestPlace(RowWords(above: fewer, below: [], need: words.need), index) {
        return place
      }
    }
    return nil
  }

  private func bestPlace(_ words: RowWords, _ index: Int) -> Place? {
    var best: Place?
    for (rank, share) in shares(index).enumerated() {
      // No later place can be better.
      if let best, best.cost <= Double(rank) * 3 { break }
      var lines = self.lines(words, index, share)
      let boxes = lines.map(\.box)
      guard isInside(boxes), !meetsWords(boxes) else { continue }
      let covered = covered(by: boxes, of: index)
      if covered > 0 { for line in lines.indices { lines[line].hasRim = true } }
      let cost = covered + Double(rank) * 3
      if cost < best?.cost ?? .infinity {
        best = Place(lines: lines, share: share, cost: cost)
      }
    }
    return best
  }

  private static let shares = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74]
  private static let runShares = [0.5, 0.38, 0.62, 0.28, 0.72]
  private static let crossedShares = [
    0.25, 0.21, 0.29, 0.17, 0.33, 0.13, 0.37, 0.41, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75,
  ]

  /// Places along the arrow to try, as shares of the way from left to right; the sender's half first.
  private func shares(_ index: Int) -> [Double] {
    let row = ladder.rows[index]
    switch row.content {
    case _ where heights[index].isShort: return [0.5]
    case .run: return Self.runShares
    case .pause, .omission, .snapshot: return [0.5]
    case .segment:
      // Where arrows cross, words stay with their sender.
      let shares = crossed[index] ? Self.crossedShares : Self.shares
      return row.from == .client ? shares : shares.map { 1 - $0 }
    }
  }

  private func lines(_ words: RowWords, _ index: Int, _ share: Double) -> [TextLine] {
    let row = ladder.rows[index]
    let height = heights[index]
    switch row.content {
    case .segment(let segment):
      let (left, right) = ends(index)
      let direction = Direction(from: left, to: right)
      let middle = left.toward(right, share)
      let end = row.from == .client ? Arrow.lostEnd : 1 - Arrow.lostEnd
      let toEnd = abs(end - share) * left.distance(to: right)
      // What stands under a line that gives way to the cross gives way with it.
      var sunk = 0.0
      func line(_ line: RowWords.Line, _ offset: Double) -> TextLine {
        let reachesCross =
          segment.remarks.fate != .arrived && line.width / 2 > toEnd - Arrow.cross - Self.clearance
        if offset > 0, reachesCross { sunk = Self.lift }
        let lift = offset > 0 ? sunk : reachesCross ? -Self.lift : 0
        return TextLine(
          line.words,
          at: Point(
            middle.x - direction.sine * (offset + lift),
            middle.y + direction.cosine * (offset + lift)),
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
    let way = columns.way(row, height)
    return row.from == .client ? (way.tail, way.tip) : (way.tip, way.tail)
  }

  private func lastEnds(_ index: Int) -> (Point, Point) {
    let way = columns.lastWay(ladder.rows[index], heights[index])
    return ladder.rows[index].from == .client ? (way.tail, way.tip) : (way.tip, way.tail)
  }

  private func isInside(_ boxes: [OrientedBox]) -> Bool {
    boxes.allSatisfy {
      $0.minX > columns.clientLine + 5 && $0.maxX < columns.serverLine - 5
        && $0.minY > room.lowerBound && $0.maxY < room.upperBound
    }
  }

  private func meetsWords(_ lines: [OrientedBox]) -> Bool {
    for line in lines {
      for band in Self.bands(line) {
        for (_, other) in boxes[band] ?? []
        where other.maxY > line.minY && other.minY < line.maxY && line.overlaps(other) {
          return true
        }
      }
    }
    return false
  }

  private static func bands(_ box: OrientedBox, around margin: Double = 0) -> ClosedRange<Int> {
    bands(box.minY...max(box.minY, box.maxY), around: margin)
  }

  /// What lies within `margin` of the heights may be in a band of its own.
  private static func bands(
    _ heights: ClosedRange<Double>, around margin: Double = 0
  ) -> ClosedRange<Int> {
    let (top, bottom) = (heights.lowerBound - margin, heights.upperBound + margin)
    let first = Int(clamped: top / bandHeight)
    return first...max(first, Int(clamped: bottom / bandHeight))
  }

  // MARK: Lines that cross

  private func isCrossed(_ index: Int) -> Bool {
    let (left, right) = ends(index)
    var isCrossed = false
    for band in Self.bands(min(left.y, right.y)...max(left.y, right.y)) where !isCrossed {
      isCrossed = (lines[band] ?? []).contains { other in
        let (start, end) = (max(left.x, other.start.x), min(right.x, other.end.x))
        return other.row != index && start < end
          && (height(start, left, right) - height(start, other.start, other.end))
            * (height(end, left, right) - height(end, other.start, other.end)) < 0
      }
    }
    return isCrossed
  }

  /// Of a line where it passes `x`; at its ends without a rounding error.
  private func height(_ x: Double, _ start: Point, _ end: Point) -> Double {
    if x == start.x { return start.y }
    return x == end.x ? end.y : start.toward(end, (x - start.x) / (end.x - start.x)).y
  }

  /// How many pixels of other rows' lines the words would cover.
  private func covered(by boxes: [OrientedBox], of index: Int) -> Double {
    var sum = 0.0
    for box in boxes {
      let bands = Self.bands(box, around: Self.nearness)
      for band in bands {
        for line in lines[band] ?? []
        where line.row != index && line.maxY > box.minY - Self.nearness
          && line.minY < box.maxY + Self.nearness
        {
          // A line of several bands was met in the first of them.
          if band > bands.lowerBound, Int(line.minY / Self.bandHeight) < band { continue }
          guard
            let part = box.covered(from: line.start, to: line.end, margin: Self.nearness)
          else { continue }
          sum += (part.upperBound - part.lowerBound) * line.start.distance(to: line.end)
        }
      }
    }
    return sum
  }

  /// Where a short arrow comes from or goes to what is not drawn, it is broken into dashes.
  private func fading(
    _ height: LadderSpacing.Heights, length: Double
  ) -> [ClosedRange<Double>] {
    guard height.isShort else { return [] }
    let gaps = stride(from: 0.0, to: 3, by: 1).map { number in
      (number * 7 + 4) / length...(number * 7 + 7) / length
    }
    return height.shown.lowerBound > 0 ? gaps : gaps.map { 1 - $0.upperBound...1 - $0.lowerBound }
  }

  /// The parts of a row's arrow that give way to other rows' words, as growing shares of its way
  /// from the sender.
  func gaps(of index: Int) -> [ClosedRange<Double>] {
    let row = ladder.rows[index]
    guard case .segment = row.content else { return [] }
    let (start, end) = columns.way(row, self.heights[index])
    let heights = min(start.y, end.y)...max(start.y, end.y)
    var gaps = fading(self.heights[index], length: start.distance(to: end))
    for band in Self.bands(heights, around: Self.clearance) {
      for (other, box) in boxes[band] ?? [] where other != index {
        if let gap = box.covered(from: start, to: end, margin: Self.clearance) { gaps.append(gap) }
      }
    }
    gaps.sort { $0.lowerBound < $1.lowerBound }
    return gaps.reduce(into: []) { merged, gap in
      // A shorter piece between two would be a speck.
      if let last = merged.last, gap.lowerBound <= last.upperBound + 0.01 {
        merged[merged.count - 1] = last.lowerBound...max(last.upperBound, gap.upperBound)
      } else {
        merged.append(gap)
      }
    }
  }
}

extension [Word] {
  /// With more space before the first.
  fileprivate func indented(by gap: Double) -> [Word] {
    guard var first else { return self }
    first.gap = gap
    return [first] + dropFirst()
  }
}

extension Ladder {
  /// How much a row's words are worth where not all have room.
  fileprivate func weight(of index: Int) -> Int {
    if rows[index].isBand { return 3 }
    if rows[index].isEssential { return 2 }
    let tally = rows[index].tally
    return tally.payload.client > 0 || tally.payload.server > 0 ? 1 : 0
  }
}
