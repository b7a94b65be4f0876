import TCPModel
import Timeline

extension OutputFormat {
  public static let mermaid = sequenceText(
    "mermaid", endings: ["mmd", "mermaid"], connections: { $0.mermaid() }, lesson: { $0.mermaid() })
}

/// Connections as one Mermaid sequence diagram, for pages that draw it themselves.
///
/// A file holds one diagram, so several connections follow each other between the same two
/// lifelines, each under a note with its addresses.
public struct MermaidDiagram {
  private let content: SequenceScripts

  public init(_ content: SequenceScripts) {
    self.content = content
  }

  public var bytes: [UInt8] {
    var lines = ["sequenceDiagram"]
    if content.scripts.count == 1, let script = content.scripts.first {
      lines.append("  title \(escaped(script.title))")
      lines.append("  accTitle: \(escaped(script.title))")
      lines.append("  accDescr: \(escaped(script.sentence))")
      lines.append("  participant C as \(escaped(script.names.client))")
      lines.append("  participant S as \(escaped(script.names.server))")
    } else {
      lines.append("  participant C as client")
      lines.append("  participant S as server")
    }
    for script in content.scripts {
      if content.scripts.count > 1 { lines.append("  Note over C,S: \(escaped(script.title))") }
      lines += script.steps.map { "  " + line($0) }
    }
    if let notDrawn = content.notDrawn { lines.append("  Note over C,S: \(escaped(notDrawn))") }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private func line(_ step: SequenceScript.Step) -> String {
    switch step {
    case .phase(let text): return "Note over C,S: \(escaped(text))"
    case .remark(let text): return "Note over C,S: \(escaped(text))"
    case .state(let side, let text):
      return side == .client
        ? "Note left of C: \(escaped(text))" : "Note right of S: \(escaped(text))"
    case .message(let message):
      let arrow: String
      switch message.way {
      case .plain: arrow = "->>"
      case .quiet: arrow = "-->>"
      case .lost: arrow = "-x"
      case .presumedLost: arrow = "--x"
      case .unanswered: arrow = "--)"
      }
      let (from, to) = message.from == .client ? ("C", "S") : ("S", "C")
      return "\(from)\(arrow)\(to): \(escaped(message.text))"
    }
  }

  /// What the grammar or the page would take for its own, as entity codes (`#` begins one).
  private func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "#": escaped += "#35;"
      case ";": escaped += "#59;"
      case "<": escaped += "#lt;"
      case ">": escaped += "#gt;"
      case "&": escaped += "#amp;"
      case "\"": escaped += "#quot;"
      case "%": escaped += "#37;"
      case "{": escaped += "#123;"
      case "}": escaped += "#125;"
      case "\\": escaped += "#92;"
      case "`": escaped += "#96;"
      // Two of them begin a formula.
      case "$": escaped += "#36;"
      case "\n", "\r", "\r\n": escaped += " "
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
