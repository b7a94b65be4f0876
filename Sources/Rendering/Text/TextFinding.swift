import Support
import TCPModel

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
    let lines = Self.wrapped(text, width: sentenceWidth - 11)
    for (index, line) in lines.enumerated() {
      if index > 0 { output.spaces(11) }
      output.text(line + "\n")
    }
  }

  private static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, DisplayWidth.of(line) + 1 + DisplayWidth.of(String(word)) > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " " + word
    }
    return lines + [line]
  }
}
