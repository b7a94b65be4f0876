import Support
import TCPModel
import Timeline

/// Services to look at: over time as a picture, and with their figures as a page.
struct ServiceDocument {
  private let report: ServiceReport
  private let options: DiagramOptions

  init(_ report: ServiceReport, options: DiagramOptions) {
    self.report = report
    self.options = options
  }

  /// The services over time, as a picture.
  func svg() throws(RenderingFailure) -> [UInt8] {
    try SVGRenderer(options)
      .bytes(
        ServiceHeatMap(report.services, by: report.by, report.header.serviceTime, options: options)
          .figure)
  }

  /// One page: the picture, and the table below it.
  func html(_ templates: Templates) throws(RenderingFailure) -> [UInt8] {
    let table = ServiceTable(report, options)
    let texts = Texts.of(options.language)
    var values: [String: Any] = [
      "generator": ["name": Generator.name, "version": Generator.version],
      "language": texts.language.rawValue, "label": ReportView.labels(texts),
      "written": texts(
        "page.written", ["name": Generator.name, "version": Generator.version]),
      "title": table.title, "by": texts(report.by),
      "caption": texts("services.by", ["by": texts(report.by)]),
      "findings": report.header.findings.map { $0.pageValues(texts) },
      "columns": table.columns.map { column -> [String: Any] in
        ["title": column.title, "class": column.alignment.pageClass]
      },
      "services": report.services.map { service -> [String: Any] in
        let cells = zip(table.columns, table.cells(of: service))
        return [
          "cells": cells.map { column, cell -> [String: Any] in
            ["text": cell.text, "class": column.alignment.pageClass]
          }
        ]
      },
      "chart": ["svg": DocumentReport.inline(try svg())],
    ]
    if let start = report.header.summary.start, let end = report.header.summary.end {
      values["start"] = options.clock.instant(start, decimals: 3)
      values["span"] = Quantity.duration(end.since(start))
      values["lead"] = texts(
        "services.lead",
        [
          "span": Quantity.duration(end.since(start)),
          "start": options.clock.instant(start, decimals: 3),
        ])
    }
    values.merge(options.theme.pageValues) { $1 }
    return try templates.render(values, with: "services.html")
  }
}

extension TextTable.Alignment {
  /// As a page's style knows such a cell.
  fileprivate var pageClass: String { self == .right ? "number" : "word" }
}
