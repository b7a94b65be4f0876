import Support
import TCPModel

/// The most serious findings at the head of a picture, each with its places; the others are counted.
struct OverviewFindings {
  private let findings: [Finding]
  private let texts: Texts
  private let most: Int

  private static let pitch = 16.0
  /// Of a sentence, whatever names there are in it.
  private static let longest = 1_000

  init(_ findings: [Finding], _ texts: Texts, most: Int = 5) {
    self.findings = findings
    self.texts = texts
    self.most = most
  }

  func shapes(_ y: inout Double, _ right: Double) -> [Shape] {
    if findings.isEmpty { return [] }
    let margin = LadderColumns.margin
    var shapes: [Shape] = []
    for finding in findings.prefix(most) {
      let ink: Ink =
        switch finding.severity {
        case .error: .trouble
        case .warning: .caution
        case .info: .muted
        }
      let top = y - 11
      let severity = Word(texts("severity." + finding.severity.rawValue), .labelStrong, ink)
      let indent = margin + 20 + severityWidth
      shapes.append(.text(TextLine([severity], at: Point(margin + 10, y))))
      let sentence = TextMetrics.plain(texts(finding.wording), limit: Self.longest)
      for line in TextMetrics.wrapped(
        sentence + " " + finding.places(texts), .note, width: right - indent - 12)
      {
        shapes.append(.text(TextLine([Word(line, .note)], at: Point(indent, y))))
        y += Self.pitch
      }
      shapes.append(
        .rectangle(
          x: margin, y: top, width: 3, height: y - top - 7, radius: 0, Area(.solid(ink))))
      y += 4
    }
    let rest = findings.count - most
    if rest > 0 {
      let more = Word(texts.counted("overview.moreFindings", rest), .note, .muted)
      shapes.append(.text(TextLine([more], at: Point(margin + 10, y))))
      y += Self.pitch + 4
    }
    y += 14
    return [.group(ShapeGroup("findings", [.init("count", findings.count)], shapes))]
  }

  private var severityWidth: Double {
    Finding.Severity.allCases.map {
      TextMetrics.width(texts("severity." + $0.rawValue), .labelStrong)
    }.max() ?? 0
  }
}
