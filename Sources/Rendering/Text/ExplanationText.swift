import Timeline

/// An explanation as plain text, for a terminal.
public struct ExplanationText {
  private let explanation: Explanation

  public init(_ explanation: Explanation) {
    self.explanation = explanation
  }

  public var bytes: [UInt8] {
    var lines = [explanation.title, ""]
    var number = 1
    for part in explanation.parts {
      lines += [part.title, ""]
      lines += TextMetrics.wrapped(part.before, columns: 76).map { "  " + $0 }
      for step in part.steps {
        lines += ["", "  \(number). \(step.label)"]
        lines += TextMetrics.wrapped(step.sentence, columns: 72).map { "     " + $0 }
        number += 1
      }
      lines.append("")
      lines += TextMetrics.wrapped(part.after, columns: 76).map { "  " + $0 }
      lines.append("")
    }
    return Array((lines.dropLast().joined(separator: "\n") + "\n").utf8)
  }
}
