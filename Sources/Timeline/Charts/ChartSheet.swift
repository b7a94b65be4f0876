import Support
import TCPModel

/// A chart of several connections, one below the other in one picture.
public struct ChartSheet {
  private let chart: Chart
  private let connections: [Connection]
  private let header: ReportHeader
  private let options: DiagramOptions
  private let remark: String

  /// - Parameters:
  ///   - connections: with their `charts`, in the order to draw.
  ///   - count: of connections to choose from.
  ///   - isChoice: The reader named the connections; else the most notable one is drawn.
  public init(
    _ chart: Chart, _ connections: [Connection], of count: Int, isChoice: Bool,
    _ header: ReportHeader, _ options: DiagramOptions
  ) {
    self.chart = chart
    self.connections = connections
    self.header = header
    self.options = options
    let texts = Texts.of(options.language)
    if !isChoice, count > 1 {
      remark = texts.counted("chart.mostNotable", count)
    } else if isChoice, count > connections.count {
      remark = texts.counted("chart.notDrawn", count - connections.count)
    } else {
      remark = ""
    }
  }

  public var figure: Figure {
    var sheet = Figure(width: 0, height: 0, title: "", summary: "", shapes: [])
    let width = options.fittingWidth - 2 * ChartLayout.margin
    for line in options.title.map({ TextMetrics.wrapped($0, .title, width: width) }) ?? [] {
      sheet.height += 22
      sheet.shapes.append(
        .text(TextLine([Word(line, .title)], at: Point(ChartLayout.margin, sheet.height + 10))))
    }
    sheet.title = options.title ?? ""
    for connection in connections {
      let figure = ChartLayout(chart, connection, header, options).figure
      sheet.shapes += figure.shapes.map { $0.moved(x: 0, y: sheet.height) }
      sheet.width = max(sheet.width, figure.width)
      sheet.height += figure.height
      sheet.title += (sheet.title.isEmpty ? "" : "; ") + figure.title
      sheet.summary += (sheet.summary.isEmpty ? "" : " ") + figure.summary
    }
    guard !connections.isEmpty else { return empty }
    guard !remark.isEmpty else { return sheet }
    for line in TextMetrics.wrapped(remark, .note, width: sheet.width - 2 * ChartLayout.margin) {
      sheet.height += 16
      sheet.shapes.append(
        .text(
          TextLine(
            [Word(line, .note, .muted)], at: Point(ChartLayout.margin, sheet.height - 14))))
    }
    sheet.summary += " " + remark
    return sheet
  }

  private var empty: Figure {
    let texts = Texts.of(options.language)
    let words = Word(texts("chart.noConnection"), .note, .muted)
    let line = TextLine([words], at: Point(ChartLayout.margin, 36))
    return Figure(
      width: max(480, line.width + 2 * ChartLayout.margin), height: 60,
      title: texts("chart." + chart.rawValue), summary: words.text, shapes: [.text(line)])
  }
}
