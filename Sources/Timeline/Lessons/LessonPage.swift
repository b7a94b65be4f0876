import Support
import TCPModel

/// A lesson as it is shown: connections, and what is said of their segments, in one language.
public struct LessonPage: Sendable {
  public struct Step: Sendable {
    public var number: Int64
    /// The frame that shows it.
    public var frame: Int64
    /// `SYN  seq 0  win 64240`.
    public var label: String
    public var at: Nanoseconds
    public var from: Side
    public var sentence: String
  }

  public struct Part: Sendable {
    public var title: String
    /// What holds before the first step.
    public var before: String
    public var steps: [Step]
    /// What holds after the last one.
    public var after: String
    public let connection: Connection
    public let header: ReportHeader

    public init(
      title: String, before: String, after: String, connection: Connection, header: ReportHeader
    ) {
      self.title = title
      self.before = before
      self.after = after
      self.connection = connection
      self.header = header
      steps = []
    }
  }

  /// How much of it is drawn.
  public enum Showing: Sendable, Hashable {
    case whole
    /// Row by row, as time goes by.
    case moving
    /// Up to a step.
    case upTo(step: Int)
  }

  public var showing = Showing.whole
  public var title: String
  /// Where it can be read up.
  public var source: String
  public var before: String
  public private(set) var parts: [Part] = []
  public var after: String
  /// The figures of the textbooks, which are drawn by rules of their own.
  public var textbook: Explanation?
  /// The part of the connection that it tells of; nil for all.
  public var crop: DiagramOptions.Crop?
  /// Whether the example was made for the lesson, so that every segment of it is to be seen.
  public let isScript: Bool
  public let language: Language

  public init(
    title: String, source: String, before: String, after: String, isScript: Bool,
    language: Language
  ) {
    self.title = title
    self.source = source
    self.before = before
    self.after = after
    self.isScript = isScript
    self.language = language
  }

  /// - Parameter notes: What is to be said, by the frames that show it; steps are counted on from the
  ///   parts before.
  public mutating func add(_ part: Part, notes: [Int64: String]) {
    var part = part
    let texts = Texts.of(language)
    let label = SegmentLabel(part.connection, texts)
    var number = parts.reduce(Int64(0)) { $0 + Int64($1.steps.count) }
    for item in part.connection.segments ?? [] {
      guard case .segment(let segment) = item, let sentence = notes[segment.frame] else { continue }
      number += 1
      let words = label.words(segment).map(\.text)
      part.steps.append(
        Step(
          number: number, frame: segment.frame, label: words.joined(separator: "  "),
          at: segment.at, from: segment.from, sentence: sentence))
    }
    parts.append(part)
  }

  public var steps: [Step] { parts.flatMap(\.steps) }

  public mutating func retitle(_ title: String) {
    self.title = title
    textbook?.title = title
  }
}

extension LessonPage.Part {
  public var numbers: LadderSteps {
    LadderSteps(numbers: Dictionary(steps.map { ($0.frame, $0.number) }) { first, _ in first })
  }
}

extension LessonPage {
  /// The same connection as the textbooks draw it.
  public func asTextbook(_ chapters: Set<Explanation.Chapter>) -> LessonPage {
    guard let part = parts.first else { return self }
    let explanation = Explanation(
      part.connection, language: language, title: title, chapters: chapters)
    var page = LessonPage(
      title: explanation.title, source: explanation.subtitle, before: "", after: "",
      isScript: true, language: language)
    page.textbook = explanation
    page.crop = crop
    var number: Int64 = 0
    for figure in explanation.parts {
      var shown = Part(
        title: figure.title, before: figure.before, after: figure.after,
        connection: part.connection, header: part.header)
      for step in figure.steps {
        number += 1
        shown.steps.append(
          Step(
            number: number, frame: step.segment.frame, label: step.label, at: step.segment.at,
            from: step.segment.from, sentence: step.sentence))
      }
      page.parts.append(shown)
    }
    return page
  }
}
