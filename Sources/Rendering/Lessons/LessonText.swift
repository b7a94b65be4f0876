import Support
import Timeline

/// A lesson as plain text, for a terminal.
public struct LessonText {
  private let page: LessonPage

  public init(_ page: LessonPage) {
    self.page = page
  }

  public var bytes: [UInt8] {
    if let textbook = page.textbook { return ExplanationText(textbook).bytes }
    var lines = [page.title]
    if !page.source.isEmpty { lines.append(page.source) }
    func paragraph(_ text: String) {
      if text.isEmpty { return }
      lines.append("")
      lines.append(contentsOf: TextMetrics.wrapped(text, columns: 78))
    }
    paragraph(page.before)
    for part in page.parts {
      if !part.title.isEmpty { lines += ["", part.title] }
      paragraph(part.before)
      for step in part.steps {
        let arrow = step.from == .client ? "->" : "<-"
        let time = Quantity.seconds(step.at, decimals: 6)
        lines += ["", "  \(step.number). \(time)  \(arrow)  \(step.label)"]
        lines += TextMetrics.wrapped(step.sentence, columns: 72).map { "     " + $0 }
      }
      paragraph(part.after)
    }
    paragraph(page.after)
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }
}
