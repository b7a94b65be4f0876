import TCPModel
import Timeline

/// Connections as standalone SVG documents.
public struct SVGReport: Sendable {
  private let header: ReportHeader
  private let options: DiagramOptions

  public init(header: ReportHeader, options: DiagramOptions) {
    self.header = header
    self.options = options
  }

  /// One connection as a sequence diagram. It needs its `segments`.
  public func ladder(_ connection: Connection) -> [UInt8] {
    render(LadderLayout(connection, header, options).figure)
  }

  private func render(_ figure: Figure) -> [UInt8] {
    SVGRenderer(theme: options.theme, isTransparent: options.isTransparent).bytes(figure)
  }
}
