import TCPModel
import Timeline

extension OutputFormat {
  public static let plantUML = sequenceText(
    "plantuml", endings: ["puml", "plantuml"], connections: { $0.plantUML() },
    lesson: { $0.plantUML() })
}

/// Connections as PlantUML sequence diagrams, one `@startuml` block each.
public struct PlantUMLDiagram {
  private let content: SequenceScripts

  public init(_ content: SequenceScripts) {
    self.content = content
  }

  public var bytes: [UInt8] {
    var blocks = content.scripts.map(block)
    if blocks.isEmpty {
      // No file without a diagram: it would be no PlantUML.
      blocks = [
        [
          "@startuml", "hide footbox", "participant client as C", "participant server as S",
          "@enduml",
        ]
      ]
    }
    if let notDrawn = content.notDrawn {
      blocks[blocks.count - 1].insert(
        "note over C, S : \(escaped(notDrawn))", at: blocks[blocks.count - 1].count - 1)
    }
    let text = blocks.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    return Array(text.utf8)
  }

  private func block(_ script: SequenceScript) -> [String] {
    [
      "@startuml", "hide footbox", "title \(escaped(script.title))",
      "caption \(escaped(script.sentence))",
      "participant \"\(escaped(script.names.client))\" as C",
      "participant \"\(escaped(script.names.server))\" as S",
    ] + script.steps.map(line) + ["@enduml"]
  }

  private func line(_ step: SequenceScript.Step) -> String {
    switch step {
    case .phase(let text): return "== \(escaped(text)) =="
    case .remark(let text): return "... \(escaped(text)) ..."
    case .state(let side, let text):
      return side == .client
        ? "note left of C : \(escaped(text))" : "note right of S : \(escaped(text))"
    case .message(let message):
      let arrow: String
      switch message.way {
      case .plain: arrow = "->"
      case .quiet: arrow = "-->"
      case .lost: arrow = "->x"
      case .presumedLost: arrow = "-->x"
      case .unanswered: arrow = "-->o"
      }
      let (from, to) = message.from == .client ? ("C", "S") : ("S", "C")
      return "\(from) \(arrow) \(to) : \(escaped(message.text))"
    }
  }

  /// A tilde takes a mark-up character for itself; doubled ones are mark-up everywhere. What the
  /// preprocessor, which knows no tilde, would evaluate (`%getenv(..)`, `$name`), take for an entity or
  /// for the beginning of a comment (`/'`) is written by its number.
  private func escaped(_ text: String) -> String {
    var escaped = ""
    var last: Character = " "
    for character in text {
      switch character {
      case "<", "~", "[": escaped += "~" + String(character)
      case "%", "$", "&": escaped += Self.number(of: character)
      case "'" where last == "/": escaped += Self.number(of: character)
      case "*", "_", "/", "-", "=", ".", "'":
        if character == last { escaped += "~" }
        escaped.append(character)
      case "\"": escaped.append("’")
      case "\\": escaped.append("∖")
      case "\n", "\r", "\r\n": escaped.append(" ")
      default: escaped.append(character)
      }
      last = character
    }
    return escaped
  }

  /// `<U+0025>`, which is read after everything else.
  private static func number(of character: Character) -> String {
    let digits = String(character.asciiValue ?? 0x3F, radix: 16, uppercase: true)
    return "<U+" + String(repeating: "0", count: 4 - digits.count) + digits + ">"
  }
}
