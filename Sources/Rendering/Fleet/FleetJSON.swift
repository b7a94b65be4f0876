import Support
import TCPModel

/// The report on a fleet's night as one JSON object; each host is one line of it.
struct FleetJSON {
  private let report: FleetReport

  /// Rows of each table of a host.
  private static let rows = 50

  init(_ report: FleetReport) {
    self.report = report
  }

  func write(to output: inout ByteWriter) {
    output.openObject()
    output.member("schema", plain: "tcptimeline.fleet/1")
    output.key("generator")
    output.openObject()
    output.member("name", plain: Generator.name)
    output.member("version", plain: Generator.version)
    output.closeObject()
    output.member("start", report.start)
    output.member("end", report.end)
    output.lines("findings", report.findings) { finding, output in
      output.openObject()
      output.member("kind", plain: finding.finding.kind.rawValue)
      output.member("severity", plain: finding.finding.severity.rawValue)
      output.member("service", finding.service.isEmpty ? nil : finding.service)
      output.member("hosts", finding.hosts)
      output.member("of_hosts", Int64(finding.ofHosts))
      output.member("text", finding.finding.text)
      output.key("evidence")
      output.evidence(finding.finding.evidence)
      output.closeObject()
    }
    output.lines("outliers", report.outliers) { outlier, output in
      output.openObject()
      output.member("host", outlier.host)
      output.member("figure", plain: outlier.figure)
      output.member("value", outlier.value)
      output.member("median", outlier.median)
      output.member("of_hosts", Int64(outlier.hosts))
      output.member("services", outlier.services)
      output.closeObject()
    }
    output.lines("links", report.links) { link, output in write(link, to: &output) }
    output.member("links_omitted", Int64(report.linksOmitted))
    output.member("sockets_omitted", Int64(report.socketsOmitted))
    output.lines("hosts", report.hosts) { host, output in write(host, to: &output) }
    output.closeObject()
    output.literal("\n")
  }

  private func write(_ link: FleetLink, to output: inout ByteWriter) {
    output.openObject()
    for (name, end) in [("client", link.client), ("server", link.server)] {
      output.key(named: name)
      output.openObject()
      output.member("host", end.host)
      output.member("process", end.process)
      output.closeObject()
    }
    output.member("port", Int64(link.port))
    output.member("connections", Int64(link.connections))
    output.member("at_client", Int64(link.atClient))
    output.member("at_server", Int64(link.atServer))
    output.member("at_both", Int64(link.atBoth))
    output.key("waits")
    output.openObject()
    for wait in FleetLink.Wait.allCases {
      guard let count = link.waits[wait] else { continue }
      output.member(named: wait.rawValue, Int64(count))
    }
    output.closeObject()
    output.closeObject()
  }

  private func write(_ host: FleetHost, to output: inout ByteWriter) {
    let night = host.night
    let json = NightlyJSON(night)
    output.openObject()
    output.member("host", host.host.name)
    output.member("host_basis", plain: host.host.basis.rawValue)
    output.member("addresses", host.addresses.prefix(Self.rows).map(\.description))
    output.member("start", night.start)
    output.member("end", night.end)
    output.member("snapshots", Int64(night.snapshots.count))
    output.member("most_sockets", host.mostSockets)
    output.key("most_by_state")
    output.openObject()
    for state in StateCounts.order where host.most(state) > 0 {
      output.member(named: StateCounts.name(state), host.most(state))
    }
    output.closeObject()
    output.key("findings")
    output.openArray()
    for finding in night.findings { output.value(finding) }
    output.closeArray()
    json.series(to: &output)
    json.tables(limit: Self.rows, to: &output)
    output.key("compared_with")
    json.comparison(to: &output)
    output.closeObject()
  }
}

extension ByteWriter {
  /// An array with each element on a line of its own.
  mutating func lines<Element>(
    _ name: StaticString, _ elements: [Element], _ write: (Element, inout ByteWriter) -> Void
  ) {
    key(name)
    openArray()
    for (index, element) in elements.enumerated() {
      needsComma = false
      literal(index > 0 ? ",\n" : "\n")
      write(element, &self)
    }
    closeArray()
  }
}
