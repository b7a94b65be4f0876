import Support
import TCPModel

/// Reads a lesson: lines of segments (`SegmentLine`), and between them lines `key: text`.
///
///     title: One end closes, the other one still sends
///     source: RFC 9293, section 3.6
///     0     > S 0 <mss 1460>
///     +20ms < S. 0 ack 1 <mss 1460>
///     +0    > . 1 ack 1
///     note: The connection is open.
///
/// `note` belongs to the segment above it and becomes a numbered step. `before` and `after` are
/// paragraphs, `part` begins another connection under a heading of its own. `key.en: text` is the text
/// in one language. A line that begins with white space goes on with the text above it. `client` and
/// `server` name addresses with ports, and `way` says that both ends capture, and how long a segment
/// is under way between them.
public struct LessonReader {
  private enum Key: String, CaseIterable {
    case title, source, before, part, note, after, client, server, way
  }

  private var lesson = Lesson()
  private var part = Lesson.Part()
  private var reader = SegmentReader()
  private var isOpen = false
  private var hasParts = false
  /// Where a line that goes on belongs.
  private var last: (key: Key, language: String)?

  /// More than anybody explains; a capture is read by the other way.
  private static let mostSegments = 2000
  private static let mostText = 4000

  public static func read(_ text: String) throws(ScriptError) -> Lesson {
    var reader = LessonReader()
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      try reader.read(line, number)
    }
    return try reader.finish(number)
  }

  private mutating func read(_ line: Substring, _ number: Int) throws(ScriptError) {
    let isBlank = line.allSatisfy(\.isWhitespace)
    if isBlank || line.first == "#" {
      last = nil
      return
    }
    if line.first == " " || line.first == "\t", let last {
      return try add(trimmed(line), to: last.key, last.language, number)
    }
    let content = trimmed(line)
    if let first = content.first, first.isLetter {
      return try readText(content, number)
    }
    last = nil
    guard part.segments.count < Self.mostSegments else {
      throw ScriptError(line: number, "more than \(Self.mostSegments) segments")
    }
    if let segment = try reader.read(content, number: number) {
      try check(segment)
      part.segments.append(segment)
      isOpen = true
    }
  }

  /// A lesson is about a moment's traffic; a year is more than anybody writes.
  private static let longest: Nanoseconds = 365 * 86_400 * 1_000_000_000

  /// What goes into a packet.
  private func check(_ segment: SegmentLine) throws(ScriptError) {
    let line = segment.line
    guard segment.at >= 0, segment.at <= Self.longest else {
      throw ScriptError(line: line, "the time is out of range")
    }
    guard (0...65_000).contains(segment.length) else {
      throw ScriptError(
        line: line, "a segment of \(segment.length) bytes; 0 to 65000 go into a packet")
    }
    guard (0...65_535).contains(segment.window) else {
      throw ScriptError(
        line: line, "win \(segment.window): a window is 0 to 65535 in the header")
    }
    if segment.isLost, part.way == nil {
      throw ScriptError(
        line: segment.line,
        "`lost` needs both ends: write `way: 20ms` above, or leave the segment's ACK out")
    }
    if segment.isLost, segment.from == .server {
      throw ScriptError(
        line: segment.line,
        "only what the client sends can be `lost`: frames are counted at its end")
    }
    if let before = part.segments.last, segment.at < before.at {
      throw ScriptError(line: segment.line, "the time lies before that of the line above")
    }
  }

  private mutating func readText(_ line: Substring, _ number: Int) throws(ScriptError) {
    guard let colon = line.firstIndex(of: ":") else {
      throw ScriptError(
        line: number,
        "`\(line.prefix(24))` is neither a segment (0.02 > S) nor a text (title: ..)")
    }
    let words = line[..<colon].split(separator: ".", maxSplits: 1)
    let name = words.first ?? ""
    guard let key = Key(rawValue: String(name)) else {
      let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
      throw ScriptError(line: number, "`\(name):` is no text of a lesson; there are \(known)")
    }
    let text = trimmed(line[line.index(after: colon)...])
    let language = words.count > 1 ? String(words[1]) : ""
    switch key {
    case .client: part.client = try endpoint(text, number)
    case .server: part.server = try endpoint(text, number)
    case .way:
      guard let way = SegmentReader.nanoseconds(text, .seconds), (1000...60_000_000_000) ~= way
      else {
        throw ScriptError(line: number, "`\(text)` is no time under way: write 20ms")
      }
      part.way = way
    case .part:
      if language.isEmpty || part.title.languages[language] != nil || isOpen { try close(number) }
      hasParts = true
      try add(text, to: key, language, number)
    case .note where part.segments.isEmpty:
      throw ScriptError(line: number, "a note belongs to the segment above it; there is none")
    case .title, .source, .before, .note, .after: try add(text, to: key, language, number)
    }
    if [.client, .server, .way].contains(key), isOpen {
      throw ScriptError(line: number, "`\(name)` stands above the segments of its part")
    }
    last = (key, language)
  }

  private mutating func add(
    _ text: Substring, to key: Key, _ language: String, _ number: Int
  ) throws(ScriptError) {
    func add(_ whole: inout LessonText) throws(ScriptError) {
      let longer = whole.languages[language].map { $0 + " " + text } ?? String(text)
      guard longer.utf8.count <= Self.mostText else {
        throw ScriptError(line: number, "a text of more than \(Self.mostText) bytes")
      }
      whole.languages[language] = longer
    }
    switch key {
    case .title: try add(&lesson.title)
    case .source: try add(&lesson.source)
    case .part: try add(&part.title)
    case .before: if hasParts { try add(&part.before) } else { try add(&lesson.before) }
    case .after: try add(&part.after)
    case .note:
      let segment = part.segments.count - 1
      if part.steps.last?.segment != segment {
        part.steps.append(Lesson.Step(segment: segment, text: LessonText()))
      }
      try add(&part.steps[part.steps.count - 1].text)
    case .client, .server, .way:
      throw ScriptError(line: number, "`\(key.rawValue)` takes one line")
    }
  }

  private mutating func close(_ number: Int) throws(ScriptError) {
    guard isOpen else {
      guard !hasParts || part.title.isEmpty else {
        throw ScriptError(line: number, "a part without a segment")
      }
      return
    }
    lesson.parts.append(part)
    part = Lesson.Part()
    reader = SegmentReader()
    isOpen = false
  }

  private mutating func finish(_ number: Int) throws(ScriptError) -> Lesson {
    if !isOpen {
      throw ScriptError(
        line: max(1, number),
        lesson.parts.isEmpty
          ? "a lesson without a segment: write one a line, as `0 > S`" : "a part without a segment")
    }
    try close(number)
    // What follows the only part, or the last one, ends the lesson.
    if !hasParts, let only = lesson.parts.last {
      lesson.after = only.after
      lesson.parts[0].after = LessonText()
    }
    return lesson
  }

  private func endpoint(_ text: Substring, _ number: Int) throws(ScriptError) -> Endpoint {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let address = IPAddress(String(parts[0])), !address.isIPv6,
      let port = UInt16(parts[1])
    else {
      throw ScriptError(line: number, "`\(text)` is no address with a port: 192.0.2.1:49152")
    }
    return Endpoint(address: address, port: port)
  }

  private func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
