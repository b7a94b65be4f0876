import Support
import TCPModel
import Timeline

extension TextStyle {
  /// `! warning  sentence (connections 4, 7; frames 12)`, wrapped with a hanging indent.
  func write(_ finding: Finding, to output: inout ByteWriter) {
    let colour: Paint =
      switch finding.severity {
      case .error: .bad
      case .warning: .doubtful
      case .info: .faint
      }
    let label = finding.severity.rawValue
    output.literal("  ")
    paint(label, colour, to: &output)
    output.spaces(9 - label.count)
    let text = finding.text.safeToShow + " " + finding.places
    let lines = TextMetrics.wrapped(text, columns: sentenceWidth - 11)
    for (index, line) in lines.enumerated() {
      if index > 0 { output.spaces(11) }
      output.text(line + "\n")
    }
  }
}
