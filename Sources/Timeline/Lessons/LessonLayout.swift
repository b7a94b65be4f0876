import Support
import TCPModel

/// Lays out a lesson: ladders whose arrows carry the numbers of the steps, and what is said of each
/// step beside its arrow; below the ladder where the picture is too narrow for both.
public struct LessonLayout {
  private let page: LessonPage
  private let options: DiagramOptions
  private let texts: Texts

  private static let margin = LadderColumns.margin
  private static let pitch = 17.0
  /// Between the ladder and the words beside it, for the numbers.
  private static let indent = 30.0
  /// No line is longer than can be read.
  private static let widest = 760.0
  private static let leastBeside = 250.0
  /// What a picture of a lesson is wide unless somebody says otherwise.
  public static let usualWidth = 1000

  public init(_ page: LessonPage, _ options: DiagramOptions) {
    self.page = page
    self.options = options
    texts = Texts.of(options.language)
  }

  /// Columns: the ladder's width, and of the words beside it; nil where they stand below.
  private var columns: (ladder: Double, words: Double?) {
    let width = options.fittingWidth
    if hidesWords { return (width, nil) }
    let room = width - Double(DiagramOptions.widths.lowerBound) - Self.indent
    guard room >= Self.leastBeside else { return (width, nil) }
    let words = min(max(Self.leastBeside, width * 0.3), 420, room)
    return (width - words - Self.indent, words - Self.margin)
  }

  public var figure: Figure {
    let width = options.fittingWidth
    var y = 10.0
    var shapes: [Shape] = []
    if !options.hidden.contains(.head) {
      y = 36
      shapes.append(.text(TextLine([Word(page.title, .title)], at: Point(Self.margin, y))))
      y += 20
      if !page.source.isEmpty {
        shapes.append(
          .text(TextLine([Word(page.source, .note, .muted)], at: Point(Self.margin, y))))
        y += 22
      }
    }
    paragraph(page.before, at: Self.margin, width: full, &y, &shapes)
    var pace: [Int] = []
    for part in page.parts { add(part, &y, &shapes, &pace) }
    paragraph(page.after, at: Self.margin, width: full, &y, &shapes)
    y += 8
    if !options.hidden.contains(.foot), !options.isSlide { shapes.append(foot(&y)) }
    var figure = Figure(
      width: width, height: y + 6, title: page.title, summary: telling, shapes: shapes)
    if page.showing == .moving { figure.pace = pace }
    return figure
  }

  /// The ladder of one part with the numbers of its steps, for a page that brings the words.
  public static func ladder(
    _ part: LessonPage.Part, _ page: LessonPage, _ options: DiagramOptions,
    steps: LadderSteps? = nil
  ) -> Figure {
    var options = options
    options.isExpanded = options.isExpanded || page.isScript
    let layout = LadderLayout(
      part.connection, part.header, options, steps: steps ?? part.numbers)
    var figure = layout.figure
    if page.showing != .whole {
      let unfolding = Unfolding(layout, first: 0, limit: part.limit(layout, first: 0, page.showing))
      figure.shapes = unfolding.unfolded(figure.shapes)
    }
    if page.showing == .moving { figure.pace = part.pace(layout) }
    return figure
  }

  private var hidesWords: Bool { options.hidden.contains(.words) }

  private var full: Double { min(Self.widest, options.fittingWidth - 2 * Self.margin) }

  private func add(
    _ part: LessonPage.Part, _ y: inout Double, _ shapes: inout [Shape], _ pace: inout [Int]
  ) {
    let width = options.fittingWidth
    if !options.hidden.contains(.head) {
      shapes.append(
        .line(Point(Self.margin, y), Point(width - Self.margin, y), Stroke(.faint, 1)))
    }
    y += 6
    if !part.title.isEmpty, !options.hidden.contains(.head) {
      y += 18
      shapes.append(.text(TextLine([Word(part.title, .titleSmall)], at: Point(Self.margin, y))))
      y += 6
    }
    if !part.before.isEmpty, !hidesWords {
      y += 16
      paragraph(part.before, at: Self.margin, width: full, &y, &shapes)
    }
    let columns = self.columns
    var steps = hidesWords ? LadderSteps(numbers: [:]) : part.numbers
    var wrapped: [Int64: [String]] = [:]
    for step in part.steps {
      let lines = TextMetrics.wrapped(
        step.sentence, .body, width: columns.words ?? full - Self.indent)
      wrapped[step.number] = lines
      if columns.words != nil { steps.room[step.number] = Double(lines.count) * Self.pitch + 10 }
    }
    var narrow = options
    narrow.width = Int(columns.ladder)
    narrow.isExpanded = narrow.isExpanded || page.isScript
    let layout = LadderLayout(part.connection, part.header, narrow, steps: steps)
    let ladder = layout.figure
    let limit = part.limit(layout, first: pace.count, page.showing)
    let unfolding =
      page.showing == .whole ? nil : Unfolding(layout, first: pace.count, limit: limit)
    shapes += (unfolding?.unfolded(ladder.shapes) ?? ladder.shapes).map { $0.moved(x: 0, y: y) }
    let rows = Dictionary(uniqueKeysWithValues: steps.rows(of: layout.ladder))
    /// What is said of a step comes with its row.
    func say(_ number: Int64, at point: Point) -> Double {
      let (group, height) = words(wrapped[number] ?? [], number, at: point)
      let order = pace.count + (rows[number] ?? 0)
      shapes += unfolding?.timed([group], Moment(order)) ?? [group]
      return height
    }
    if columns.words != nil {
      let x = columns.ladder + Self.indent
      var end = -Double.infinity
      for (number, row) in steps.rows(of: layout.ladder) {
        let top = max(y + layout.heights[row].departure, end)
        end = top + say(number, at: Point(x, top))
      }
      y = max(y + ladder.height, end) + 4
    } else {
      y += ladder.height + 14
      for step in part.steps where !hidesWords {
        y += say(step.number, at: Point(Self.margin + Self.indent, y))
      }
    }
    pace += part.pace(layout)
    if !part.after.isEmpty, !hidesWords {
      y += 14
      paragraph(part.after, at: Self.margin, width: full, &y, &shapes)
    }
    y += 8
  }

