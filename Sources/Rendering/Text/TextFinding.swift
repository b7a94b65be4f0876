import Support
import TCPModel
import Timeline

extension TextStyle {
  /// `warning  sentence (connections 4, 7; frames 12)`, wrapped with a hanging indent.
  ///
  /// - Parameter limit: Lines at most.
  func write(
    _ finding: Finding, _ texts: Texts, limit: Int = .max, to output: inout ByteWriter
  ) {
    let colour: Paint =
      switch finding.severity {
      case .error: .bad
      case .warning: .doubtful
      case .info: .faint
      }
    let label = texts("severity." + finding.severity.rawValue)
    output.literal("  ")
    paint(label, colour, to: &output)
    output.spaces(9 - DisplayWidth.of(label))
    let text = texts(finding.wording).safeToShow + " " + finding.places(texts)
    let columns = sentenceWidth - 11
    let lines = TextMetrics.wrapped(text, columns: columns)
    for (index, line) in lines.prefix(limit).enumerated() {
      if index > 0 { output.spaces(11) }
      let isCut = index + 1 == limit && lines.count > limit
      let shown = isCut ? line + " …" : line
      // A word longer than a line is cut where it would leave the terminal.
      output.text((isTerminal ? DisplayWidth.shorten(shown, to: columns) : shown) + "\n")
    }
  }
}
