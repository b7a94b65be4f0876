import Support
import TCPModel

/// The right column: a bracket for every phase, with its name and duration.
struct LadderPhases {
  private struct Bracket {
    var phases: [Phase]
    var top: Double
    var bottom: Double
    /// The rows left out that all of it belongs to.
    var omission: Int?

    var height: Double { bottom - top }
  }

  let layout: LadderLayout
  private let brackets: [Bracket]
  private let blocks: [[[Word]]]
  private let middles: [Double]

  /// Lower brackets than this cannot be told apart; neighbours of them share one.
  private static let lowest = 4.0
  private static let nameHeight = 15.0
  /// Of the server's own time.
  private static let worthTelling: Nanoseconds = 1_000_000

  init(layout: LadderLayout, end: Double) {
    self.layout = layout
    var brackets: [Bracket] = []
    let phases = layout.connection.phases
    let lastDrawn = phases.lastIndex { $0.name != .timeWait }
    let omissions = layout.ladder.rows.filter { row in
      if case .omission = row.content { true } else { false }
    }
    for (index, phase) in phases.enumerated() {
      var bracket = Bracket(
        phases: [phase], top: layout.height(at: phase.start),
        bottom: layout.height(at: phase.start.plus(phase.duration)))
      if phase.name == .timeWait {
        bracket.top = layout.segmentsBottom + 12
        bracket.bottom = end
      } else if index == lastDrawn {
        bracket.bottom = max(bracket.bottom, layout.segmentsBottom)
      }
      bracket.omission = omissions.firstIndex {
        $0.start <= phase.start && phase.start.plus(phase.duration) <= $0.end
      }
      // No copy of the last one outlives this: the list that grows would be copied each time.
      let isJoined =
        brackets.last.map { last in
          bracket.omission != nil && bracket.omission == last.omission
            || bracket.height < Self.lowest && last.height < Self.lowest
        } ?? false
      if isJoined {
        let last = brackets.count - 1
        brackets[last].phases.append(phase)
        brackets[last].bottom = max(brackets[last].bottom, bracket.bottom)
      } else {
        brackets.append(bracket)
      }
    }
    self.brackets = brackets
    blocks = brackets.map { Self.words($0, layout) }
    middles = Stacking.middles(
      zip(brackets, blocks).map { bracket, lines in
        Stacking.Item(
          wanted: (bracket.top + bracket.bottom) / 2,
          height: Double(lines.count) * Self.nameHeight + 3)
      }, top: layout.top)
  }

  /// Where the lowest words end.
  var bottom: Double {
    guard let middle = middles.last, let lines = blocks.last else { return 0 }
    return middle + Double(lines.count) * Self.nameHeight / 2
  }

  var shapes: [Shape] {
    let x = layout.columns.phase
    var shapes: [Shape] = []
    for (index, bracket) in brackets.enumerated() {
      guard let phase = bracket.phases.first else { continue }
      let lines = blocks[index]
      let middle = middles[index]
      let height = max(2, bracket.height - 3)
      let top = bracket.top + (bracket.height - height) / 2
      let isAfter = phase.name == .timeWait
      let ink: Ink = bracket.phases.count > 1 ? .idle : phase.name.ink
      var parts: [Shape] = [
        .rectangle(
          x: x, y: top, width: 4, height: height, radius: min(2, height / 2),
          isAfter
            ? Area(.tint(.timeWait), Stroke(.timeWait, 1, .dashed)) : Area(.solid(ink)))
      ]
      let isAside = middle < bracket.top || middle > bracket.bottom
      if isAside {
        parts.append(
          .polyline(
            [
              Point(x + 4, top + height / 2), Point(x + 8, top + height / 2), Point(x + 11, middle),
            ],
            Stroke(ink, 1)))
      }
      var y = middle - Double(lines.count) * Self.nameHeight / 2 + 11.5
      for words in lines {
        parts.append(.text(layout.clear(TextLine(words, at: Point(x + 14, y)))))
        y += Self.nameHeight
      }
      var facts: [ShapeGroup.Fact] = [
        .init("name", phase.name.name), .init("duration-ns", phase.duration),
        .init("start-ns", phase.start),
      ]
      if bracket.phases.count > 1 { facts.append(.init("count", bracket.phases.count)) }
      shapes.append(.group(ShapeGroup("phase", facts, parts)))
    }
    return shapes
  }

  /// Name over duration where there is room, else side by side.
  private static func words(_ bracket: Bracket, _ layout: LadderLayout) -> [[Word]] {
    let texts = layout.texts
    guard let phase = bracket.phases.first else { return [] }
    let room = layout.columns.right - layout.columns.phase - 14
    if bracket.phases.count > 1 {
      let sum = bracket.phases.reduce(Nanoseconds(0)) { $0.plus($1.duration) }
      let several = Word(texts.counted("phase.several", bracket.phases.count), .note, .muted)
      let time = Word(Quantity.duration(sum), .fixed, .muted)
      return beside(several, time, gap: 6, room: room) ?? [[several], [time]]
    }
    let name = Word(texts("phase." + phase.name.name), .word)
    var duration =
      phase.duration > 0 ? Quantity.duration(phase.duration) : texts("phase.instant")
    if phase.name == .timeWait, phase.basis != .snapshot {
      duration = texts("phase.2msl", ["time": duration])
    }
    let time = Word(TextMetrics.fitting(duration, .fixed, width: room), .fixed, .muted)
    if bracket.height < 2 * nameHeight + 2 {
      if let line = beside(name, time, gap: 7, room: room) { return line }
    }
    var lines = [[name], [time]]
    if phase.name == .tls, bracket.height >= 3 * nameHeight + 2,
      let trips = layout.connection.summary.spoken?.tls?.roundTrips, trips > 0
    {
      let text = texts.counted("phase.roundTrips", Int64(trips))
      lines += TextMetrics.wrapped(text, .note, width: room).map { [Word($0, .note, .muted)] }
    }
    if let own = layout.connection.summary.serverTime(of: phase), own >= worthTelling,
      bracket.height >= 3 * nameHeight + 2
    {
      let text = texts("phase.serverTime", ["time": Quantity.duration(own)])
      lines += TextMetrics.wrapped(text, .note, width: room).map { [Word($0, .note, .muted)] }
    }
    if phase.name == .teardown, bracket.height > 56,
      let halfClosed = layout.connection.summary.teardown.halfClosed, halfClosed > 0
    {
      let text = texts("phase.halfClosed", ["time": Quantity.duration(halfClosed)])
      lines += TextMetrics.wrapped(text, .note, width: room).map { [Word($0, .note, .muted)] }
    }
    return lines
  }

  /// Both in one line, where it has room for them.
  private static func beside(_ name: Word, _ time: Word, gap: Double, room: Double) -> [[Word]]? {
    var time = time
    time.gap = gap
    let line = [name, time]
    return TextLine.width(of: line) <= room ? [line] : nil
  }
}
