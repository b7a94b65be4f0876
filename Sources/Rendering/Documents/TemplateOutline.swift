/// What a template asks of the stack: how deep its sections are nested, and what it includes. Looked at
/// before the library parses and renders it, which it does by recursion and without a limit.
struct TemplateOutline {
  /// Sections within sections.
  private(set) var depth = 0
  /// Names of templates, and how often each is included.
  private(set) var includes: [String: Int] = [:]
  private let file: String

  static let longest = 1 << 20
  /// Of sections and included templates, all told.
  private static let deepest = 200
  /// Included templates within one report, each as often as it is.
  private static let mostIncludes = 10_000

  init(_ text: String, of file: String) throws(RenderingFailure) {
    self.file = file
    var open = 0
    for tag in Self.tags(of: text) {
      switch tag.first {
      case "#", "^", "$": open += 1
      case "/": open -= 1
      case ">", "<":
        if tag.first == "<" { open += 1 }
        let name = tag.dropFirst().trimmed
        guard !name.hasPrefix("*") else {
          throw RenderingFailure(
            file: file, "includes what the data names ({{\(tag)}}); name the template itself")
        }
        includes[String(name), default: 0] += 1
      default: break
      }
      depth = max(depth, open)
    }
    guard depth <= Self.deepest else {
      throw RenderingFailure(
        file: file, "has \(depth) sections within each other; at most \(Self.deepest) are read")
    }
  }

  /// Whether templates that include each other come to an end, and soon.
  static func check(_ outlines: [String: TemplateOutline]) throws(RenderingFailure) {
    var known: [String: (depth: Int, includes: Int)] = [:]
    for name in outlines.keys.sorted() {
      _ = try reach(of: name, outlines, above: [], &known)
    }
  }

  /// The deepest nesting below a template, and what it includes in all.
  private static func reach(
    of name: String, _ outlines: [String: TemplateOutline], above: [String],
    _ known: inout [String: (depth: Int, includes: Int)]
  ) throws(RenderingFailure) -> (depth: Int, includes: Int) {
    // What is not there renders as nothing.
    guard let outline = outlines[name] else { return (0, 0) }
    if let known = known[name] { return known }
    if let start = above.firstIndex(of: name) {
      let way = (above[start...] + [name]).joined(separator: " > ")
      throw RenderingFailure(file: outline.file, "includes itself (\(way))")
    }
    guard above.count <= deepest else {
      throw RenderingFailure(
        file: outline.file, "includes templates more than \(deepest) deep")
    }
    var (depth, includes) = (0, 0)
    for (inner, count) in outline.includes.sorted(by: { $0.key < $1.key }) {
      let below = try reach(of: inner, outlines, above: above + [name], &known)
      depth = max(depth, below.depth + 1)
      includes = min(mostIncludes + 1, includes + min(mostIncludes, count) * (below.includes + 1))
    }
    depth += outline.depth
    guard depth <= deepest else {
      throw RenderingFailure(
        file: outline.file,
        "nests sections and templates \(depth) deep; at most \(deepest) are read")
    }
    guard includes <= mostIncludes else {
      throw RenderingFailure(
        file: outline.file, "includes more than \(mostIncludes) templates in all")
    }
    known[name] = (depth, includes)
    return (depth, includes)
  }

  /// What stands between the delimiters of each tag, which a tag `{{=<% %>=}}` changes.
  private static func tags(of text: String) -> [String] {
    var (start, end) = (Array("{{".utf8), Array("}}".utf8))
    var tags: [String] = []
    var rest = Array(text.utf8)[...]
    while let opening = rest.firstRange(of: start) {
      rest = rest[opening.upperBound...]
      guard let closing = rest.firstRange(of: end) else { break }
      let tag = String(decoding: rest[..<closing.lowerBound], as: UTF8.self)[...].trimmed
      rest = rest[closing.upperBound...]
      if tag.first == "=" {
        let delimiters = tag.drop { $0 == "=" }.prefix { $0 != "=" }.split(
          whereSeparator: \.isWhitespace)
        if delimiters.count == 2 {
          (start, end) = (Array(delimiters[0].utf8), Array(delimiters[1].utf8))
        }
      } else {
        tags.append(String(tag))
      }
    }
    return tags
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return text
  }
}
