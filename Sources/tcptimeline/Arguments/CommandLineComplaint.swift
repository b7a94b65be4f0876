/// What is wrong with a command line, in one line that says what to type instead.
struct CommandLineComplaint {
  let text: String

  /// - Parameters:
  ///   - message: Of the parser, and `full` with what it says of the option and the command.
  ///   - unnamed: The command that is meant where none is named.
  init(_ message: String, full: String, unnamed: String) {
    let help = full.split(separator: "\n").first { $0.hasPrefix("Help:") }?.dropFirst(5)
    let option = help.map { Self.oneLine(String($0)) + "; " } ?? ""
    let command = Self.command(full, unnamed: unnamed)
    text = Self.oneLine(Self.withSuggestion(message)) + " (" + option + "see \(command) --help)"
  }

  /// The command whose options those are: `tcptimeline nightly`.
  private static func command(_ full: String, unnamed: String) -> String {
    let words = full.firstMatch(of: /See '(tcptimeline[a-z ]*?) -/)?.output.1 ?? "tcptimeline"
    return words.hasSuffix(" " + unnamed)
      ? String(words.dropLast(unnamed.count + 1)) : String(words)
  }

  /// A value that is nearly one of those there are is mistyped; the whole list would hide that.
  private static func withSuggestion(_ message: String) -> String {
    let parts = message.split(separator: ". Please provide one of", maxSplits: 1)
    guard parts.count == 2,
      let value = parts[0].firstMatch(of: /The value '(.*)' is invalid for/.dotMatchesNewlines())
    else { return message }
    let quoted = parts[1].matches(of: /'([^']*)'/).map { String($0.output.1) }
    let values = quoted.isEmpty ? items(parts[1]) : quoted
    guard let near = Spelling.nearest(to: String(value.output.1), among: values) else {
      return message
    }
    return parts[0] + ". Did you mean '\(near)'?"
  }

  /// What stands behind hyphens, a line each.
  private static func items(_ text: Substring) -> [String] {
    text.split(separator: "\n").map { $0.drop(while: \.isWhitespace) }
      .filter { $0.hasPrefix("- ") }.map { String($0.dropFirst(2)) }
  }

  /// `Unknown option` to `unknown option`, no line breaks, and lists in one line.
  private static func oneLine(_ text: String) -> String {
    let items = items(text[...])
    let lines = text.split(separator: "\n")
    let others = lines.prefix(lines.count - items.count).joined(separator: " ")
    let words = (others + " " + items.joined(separator: ", "))
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let sentence = words.hasSuffix(".") ? String(words.dropLast()) : words
    return sentence.prefix(1).lowercased() + sentence.dropFirst()
  }
}
