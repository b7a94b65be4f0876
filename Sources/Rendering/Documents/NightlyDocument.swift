import TCPModel
import Timeline

/// The report on a night to read: Markdown with its chart beside it, HTML with it inside, or the
/// chart alone.
public struct NightlyDocument {
  private let report: NightReport
  private let options: DiagramOptions

  public init(_ report: NightReport, options: DiagramOptions) {
    self.report = report
    self.options = options
  }

  /// GitHub-flavoured Markdown. Without a folder for assets it has no chart.
  public func markdown(
    _ templates: Templates, assetFolder: String?
  ) throws(RenderingFailure) -> (text: [UInt8], assets: [ReportAsset]) {
    var values = NightlyView(report, options).values
    var assets: [ReportAsset] = []
    if let assetFolder, !report.instants.isEmpty {
      assets.append(ReportAsset(name: "states.svg", bytes: try svg()))
      values["chart"] = ["file": "\(assetFolder)/states.svg"]
    }
    return (try templates.render(values, with: "nightly.md"), assets)
  }

  /// One file with its chart inside.
  public func html(_ templates: Templates) throws(RenderingFailure) -> [UInt8] {
    var values = NightlyView(report, options).values
    if !report.instants.isEmpty { values["chart"] = ["svg": DocumentReport.inline(try svg())] }
    values.merge(options.theme.pageValues) { $1 }
    return try templates.render(values, with: "nightly.html")
  }

  /// The chart.
  ///
  /// - Parameter tellsFindings: Above it what was found, for a picture that stands alone.
  public func svg(tellsFindings: Bool = false) throws(RenderingFailure) -> [UInt8] {
    try SVGRenderer(options)
      .bytes(NightChart(report, options: options, tellsFindings: tellsFindings).figure)
  }
}
