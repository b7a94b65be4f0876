import Support
import TCPModel

/// Lays out an explanation: a ladder without times, and beside each step what happens.
public struct ExplanationLayout {
  private let explanation: Explanation
  private let showing: LessonPage.Showing
  private let texts: Texts
  private let options: DiagramOptions

  private static let margin = LadderColumns.margin
  /// Of a picture of the usual width.
  private static let usual = (width: 920.0, client: 148.0, server: 452.0, sentence: 600.0)
  private let width: Double
  private let clientLine: Double
  private let serverLine: Double
  private let sentence: Double
  private static let fall = 26.0
  private static let pitch = 17.0

  public init(
    _ explanation: Explanation, _ options: DiagramOptions,
    showing: LessonPage.Showing = .whole
  ) {
    self.explanation = explanation
    self.showing = showing
    self.options = options
    texts = Texts.of(options.language)
    if options.hidden.contains(.words) {
      width = Self.usual.client + Self.usual.server
      (clientLine, serverLine) = (Self.usual.client, Self.usual.server)
      sentence = width
      return
    }
    width = options.fittingWidth
    // Narrower pictures take from every column, wider ones give to the sentences.
    let missing = max(0, Self.usual.width - width)
    clientLine = Self.usual.client - missing * 0.1
    serverLine = Self.usual.server - missing * 0.42
    sentence = Self.usual.sentence - missing * 0.5
  }

  public var figure: Figure {
    var shapes: [Shape] = []
    var y = 10.0
    if hasHead {
      shapes = [
        .text(TextLine([Word(explanation.title, .title)], at: Point(Self.margin, 36))),
        .text(TextLine([Word(explanation.subtitle, .note, .muted)], at: Point(Self.margin, 56))),
      ]
      y = 74
    }
    var number = 1
    for part in explanation.parts { shapes += self.part(part, number: &number, y: &y) }
    let sentences = explanation.parts.flatMap { part in
      [part.title + texts("sentence.end"), part.before]
        + part.steps.map { $0.label + ": " + $0.sentence } + [part.after]
    }
    var figure = Figure(
      width: width, height: y, title: explanation.title,
      summary: sentences.filter { !$0.isEmpty }.joined(separator: " "), shapes: shapes)
    if showing == .moving {
      figure.pace = explanation.parts.flatMap(\.steps).map { LessonPage.pace(of: $0.sentence) }
    }
    return figure
  }

  private func part(
    _ part: Explanation.Part, number: inout Int, y: inout Double
  ) -> [Shape] {
    var shapes: [Shape] = []
    if hasHead {
      shapes.append(
        .line(Point(Self.margin, y), Point(width - Self.margin, y), Stroke(.faint, 1)))
    }
    y += 28
    if hasWords {
      shapes.append(
        .text(TextLine([Word(part.title, .titleSmall)], at: Point(sentence - 28, y))))
    }
    for side in Side.allCases {
      let name = TextMetrics.fitting(name(of: side), .head, width: 2 * clientLine - 16)
      shapes.append(
        .text(TextLine([Word(name, .head)], at: Point(line(side), y), anchor: .middle)))
    }
    let top = y + 12
    y += 16
    let first = number - 1
    var rows: [(step: Explanation.Step, top: Double)] = []
    var words: [[Shape]] = []
    y = paragraph(part.before, y + 14, &shapes) + 20
    for step in part.steps {
      rows.append((step, y))
      let circle = Point(sentence - 18, y + 2)
      var said: [Shape] = []
      if hasWords {
        said = [
          .circle(circle, radius: 10, Area(.tint(.handshake), Stroke(.handshake, 1))),
          .text(
            TextLine(
              [Word(String(number), .labelStrong)], at: Point(circle.x, circle.y + 4),
              anchor: .middle)),
        ]
      }
      number += 1
      y = max(paragraph(step.sentence, y + 6, &said), y + Self.fall + 18) + 14
      words.append(said)
    }
    let isEnd = part.chapter == .closing
    var afterwards: [Shape] = []
    let end = max(paragraph(part.after, y + 6, &afterwards), y + 60)
    if words.isEmpty { words.append([]) }
    words[words.count - 1] += afterwards
    let unfolding = unfolding(rows, first: first)
    for (index, said) in words.enumerated() {
      shapes += unfolding?.timed(said, Moment(first + index)) ?? said
    }
    let states = states(rows, top: top, end: end, isEnd: isEnd)
    shapes += unfolding?.unfolded(states) ?? states
    for side in Side.allCases {
      shapes.append(
        .line(Point(line(side), top), Point(line(side), end), Stroke(.faint, 1.5)))
    }
    let arrows = rows.map { arrow($0.step, $0.top) }
    shapes += unfolding?.unfolded(arrows) ?? arrows
    if isEnd {
      let wait = twoMSL(from: rows.last?.top ?? top, to: end - 22)
      shapes += unfolding?.timed(wait, Moment(first + rows.count - 1)) ?? wait
    }
    y = end + 22
    return shapes
  }