  /// The number and the sentence of a step, and their height.
  private func words(_ lines: [String], _ number: Int64, at point: Point) -> (Shape, Double) {
    var parts = LadderSteps.badge(number, at: Point(point.x - 16, point.y), .muted)
    for (index, line) in lines.enumerated() {
      parts.append(
        .text(
          TextLine(
            [Word(line, .body)], at: Point(point.x, point.y + 4 + Double(index) * Self.pitch))))
    }
    return (
      .group(ShapeGroup("step", [.init("number", number)], parts)),
      Double(lines.count) * Self.pitch + 10
    )
  }

  private func paragraph(
    _ text: String, at x: Double, width: Double, _ y: inout Double, _ shapes: inout [Shape]
  ) {
    if text.isEmpty || hidesWords { return }
    for line in TextMetrics.wrapped(text, .body, width: width) {
      shapes.append(.text(TextLine([Word(line, .body)], at: Point(x, y))))
      y += Self.pitch
    }
    y += 4
  }

  /// How to read the ladders.
  public var reading: [String] {
    var words: [String] = []
    for part in page.parts {
      var options = options
      options.isExpanded = options.isExpanded || page.isScript
      let layout = LadderLayout(part.connection, part.header, options, steps: part.numbers)
      for sentence in LadderFoot.sentences(layout) where !words.contains(sentence) {
        words.append(sentence)
      }
    }
    return words
  }

  private func foot(_ y: inout Double) -> Shape {
    let width = options.fittingWidth - 2 * Self.margin
    var shapes: [Shape] = [
      .line(
        Point(Self.margin, y), Point(options.fittingWidth - Self.margin, y), Stroke(.faint, 1))
    ]
    y += 20
    for sentence in reading {
      for line in TextMetrics.wrapped(sentence, .note, width: width) {
        shapes.append(.text(TextLine([Word(line, .note, .muted)], at: Point(Self.margin, y))))
        y += 16
      }
    }
    return .group(ShapeGroup("foot", [], shapes))
  }

  /// All that is said, for readers who do not see the picture.
  private var telling: String {
    var sentences = [page.before]
    for part in page.parts {
      sentences += [part.title.isEmpty ? "" : part.title + texts("sentence.end"), part.before]
      sentences += part.steps.map { "\($0.number). \($0.label): \($0.sentence)" }
      sentences.append(part.after)
    }
    sentences.append(page.after)
    return sentences.filter { !$0.isEmpty }.joined(separator: " ")
  }
}

extension LessonPage {
  /// Tenths of a second in which a sentence can be read.
  static func pace(of sentence: String) -> Int { min(60, 12 + sentence.count / 3) }
}

extension LessonPage.Part {
  /// The last moment to be shown of a ladder; nil where all are.
  fileprivate func limit(
    _ layout: LadderLayout, first: Int, _ showing: LessonPage.Showing
  ) -> Int? {
    guard case .upTo(let step) = showing else { return nil }
    let last = numbers.rows(of: layout.ladder).last { $0.number <= step }
    // Before its first step nothing of a part is shown, behind its last one everything.
    if let last, last.number == steps.last?.number, last.number < step { return .max }
    return last.map { first + $0.row } ?? -1
  }

  /// How long each row stays the last one: until what is said of it can be read.
  fileprivate func pace(_ layout: LadderLayout) -> [Int] {
    let sentences = Dictionary(steps.map { ($0.frame, $0.sentence) }) { first, _ in first }
    return layout.ladder.rows.map { row in
      guard case .segment(let segment) = row.content, let text = sentences[segment.frame] else {
        return 7
      }
      return LessonPage.pace(of: text)
    }
  }
}
