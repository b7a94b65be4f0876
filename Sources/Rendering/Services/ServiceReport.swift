import TCPModel

/// Connections counted together, as a report of its own.
public struct ServiceReport: Sendable {
  public var header: ReportHeader
  public var by: ServiceKind
  public var services: [Service]

  public init(_ header: ReportHeader, by kind: ServiceKind, _ services: [Service]) {
    self.header = header
    self.by = kind
    self.services = services
  }
}