  /// nil for the whole picture.
  private func unfolding(
    _ rows: [(step: Explanation.Step, top: Double)], first: Int
  ) -> Unfolding? {
    let frames = rows.enumerated().map { (String($1.step.segment.frame), $0) }
    let limit: Int?
    switch showing {
    case .whole: return nil
    case .moving: limit = nil
    case .upTo(let step): limit = step - 1
    }
    return Unfolding(
      tops: rows.map(\.top), rows: Dictionary(frames) { first, _ in first }, first: first,
      limit: limit)
  }

  private var hasHead: Bool { !options.hidden.contains(.head) }
  private var hasWords: Bool { !options.hidden.contains(.words) }

  /// What it was given, else its role.
  private func name(of side: Side) -> String {
    options.names[explanation.connection.summary.endpoint(side).address]
      .map { TextMetrics.plain($0) } ?? texts("side." + side.name)
  }

  private func line(_ side: Side) -> Double {
    side == .client ? clientLine : serverLine
  }

  /// Writes lines from the base line on, and gives where they end.
  private func paragraph(_ text: String, _ y: Double, _ shapes: inout [Shape]) -> Double {
    var y = y
    let lines =
      hasWords ? TextMetrics.wrapped(text, .body, width: width - Self.margin - sentence) : []
    for line in lines {
      shapes.append(.text(TextLine([Word(line, .body)], at: Point(sentence, y))))
      y += Self.pitch
    }
    return y - Self.pitch + 8
  }

  private func arrow(_ step: Explanation.Step, _ y: Double) -> Shape {
    let segment = step.segment
    let ink: Ink = segment.flags.contains(.fin) || segment.at > 90_000_000 ? .teardown : .handshake
    let tail = Point(line(segment.from), y)
    let tip = Point(line(segment.from.peer), y + Self.fall)
    let (left, right) = tail.x < tip.x ? (tail, tip) : (tip, tail)
    let direction = Direction(from: left, to: right)
    let middle = left.toward(right, 0.5)
    let label = TextLine(
      labelWords(step.label, ink),
      at: Point(middle.x + direction.sine * 6, middle.y - direction.cosine * 6),
      anchor: .middle, along: direction)
    return .group(
      ShapeGroup(
        "segment",
        [
          .init("frame", segment.frame), .init("from", segment.from.name),
          .init("flags", segment.flags.names.joined(separator: ",")),
          .init("seq", segment.sequence), .init("ack", segment.acknowledgment ?? 0),
          .init("len", segment.payload), .init("at-ns", segment.at),
        ], tooltip: step.sentence,
        [
          .circle(tail, radius: 2.6, Area(.solid(ink))),
          .line(tail, tail.toward(tip, 0.985), Stroke(ink, 1.8)),
          Arrow.head(from: tail, to: tip, ink), .text(label),
        ]))
  }

  private func labelWords(_ label: String, _ ink: Ink) -> [Word] {
    let parts = label.split(separator: "  ").map(String.init)
    return parts.enumerated().map { index, text in
      index == 0 ? Word(text, .word, ink) : Word(text, .body, .text, gap: 9)
    }
  }

  /// Names and bars, each from the segment that brings the state.
  private func states(
    _ rows: [(step: Explanation.Step, top: Double)], top: Double, end: Double, isEnd: Bool
  ) -> [Shape] {
    Side.allCases.flatMap { side -> [Shape] in
      var marks: [(state: TCPState, y: Double)] = []
      var before: TCPState?
      for change in explanation.connection.states[side] {
        let row = rows.first { change.isShown(by: $0.step.segment) }
        if let row {
          let isSender = row.step.segment.from == side
          marks.append((change.state, isSender ? row.top : row.top + Self.fall))
        } else if marks.isEmpty {
          before = change.state
        } else if isEnd {
          marks.append((change.state, end - 22))
        }
      }
      if let before { marks.insert((before, top), at: 0) }
      return marks.enumerated().map { index, mark -> Shape in
        let bottom = index + 1 < marks.count ? marks[index + 1].y : end
        let outward = side == .client ? -1.0 : 1.0
        let bar = line(side) + outward * 11
        return .group(
          ShapeGroup(
            "state", [.init("side", side.name), .init("state", mark.state.name)],
            [
              .rectangle(
                x: bar - 4, y: mark.y, width: 8, height: max(0, bottom - mark.y), radius: 2,
                mark.state.area),
              .text(
                TextLine(
                  [Word(mark.state.name, .labelStrong)],
                  at: Point(bar + outward * 11, mark.y + 11),
                  anchor: side == .client ? .end : .start)),
            ]))
      }
    }
  }

  /// How long TIME_WAIT lasts, on the inner side of the client's lifeline.
  private func twoMSL(from last: Double, to end: Double) -> [Shape] {
    let x = clientLine + 16
    let top = last + 8
    return [
      .polyline(
        [Point(x - 5, top), Point(x, top), Point(x, end), Point(x - 5, end)],
        Stroke(.timeWait, 1.2)),
      .text(
        TextLine(
          [Word("2MSL", .labelStrong)], at: Point(x + 8, max(end - 14, (top + end) / 2 + 14)))),
    ]
  }
}
