import Support
import TCPModel
import Timeline

/// The report on a fleet's night to read: the first page, then a page a host, in one file.
struct FleetDocument {
  private let report: FleetReport
  private let options: DiagramOptions
  private let texts: Texts
  private let words: FleetWords

  /// Rows of each table on a host's page.
  private static let rows = 10
  /// Charts, of the worst hosts; one is 20 KB.
  private static let charts = 200

  init(_ report: FleetReport, options: DiagramOptions) {
    self.report = report
    self.options = options
    texts = Texts.of(options.language)
    words = FleetWords(report, options)
  }

  /// GitHub-flavoured Markdown. Without a folder for assets it has no charts.
  func markdown(
    _ templates: Templates, assetFolder: String?, to output: inout ByteWriter
  ) throws(RenderingFailure) -> [ReportAsset] {
    output.append(try templates.render(firstPage, with: "fleet.md"))
    var assets: [ReportAsset] = []
    var pages: [[UInt8]] = []
    try templates.render(report.hosts.count, with: "fleet-host.md") {
      place throws(RenderingFailure) in
      var values = page(place)
      if let assetFolder, let chart = try chart(place) {
        let name = "host-\(place + 1).svg"
        assets.append(ReportAsset(name: name, bytes: chart))
        values["chart"] = ["file": "\(assetFolder)/\(name)"]
      }
      return values
    } take: {
      pages.append($0)
    }
    for page in pages { output.append(page) }
    return assets
  }

  /// One file with its charts inside.
  func html(_ templates: Templates, to output: inout ByteWriter) throws(RenderingFailure) {
    var pages: [UInt8] = []
    try templates.render(report.hosts.count, with: "fleet-host.html") {
      place throws(RenderingFailure) in
      var values = page(place)
      if let chart = try chart(place) { values["chart"] = ["svg": DocumentReport.inline(chart)] }
      return values
    } take: {
      pages += $0
    }
    var values = firstPage
    values["pages"] = String(decoding: pages, as: UTF8.self)
    pages = []
    values.merge(options.theme.pageValues) { $1 }
    output.append(try templates.render(values, with: "fleet.html"))
  }

  /// Of hosts on which something was found.
  private func chart(_ place: Int) throws(RenderingFailure) -> [UInt8]? {
    let night = report.hosts[place].night
    guard place < Self.charts, !night.findings.isEmpty, !night.instants.isEmpty else { return nil }
    return try NightlyDocument(night, options: options).svg()
  }

  private func page(_ place: Int) -> [String: Any] {
    let host = report.hosts[place]
    var values = NightlyView(host.night, options, rows: Self.rows).values
    values["host"] = host.host.name.safeToShow
    values["number"] = String(place + 1)
    let addresses = host.addresses.prefix(Self.rows).map(\.description).joined(separator: ", ")
    if !addresses.isEmpty { values["addresses"] = addresses }
    values["is_open"] = place == 0 && !host.night.findings.isEmpty
    return values
  }

  private var firstPage: [String: Any] {
    var values: [String: Any] = [
      "generator": ["name": Generator.name, "version": Generator.version],
      "language": texts.language.rawValue, "label": ReportView.labels(texts),
      "written": NightlyView.written(texts, options.clock.zones(report.start, report.end, texts)),
      "title": words.title, "lead": words.lead,
      "page_title": texts("hosts.page", ["title": words.title]),
      "zone": options.clock.zones(report.start, report.end, texts),
      "findings": report.findings.map { $0.finding.pageValues(texts) },
      "hosts": report.hosts.enumerated().map { place, host -> [String: Any] in
        [
          "number": String(place + 1), "name": host.host.name.safeToShow,
          "errors": Quantity.count(host.count(.error)),
          "warnings": Quantity.count(host.count(.warning)),
          "sockets": Quantity.count(host.mostSockets),
          "close_wait": Quantity.count(host.most(.closeWait)),
          "time_wait": Quantity.count(host.most(.timeWait)),
          "snapshots": Quantity.count(host.night.snapshots.count),
          "worst": FleetWords.worst(host),
        ]
      },
    ]
    if !report.outliers.isEmpty {
      let shown = report.outliers.prefix(FleetWords.outlierLimit)
      values["outliers"] = table(
        shown.map { ["text": words.text($0)] }, more: report.outliers.count - shown.count)
    }
    if !report.links.isEmpty {
      let shown = report.links.prefix(FleetWords.linkLimit)
      values["links"] = table(
        shown.map { link in
          [
            "client": words.end(link.client),
            "server": words.end(link.server, port: link.port),
            "connections": Quantity.count(link.connections),
            "both": Quantity.count(link.atBoth), "waits": words.waits(link),
          ]
        }, more: report.links.count + report.linksOmitted - shown.count)
    }
    return values
  }

  private func table(_ rows: [[String: Any]], more: Int) -> [String: Any] {
    var values: [String: Any] = ["rows": rows]
    if more > 0 {
      values["more"] = Quantity.count(more)
      values["more_words"] = texts.counted("page.more", more)
      values["more_links_words"] = texts.counted("hosts.moreLinks", more)
    }
    return values
  }
}
