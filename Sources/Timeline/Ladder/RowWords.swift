import Support
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
  /// The last of them is what a SYN offers: good to know, but not worth hiding other arrows.
  var endsWithOptions = false
  var need: LadderSpacing.Need

  static func all(
    _ ladder: Ladder, _ texts: Texts, hidden: Set<DiagramOptions.Part>, steps: LadderSteps?,
    room: Double
  ) -> [RowWords] {
    let label = SegmentLabel(ladder.connection, texts, hidden: hidden, steps: steps)
    return ladder.rows.map { row in
      var need = LadderSpacing.Need()
      var lines: [[Word]]
      switch row.content {
      case .segment(let segment):
        lines = [
          label.words(segment), label.remarks(segment), label.options(segment),
        ]
      case .run(let run):
        let (first, second) = label.words(run, from: row.from, duration: row.end.less(row.start))
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
        lines += label.details(omission, duration: row.end.less(row.start), room: room - 24)
        need.body = 16 + 14 * Double(lines.count)
      case .snapshot(let mark):
        lines = mark.lines(texts, room: room - 2 * LadderColumns.markIndent)
        need.body = 5 + 13 * Double(lines.count)
      }
      let below = lines.dropFirst().filter { !$0.isEmpty }.map { Line(fitting($0, room)) }
      var words = RowWords(above: Line(fitting(lines[0], room)), below: below, need: need)
      if case .segment = row.content {
        words.need.linesBelow = below.count
        words.endsWithOptions = !lines[2].isEmpty
      }
      return words
    }
  }

  /// An arrow with an end that is not drawn is a little longer than its words.
  func shown(without end: LadderRow.End, of room: Double) -> ClosedRange<Double> {
    let width = below.reduce(above.width) { max($0, $1.width) }
    let share = min((width + 48) / room, 0.95)
    return end == .departure ? (1 - share)...1 : 0...share
  }

  /// A list loses its last parts, another text its end: half a part says nothing.
  private static func cut(_ word: Word, _ room: Double) -> String {
    var text = word.text[...]
    while TextMetrics.width(String(text), word.font) > room,
      let end = [" · ", ", "].compactMap({ text.ranges(of: $0).last?.lowerBound }).max()
    {
      text = text[..<end]
    }
    return TextMetrics.fitting(String(text), word.font, width: room)
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
          cut.text = Self.cut(word, left)
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
