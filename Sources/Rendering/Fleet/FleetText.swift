import Support
import TCPModel

/// The report on a fleet's night for a terminal or a pipe: the first page, then a page for each host
/// on which something was found.
struct FleetText {
  private let report: FleetReport
  private let style: TextStyle
  private let clock: WallClock
  private let words: FleetWords

  init(_ report: FleetReport, style: TextStyle, clock: WallClock) {
    self.report = report
    self.style = style
    self.clock = clock
    words = FleetWords(report: report, clock: clock)
  }

  func write(to output: inout ByteWriter) {
    heading(words.title, to: &output)
    output.text("  \(words.lead)\n\n")
    heading("Findings", to: &output)
    if report.findings.isEmpty { output.literal("  nothing stands out\n") }
    for finding in report.findings { style.write(finding.finding, to: &output) }
    hosts(to: &output)
    if !report.outliers.isEmpty {
      output.literal("\n")
      heading("Unlike the others", to: &output)
      for outlier in report.outliers.prefix(FleetWords.outlierLimit) {
        output.text("  \(FleetWords.text(outlier))\n")
      }
      more(report.outliers.count - FleetWords.outlierLimit, to: &output)
    }
    links(to: &output)
    for host in report.hosts where !host.night.findings.isEmpty {
      output.literal("\n")
      heading(host.host.name.safeToShow, to: &output)
      NightlyText(host.night, style: style, clock: clock).write(to: &output)
    }
  }

  private func hosts(to output: inout ByteWriter) {
    output.literal("\n")
    heading("Hosts", to: &output)
    var table = TextTable(
      [
        .init("Host", .left), .init("Errors", .right), .init("Warnings", .right),
        .init("Sockets", .right), .init("CLOSE_WAIT", .right), .init("TIME_WAIT", .right),
        .init("Snapshots", .right), .init("Worst", .left),
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
    heading("Between the hosts", to: &output)
    var table = TextTable(
      [
        .init("Client", .left), .init("Server", .left), .init("Connections", .right),
        .init("Seen at both", .right), .init("Who waits", .left, rank: 1),
      ], style: style)
    table.begin(
      report.links.prefix(FleetWords.linkLimit).map { link in
        [
          .init(FleetWords.end(link.client)), .init(FleetWords.end(link.server, port: link.port)),
          .init(Quantity.count(link.connections)), .init(Quantity.count(link.atBoth)),
          .init(FleetWords.waits(link)),
        ]
      }, to: &output)
    more(report.links.count + report.linksOmitted - FleetWords.linkLimit, to: &output)
  }

  private func more(_ count: Int, to output: inout ByteWriter) {
    if count > 0 { output.text("  and \(Quantity.count(count)) more\n") }
  }

  private func heading(_ text: String, to output: inout ByteWriter) {
    style.paint(text, .heading, to: &output)
    output.literal("\n")
  }
}
