import Support
import TCPModel
import Timeline

/// The report on a fleet's night for a terminal or a pipe: the first page, then a page for each host
/// on which something was found.
struct FleetText {
  private let report: FleetReport
  private let style: TextStyle
  private let options: DiagramOptions
  private let texts: Texts
  private let words: FleetWords

  init(_ report: FleetReport, style: TextStyle, _ options: DiagramOptions) {
    self.report = report
    self.style = style
    self.options = options
    texts = Texts.of(options.language)
    words = FleetWords(report, options)
  }

  func write(to output: inout ByteWriter) {
    heading(words.title, to: &output)
    output.text("  \(words.lead)\n\n")
    heading(texts("head.findings"), to: &output)
    if report.findings.isEmpty { output.text("  \(texts("nightly.nothing"))\n") }
    for finding in report.findings { style.write(finding.finding, texts, to: &output) }
    hosts(to: &output)
    if !report.outliers.isEmpty {
      output.literal("\n")
      heading(texts("head.unlike"), to: &output)
      for outlier in report.outliers.prefix(FleetWords.outlierLimit) {
        output.text("  \(words.text(outlier))\n")
      }
      more(report.outliers.count - FleetWords.outlierLimit, to: &output)
    }
    links(to: &output)
    for host in report.hosts where !host.night.findings.isEmpty {
      output.literal("\n")
      heading(host.host.name.safeToShow, to: &output)
      NightlyText(host.night, style: style, options).write(to: &output)
    }
  }

  private func hosts(to output: inout ByteWriter) {
    output.literal("\n")
    heading(texts("head.hosts"), to: &output)
    var table = TextTable(
      [
        .init(texts("column.host"), .left), .init(texts("column.errors"), .right),
        .init(texts("column.warnings"), .right), .init(texts("column.sockets"), .right),
        .init("CLOSE_WAIT", .right), .init("TIME_WAIT", .right),
        .init(texts("column.snapshots"), .right), .init(texts("column.worst"), .left),
      ], style: style)
    table.begin(
      report.hosts.map { host in
        [
          .init(host.host.name.safeToShow), .init(Quantity.count(host.count(.error))),
          .init(Quantity.count(host.count(.warning))), .init(Quantity.count(host.mostSockets)),
          .init(Quantity.count(host.most(.closeWait))),
          .init(Quantity.count(host.most(.timeWait))),
          .init(Quantity.count(host.night.snapshots.count)), .init(FleetWords.worst(host)),
        ]
      }, to: &output)
  }

  private func links(to output: inout ByteWriter) {
    guard !report.links.isEmpty else { return }
    output.literal("\n")
    heading(texts("head.between"), to: &output)
    var table = TextTable(
      [
        .init(texts("column.client"), .left), .init(texts("column.server"), .left),
        .init(texts("column.connections"), .right), .init(texts("column.seenAtBoth"), .right),
        .init(texts("column.whoWaits"), .left, rank: 1),
      ], style: style)
    table.begin(
      report.links.prefix(FleetWords.linkLimit).map { link in
        [
          .init(words.end(link.client)), .init(words.end(link.server, port: link.port)),
          .init(Quantity.count(link.connections)), .init(Quantity.count(link.atBoth)),
          .init(words.waits(link)),
        ]
      }, to: &output)
    more(report.links.count + report.linksOmitted - FleetWords.linkLimit, to: &output)
  }

  private func more(_ count: Int, to output: inout ByteWriter) {
    if count > 0 { output.text("  \(texts.counted("text.more", count))\n") }
  }

  private func heading(_ text: String, to output: inout ByteWriter) {
    style.paint(text, .heading, to: &output)
    output.literal("\n")
  }
}
