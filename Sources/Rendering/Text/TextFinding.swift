import Support
import TCPModel
import Timeline

extension TextStyle {
  /// Below a heading.
  func write(
    _ findings: some Sequence<Finding>, _ texts: Texts, to output: inout ByteWriter
  ) {
    paint(texts("head.findings"), .heading, to: &output)
    output.literal("\n")
    for finding in findings { write(finding, texts, to: &output) }
  }

  /// `warning  sentence (connections 4, 7; frames 12)`, wrapped with a hanging indent.
  func write(_ finding: Finding, _ texts: Texts, to output: inout ByteWriter) {
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
    for (index, line) in lines(of: finding, texts).enumerated() {
      if index > 0 { output.spaces(11) }
      output.text(line + "\n")
    }
  }

  func lines(of finding: Finding, _ texts: Texts) -> [String] {
    let text = texts(finding.wording).safeToShow + " " + finding.places(texts)
    let columns = sentenceWidth - 11
    let lines = TextMetrics.wrapped(text, columns: columns)
    // A word longer than a line goes on in the next one.
    return isTerminal ? lines.flatMap { DisplayWidth.pieces($0, of: columns) } : lines
  }
}
