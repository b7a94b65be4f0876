import TCPModel
import Timeline

/// Reports to look at or to read: a picture, Markdown with its diagrams beside it, HTML with them
/// inside.
public struct DocumentReport {
  private let document: ReportDocument
  private let options: DiagramOptions
  private let diagrams: SVGReport

  public init(_ document: ReportDocument, options: DiagramOptions) {
    self.document = document
    self.options = options
    diagrams = SVGReport(header: document.header, options: options)
  }

  /// GitHub-flavoured Markdown. Without a folder for pictures its diagrams are Mermaid text, which
  /// GitHub draws itself.
  public func markdown(
    _ templates: Templates, assetFolder: String?
  ) -> (text: [UInt8], assets: [ReportAsset]) {
    var assets: [ReportAsset] = []
    var pictures: [Int: [String: Any]] = [:]
    var overview: [String: Any]?
    if let assetFolder {
      if document.header.listed > 1 {
        assets.append(ReportAsset(name: "overview.svg", bytes: overviewPicture(diagrams: nil)))
        overview = ["file": "\(assetFolder)/overview.svg"]
      }
      for connection in document.details {
        let name = "connection-\(connection.summary.id).svg"
        assets.append(ReportAsset(name: name, bytes: diagrams.ladder(connection)))
        pictures[connection.summary.id] = ["file": "\(assetFolder)/\(name)"]
      }
    } else {
      for connection in document.details {
        let text = MermaidDiagram([connection], of: 1, header: document.header, options: options)
        pictures[connection.summary.id] = ["mermaid": String(decoding: text.bytes, as: UTF8.self)]
      }
    }
    let view = ReportView(document, language: options.language)
    let values = view.values(diagrams: pictures, overview: overview)
    return (templates.render(values, with: "report.md"), assets)
  }

  /// One file with its diagrams inside.
  public func html(_ templates: Templates) -> [UInt8] {
    var pictures: [Int: [String: Any]] = [:]
    for connection in document.details {
      pictures[connection.summary.id] = ["svg": Self.inline(diagrams.ladder(connection))]
    }
    let view = ReportView(document, language: options.language)
    let overview: [String: Any]? =
      document.header.listed > 1 ? ["svg": Self.inline(overviewPicture(diagrams: nil))] : nil
    var values = view.values(diagrams: pictures, overview: overview)
    values["light"] = String(decoding: PackageResources.light_css, as: UTF8.self)
    values["dark"] = String(decoding: PackageResources.dark_css, as: UTF8.self)
    return templates.render(values, with: "report.html")
  }

  /// One picture: of a single connection its diagram, else an overview with the diagrams of the
  /// most notable ones below it.
  public func svg() -> [UInt8] {
    if document.header.listed == 1, let only = document.details.first {
      return diagrams.ladder(only)
    }
    return overviewPicture(diagrams: notable)
  }

  /// Those with segments, the most notable first.
  private var notable: [Connection] {
    let details = Dictionary(uniqueKeysWithValues: document.details.map { ($0.summary.id, $0) })
    return document.ranking.compactMap { details[$0] }
  }

  public func mermaid() -> [UInt8] {
    MermaidDiagram(
      notable, of: document.header.listed, header: document.header, options: options
    ).bytes
  }

  public func plantUML() -> [UInt8] {
    PlantUMLDiagram(
      notable, of: document.header.listed, header: document.header, options: options
    ).bytes
  }

  private func overviewPicture(diagrams drawn: [Connection]?) -> [UInt8] {
    diagrams.overview(document.bars, all: document.aggregate, diagrams: drawn)
  }

  /// The element alone: an XML declaration has no place inside a page.
  static func inline(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let start = text.range(of: "<svg")?.lowerBound else { return "" }
    return String(text[start...])
  }
}
