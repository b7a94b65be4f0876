import Support
import TCPModel

/// A whole lifecycle, from the first SYN to TIME_WAIT, with a sentence for every step: the two
/// figures of every textbook (RFC 9293 3.5 and 3.6), made from a connection.
public struct Explanation: Sendable {
  public struct Step: Sendable {
    public var segment: SegmentDetail
    /// `SYN  seq x`: numbers as letters, so that the rule shows and not the example.
    public var label: String
    public var sentence: String
  }

  /// A figure of its own.
  public enum Chapter: String, Sendable {
    case opening, closing
  }

  public struct Part: Sendable {
    public var chapter: Chapter
    public var title: String
    /// What holds before the first step.
    public var before: String
    public var steps: [Step]
    /// What holds after the last one.
    public var after: String
  }

  public let connection: Connection
  public var title: String
  public let subtitle: String
  public let parts: [Part]

  /// Wants a connection with the segments of a three-way open and a close by the client in four, as far
  /// as these chapters tell of them.
  public init(
    _ connection: Connection, language: Language, title: String? = nil,
    chapters: Set<Chapter> = [.opening, .closing]
  ) {
    let texts = Texts.of(language)
    self.connection = connection
    self.title = title ?? texts("explain.title")
    subtitle = texts("explain.subtitle")
    var open: [Step] = []
    var close: [Step] = []
    var fins = PerSide(both: false)
    for item in connection.segments ?? [] {
      guard case .segment(let segment) = item, segment.payload == 0 else { continue }
      let flags = segment.flags.names.joined(separator: ", ")
      func step(_ numbers: String, _ sentence: String) -> Step {
        Step(segment: segment, label: flags + "  " + numbers, sentence: texts(sentence))
      }
      if segment.flags.contains(.syn) {
        open.append(
          segment.flags.contains(.ack)
            ? step("seq y  ack x + 1", "explain.syn_ack") : step("seq x", "explain.syn"))
      } else if segment.flags.contains(.fin) {
        close.append(
          fins[segment.from.peer]
            ? step("seq n  ack m + 1", "explain.second_fin") : step("seq m  ack n", "explain.fin"))
        fins[segment.from] = true
      } else if open.count == 2 {
        open.append(step("seq x + 1  ack y + 1", "explain.ack"))
      } else if !close.isEmpty {
        close.append(
          fins[segment.from]
            ? step("ack n + 1", "explain.last_ack") : step("ack m + 1", "explain.fin_ack"))
      }
    }
    let parts = [
      Part(
        chapter: .opening, title: texts("explain.open"), before: texts("explain.listen"),
        steps: open,
        after: texts("explain.established")),
      Part(
        chapter: .closing, title: texts("explain.close"), before: texts("explain.letters"),
        steps: close,
        after: texts("explain.time_wait")),
    ]
    self.parts = parts.filter { chapters.contains($0.chapter) }
  }
}
