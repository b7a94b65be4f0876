import Support
import TCPModel

/// A text in several languages, by their codes (`en`, `ko`); `""` is the one that stands for all.
public struct LessonText: Sendable, Hashable {
  public var languages: [String: String] = [:]

  public var isEmpty: Bool { languages.isEmpty }

  /// In that language, else in whatever there is.
  public func callAsFunction(_ language: String) -> String {
    languages[language] ?? languages[""] ?? languages["en"]
      ?? languages.min { $0.key < $1.key }?.value ?? ""
  }
}

/// What happens on the wire in a few segments, and what is to be said of them.
public struct Lesson: Sendable {
  /// One connection.
  public struct Part: Sendable {
    public var title = LessonText()
    /// What holds before the first segment.
    public var before = LessonText()
    public var segments: [SegmentLine] = []
    public var steps: [Step] = []
    /// What holds after the last one.
    public var after = LessonText()
    public var client = Endpoint(address: IPAddress(ipv4: 0xC000_0201), port: 49_152)
    public var server = Endpoint(address: IPAddress(ipv4: 0xC633_6402), port: 80)
    /// How long a segment is under way, where the part is captured at both ends; nil where it is
    /// captured at the client.
    public var way: Nanoseconds?
  }

  public struct Step: Sendable {
    /// Of the part's segments.
    public var segment: Int
    public var text: LessonText
  }

  public var title = LessonText()
  /// The documents it can be read up in.
  public var source = LessonText()
  public var before = LessonText()
  public var parts: [Part] = []
  public var after = LessonText()

  /// Every text that is there, by its place: `title`, `part1.step2`.
  public mutating func eachText(_ body: (_ place: String, _ text: inout LessonText) -> Void) {
    func visit(_ place: String, _ text: inout LessonText) {
      if !text.isEmpty { body(place, &text) }
    }
    visit("title", &title)
    visit("source", &source)
    visit("before", &before)
    for part in parts.indices {
      let place = "part\(part + 1)."
      visit(place + "title", &parts[part].title)
      visit(place + "before", &parts[part].before)
      for step in parts[part].steps.indices {
        visit(place + "step\(step + 1)", &parts[part].steps[step].text)
      }
      visit(place + "after", &parts[part].after)
    }
    visit("after", &after)
  }
}
