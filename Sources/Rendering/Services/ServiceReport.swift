import Support
import TCPModel
import Timeline

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

  /// The services over time, as a picture.
  func svg(_ options: DiagramOptions) throws(RenderingFailure) -> [UInt8] {
    try SVGRenderer(theme: options.theme, isTransparent: options.isTransparent)
      .bytes(ServiceHeatMap(services, by: by, header.serviceTime, options: options).figure)
  }

  /// One page: the picture, and the table below it.
  func html(
    _ templates: Templates, _ options: DiagramOptions
  ) throws(RenderingFailure) -> [UInt8] {
    let table = ServiceTable(report: self)
    var values: [String: Any] = [
      "generator": ["name": Generator.name, "version": Generator.version],
      "title": table.title, "by": by.name,
      "findings": header.findings.map { finding -> [String: Any] in
        [
          "kind": finding.kind.rawValue, "severity": finding.severity.rawValue,
          "text": finding.text.safeToShow,
        ]
      },
      "columns": ServiceTable.columns.map { column -> [String: Any] in
        ["title": column.title, "class": column.alignment == .right ? "number" : "word"]
      },
      "services": services.map { service -> [String: Any] in
        let cells = zip(ServiceTable.columns, table.cells(of: service))
        return [
          "cells": cells.map { column, cell -> [String: Any] in
            ["text": cell.text, "class": column.alignment == .right ? "number" : "word"]
          }
        ]
      },
      "chart": ["svg": DocumentReport.inline(try svg(options))],
    ]
    if let start = header.summary.start, let end = header.summary.end {
      values["start"] = options.clock.instant(start, decimals: 3)
      values["span"] = Quantity.duration(end.since(start))
    }
    values.merge(options.theme.pageValues) { $1 }
    return try templates.render(values, with: "services.html")
  }
}
