import TCPModel
import Timeline

extension OutputFormat {
  public static let svg = {
    var format = OutputFormat("svg", endings: ["svg"])
    format.headsFindings = true
    format.connections = .document(hasCharts: false) {
      report, _, output throws(RenderingFailure) in
      output.append(try report.svg())
      return []
    }
    format.chart = { request, _, output throws(RenderingFailure) in
      output.append(try request.report.svg(request.chart, isChoice: request.isChoice))
      return []
    }
    format.night = { report, settings, output throws(RenderingFailure) in
      output.append(try NightlyDocument(report, options: settings.options).svg(tellsFindings: true))
      return []
    }
    format.lesson = { page, settings, output throws(RenderingFailure) in
      output.append(try LessonDocument(page, options: settings.options).svg())
      return []
    }
    format.services = { report, settings, output throws(RenderingFailure) in
      output.append(try ServiceDocument(report, options: settings.options).svg())
      return []
    }
    return format
  }()
}

/// Connections as standalone SVG documents.
public struct SVGReport: Sendable {
  private let header: ReportHeader
  private let options: DiagramOptions

  public init(header: ReportHeader, options: DiagramOptions) {
    self.header = header
    self.options = options
  }

  /// One connection as a sequence diagram. It needs its `segments`.
  ///
  /// - Parameter isAlone: Nothing beside the picture says what was found.
  public func ladder(
    _ connection: Connection, isAlone: Bool = false
  ) throws(RenderingFailure) -> [UInt8] {
    func figure(_ options: DiagramOptions) -> Figure {
      LadderLayout(connection, header, options, isAlone: isAlone).figure
    }
    return try render(options.drawn(figure))
  }

  /// The same for a page, with what of it each page of paper shows.
  func printable(
    _ connection: Connection
  ) throws(RenderingFailure) -> (bytes: [UInt8], parts: [PrintedPart]) {
    let figure = LadderLayout(connection, header, options).figure
    let (id, width) = (SVGRenderer(options).id(of: figure), Int(figure.width.rounded(.up)))
    return (
      try render(figure),
      PageCuts.parts(of: figure).map {
        PrintedPart(picture: id, box: "0 \($0.top) \(width) \($0.height)")
      }
    )
  }

  struct PrintedPart {
    /// The name of the whole.
    var picture: String
    /// As `viewBox` has it.
    var box: String
  }

  /// The overview alone, with as many rows as a slide holds.
  func overviewSlide(
    _ connections: [Connection], all: OverviewAggregate
  ) throws(RenderingFailure) -> [UInt8] {
    try render(
      options.slide { options in
        OverviewLayout(
          Array(connections.prefix(options.maxRows)), all: all, diagrams: [], header: header,
          options: options
        ).figure
      })
  }

  /// Many connections: a bar each on one time axis, then diagrams of some in the same picture.
  ///
  /// - Parameters:
  ///   - connections: the rows to draw (their `segments` are not needed), at most some sixty.
  ///   - all: fed every connection, those of `connections` too; what has no row is summed up.
  ///   - diagrams: connections with `segments`, the most notable first (`Notability`); nil where they
  ///     stand elsewhere in a report.
  ///   - isLinked: Its rows lead to where the page tells of their connections.
  public func overview(
    _ connections: [Connection], all: OverviewAggregate, diagrams: [Connection]?,
    isLinked: Bool = false
  ) throws(RenderingFailure) -> [UInt8] {
    try render(
      OverviewLayout(
        connections, all: all, diagrams: diagrams, header: header, options: options,
        isLinked: isLinked
      ).figure)
  }

  /// One chart of one connection. It needs its `charts`.
  public func chart(_ chart: Chart, _ connection: Connection) throws(RenderingFailure) -> [UInt8] {
    try render(ChartLayout(chart, connection, header, options).figure)
  }

  /// One chart of each of some connections, `of` so many; see `ChartSheet`.
  public func charts(
    _ chart: Chart, _ connections: [Connection], of count: Int, isChoice: Bool
  ) throws(RenderingFailure) -> [UInt8] {
    try render(
      ChartSheet(chart, connections, of: count, isChoice: isChoice, header, options).figure)
  }

  private func render(_ figure: Figure) throws(RenderingFailure) -> [UInt8] {
    try SVGRenderer(options).bytes(figure)
  }
}
