import Support
import TCPModel
import Timeline

/// Reports to look at or to read: a picture, Markdown with its diagrams beside it, HTML with them
/// inside.
public struct DocumentReport: Sendable {
  var document: ReportDocument
  var options: DiagramOptions
  /// The parts of a page.
  private let diagrams: SVGReport

  public init(_ document: ReportDocument, options: DiagramOptions) {
    self.document = document
    self.options = options
    diagrams = SVGReport(header: document.header, options: options.ofParts)
  }

  /// GitHub-flavoured Markdown. Without a folder for pictures its diagrams are Mermaid text, which
  /// GitHub draws itself.
  public func markdown(
    _ templates: Templates, assetFolder: String?
  ) throws(RenderingFailure) -> (text: [UInt8], assets: [ReportAsset]) {
    var assets: [ReportAsset] = []
    var pictures: [Int: [String: Any]] = [:]
    var overview: [String: Any]?
    if let assetFolder {
      if document.header.listed > 1 {
        assets.append(ReportAsset(name: "overview.svg", bytes: try overviewPicture()))
        overview = ["file": "\(assetFolder)/overview.svg"]
      }
      for connection in document.details {
        let name = "connection-\(connection.summary.id).svg"
        assets.append(ReportAsset(name: name, bytes: try diagrams.ladder(connection)))
        var picture: [String: Any] = ["file": "\(assetFolder)/\(name)"]
        let shown = try charts(of: connection, diagrams)
        picture["has_charts"] = !shown.isEmpty
        picture["charts"] = shown.map { chart, bytes -> [String: Any] in
          let name = "connection-\(connection.summary.id)-\(chart.rawValue).svg"
          assets.append(ReportAsset(name: name, bytes: bytes))
          let words = texts("chart." + chart.rawValue)
          return [
            "name": words, "file": "\(assetFolder)/\(name)",
            "picture": texts(
              "page.chart", ["chart": words, "id": String(connection.summary.id)]),
          ]
        }
        pictures[connection.summary.id] = picture
      }
    } else {
      for connection in document.details {
        let text = MermaidDiagram(
          SequenceScripts(
            [connection], of: 1, header: document.header, options: options.ofParts))
        pictures[connection.summary.id] = ["mermaid": String(decoding: text.bytes, as: UTF8.self)]
      }
    }
    let view = ReportView(document, options)
    let values = view.values(diagrams: pictures, overview: overview)
    return (try templates.render(values, with: "report.md"), assets)
  }

  /// One file with its diagrams inside.
  public func html(_ templates: Templates) throws(RenderingFailure) -> [UInt8] {
    var pictures: [Int: [String: Any]] = [:]
    var small = options.ofParts
    small.width = Self.chartWidth
    let half = SVGReport(header: document.header, options: small)
    for connection in document.details {
      let shown = try charts(of: connection, half)
      pictures[connection.summary.id] = [
        "svg": Self.inline(try diagrams.ladder(connection)), "has_charts": !shown.isEmpty,
        "charts": shown.map { chart, bytes -> [String: Any] in
          ["name": texts("chart." + chart.rawValue), "svg": Self.inline(bytes)]
        },
      ]
    }
    let view = ReportView(document, options)
    let overview: [String: Any]? =
      document.header.listed > 1
      ? ["svg": Self.inline(try overviewPicture(isLinked: true))] : nil
    var values = view.values(diagrams: pictures, overview: overview)
    values.merge(options.theme.pageValues) { $1 }
    // A single connection needs no table to search.
    if let table = document.table, document.header.listed > 1 {
      values["script"] = [
        "source": PageScript.source, "hash": PageScript.hash,
        "data": table.json(
          findings: document.header.findings, detailed: document.details.map(\.summary.id)),
      ]
    }
    return try templates.render(values, with: "report.html")
  }

  /// Two of them have room side by side.
  private static let chartWidth = 540

  private var texts: Texts { Texts.of(options.language) }

  /// All four where they were collected, else none.
  private func charts(
    of connection: Connection, _ pictures: SVGReport
  ) throws(RenderingFailure) -> [(chart: Chart, bytes: [UInt8])] {
    guard connection.charts != nil, Chart.isTelling(connection.summary) else { return [] }
    var charts: [(chart: Chart, bytes: [UInt8])] = []
    for chart in Chart.drawn(connection) {
      charts.append((chart, try pictures.chart(chart, connection)))
    }
    return charts
  }

  /// One picture: of a single connection its diagram, else an overview with the diagrams of the
  /// most notable ones below it.
  public func svg() throws(RenderingFailure) -> [UInt8] {
    if document.header.listed == 1, let only = document.details.first {
      return try picture.ladder(only, isAlone: true)
    }
    if options.isSlide { return try picture.overviewSlide(document.bars, all: document.aggregate) }
    // Of many, those that tell the same are drawn once.
    let isEverything = document.details.count == document.header.listed
    let told = Set(notable.map(\.summary).ofDifferentStories.map(\.id))
    return try picture.overview(
      document.bars, all: document.aggregate,
      diagrams: isEverything ? notable : notable.filter { told.contains($0.summary.id) })
  }

  /// All of it as one picture.
  private var picture: SVGReport { SVGReport(header: document.header, options: options) }

  /// Those with segments, the most notable first.
  private var notable: [Connection] {
    let details = Dictionary(uniqueKeysWithValues: document.details.map { ($0.summary.id, $0) })
    return document.ranking.compactMap { details[$0] }
  }

  /// One chart of each connection in detail; see `ChartSheet`.
  public func svg(_ chart: Chart, isChoice: Bool) throws(RenderingFailure) -> [UInt8] {
    try picture.charts(chart, document.details, of: document.header.listed, isChoice: isChoice)
  }

  public func mermaid() -> [UInt8] { MermaidDiagram(sequences).bytes }

  public func plantUML() -> [UInt8] { PlantUMLDiagram(sequences).bytes }

  private var sequences: SequenceScripts {
    SequenceScripts(
      notable, of: document.header.listed, header: document.header,
      options: document.header.listed == 1 ? options : options.ofParts)
  }

  /// Its diagrams stand elsewhere on the page.
  private func overviewPicture(isLinked: Bool = false) throws(RenderingFailure) -> [UInt8] {
    try diagrams.overview(
      document.bars, all: document.aggregate, diagrams: nil, isLinked: isLinked)
  }

  /// The element alone: an XML declaration has no place inside a page.
  static func inline(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let start = text.range(of: "<svg")?.lowerBound else { return "" }
    return String(text[start...])
  }
}
