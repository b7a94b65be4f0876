import Foundation
import TestSupport
import Testing

/// `--chart NAME`: one chart alone; and the charts of reports.
@Suite struct ChartCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  @Test func aWrongNameIsAnsweredWithTheChoices() throws {
    let result = try Program().run("Samples/reset.pcap", "--chart", "speed", "-o", "x.svg")
    #expect(result.status == 64)
    #expect(
      result.errors == """
        tcptimeline: the value 'speed' is invalid for '--chart <name>'. Please provide one of \
        'sequence', 'flight', 'rtt', 'throughput' or 'delay' (--chart <name> Draw this chart instead (svg); \
        see tcptimeline --help)

        """)
  }

  @Test(arguments: ["json", "md", "html", "csv"])
  func aChartIsAPicture(_ ending: String) throws {
    let result = try Program().run(
      "Samples/reset.pcap", "--chart", "rtt", "-o", scratch.path("report.\(ending)"))
    #expect(result.status == 64)
    #expect(
      result.errors == """
        tcptimeline: --chart rtt makes an SVG picture, not \(ending); use -o FILE.svg (.md and \
        .html reports hold all charts)

        """)
    #expect(try scratch.names().isEmpty)
  }

  @Test func withoutAFileThePictureGoesToStandardOutput() throws {
    let result = try Program().run("Samples/retransmissions.pcap", "--chart", "flight")
    #expect(result.status == 0)
    #expect(result.text.hasPrefix("<?xml"))
    #expect(result.text.contains(#"<g class="chart" data-name="flight" data-connection="1">"#))
  }

  @Test func ofSeveralTheMostNotableOneWithDataIsDrawn() throws {
    let result = try Program().run("Samples/many.pcap", "--chart", "sequence")
    #expect(result.status == 0)
    #expect(result.text.components(separatedBy: "<g class=\"chart\"").count == 2)
    #expect(result.text.contains("The most notable of 2,000 connections"))
  }

  @Test func thoseThatWereChosenAreAllDrawn() throws {
    let result = try Program().run(
      "Samples/port-reuse.pcap", "--chart", "sequence", "--connection", "1-2")
    #expect(result.status == 0)
    #expect(result.text.contains(#"data-connection="1""#))
    #expect(result.text.contains(#"data-connection="2""#))
    #expect(!result.text.contains(#"data-connection="3""#))
  }

  @Test func noConnectionIsASentence() throws {
    let empty = try scratch.write(
      Array(
        try Data(contentsOf: Repository.samples.appendingPathComponent("reset.pcap")).prefix(24)),
      "empty.pcap")
    let result = try Program().run(empty, "--chart", "rtt")
    #expect(result.status == 0)
    #expect(result.text.contains("no connection was chosen or captured"))
  }

  @Test func reportsHoldTheChartsOfConnectionsWithData() throws {
    let capture = "Samples/retransmissions.pcap"
    #expect(try Program().run(capture, "-o", scratch.path("report.md")).status == 0)
    let folder = scratch.folder.appendingPathComponent("report-assets").path
    let names =
      ["connection-1.svg"]
      + ["flight", "rtt", "sequence", "throughput"].map { "connection-1-\($0).svg" }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names.sorted())
    let text = String(decoding: try scratch.read("report.md"), as: UTF8.self)
    for name in names { #expect(text.contains("](report-assets/\(name))")) }

    #expect(try Program().run(capture, "-o", scratch.path("report.html")).status == 0)
    let page = String(decoding: try scratch.read("report.html"), as: UTF8.self)
    #expect(page.components(separatedBy: "<g class=\"chart\"").count == 5)

    // Charts of an earlier report go with it.
    #expect(try Program().run("Samples/refused.pcap", "-o", scratch.path("report.md")).status == 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(!left.contains { $0.contains("rtt") })
  }
}
