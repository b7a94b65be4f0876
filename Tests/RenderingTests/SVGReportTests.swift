import CLibXML2
import TCPModel
import TestSupport
import Testing
import Timeline

@testable import Rendering

/// What an SVG document promises to programs that read it.
@Suite struct SVGReportTests {
  private func ladder(
    _ connection: Connection = Situations.halfClose.connection,
    header: ReportHeader = ReportHeader(captures: [], summary: TraceSummary()),
    _ change: (inout DiagramOptions) -> Void = { _ in }
  ) throws -> [UInt8] {
    var options = DiagramOptions()
    change(&options)
    return try SVGReport(header: header, options: options).ladder(connection)
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Whether libxml2 reads it without a complaint.
  private func isWellFormed(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { buffer in
      let start = buffer.bindMemory(to: CChar.self).baseAddress
      let options = Int32(XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
      guard let document = xmlReadMemory(start, Int32(buffer.count), nil, nil, options) else {
        return false
      }
      xmlFreeDoc(document)
      return true
    }
  }

  @Test func theRootSaysWhatItIs() throws {
    let svg = text(try ladder())
    #expect(svg.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "))
    #expect(svg.contains("xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(svg.contains("viewBox=\"0 0 920 "))
    #expect(svg.contains("role=\"img\""))
    #expect(
      svg.contains(">TCP connection 10.61.1.10:43626 to 10.61.2.20:8080: closed</title>"))
    #expect(svg.contains("States of the client: CLOSED, SYN_SENT at 0.000000 s (observed)"))
  }

  @Test func segmentsCarryTheirFacts() throws {
    let svg = text(try ladder())
    #expect(svg.contains("<g class=\"connection\" data-id=\"1\" data-outcome=\"closed\">"))
    #expect(
      svg.contains(
        """
        <g class="segment" data-frame="2" data-from="server" data-flags="SYN,ACK" data-seq="0" \
        data-ack="1" data-len="0" data-at-ns="50372000">
        """))
    #expect(
      svg.contains(
        """
        <g class="segments" data-first-frame="9" data-last-frame="16" data-from="server" \
        data-count="8" data-len="4800"
        """))
    #expect(
      svg.contains(
        "class=\"state\" data-side=\"server\" data-state=\"CLOSE_WAIT\" data-basis=\"inf"))
    #expect(
      svg.contains("<g class=\"phase\" data-name=\"handshake\" data-duration-ns=\"50391000\""))
    #expect(svg.contains("<g class=\"break\" data-duration-ns=\"358743000\">"))
    for side in ["client", "server"] {
      #expect(svg.contains("<g class=\"lifeline\" data-side=\"\(side)\">"))
    }
  }

  @Test func nothingComesFromOutside() throws {
    let svg = text(try ladder())
    for word in ["<script", "foreignObject", "href", "@import", "url(", "var(", "onload"] {
      #expect(!svg.contains(word), "\(word)")
    }
  }

  @Test func namesOfTheDocumentFollowFromItsContent() throws {
    let first = text(try ladder())
    #expect(first == text(try ladder()))
    var other = Situations.halfClose
    other.client.port = 1
    let id = { (svg: String) in svg.split(separator: " id=\"")[1].prefix { $0 != "\"" } }
    #expect(id(first) != id(text(try ladder(other.connection))))
  }

  @Test func themesDifferInColoursAlone() throws {
    let auto = text(try ladder())
    let light = text(try ladder { $0.theme = .light })
    let dark = text(try ladder { $0.theme = .dark })
    #expect(auto.contains("@media (prefers-color-scheme:dark){"))
    #expect(!light.contains("@media") && !dark.contains("@media"))
    #expect(light.contains("#ffffff") && !light.contains("#0d1117"))
    #expect(dark.contains("#0d1117") && !dark.contains("#ffffff"))
    func body(_ svg: String) -> Substring { svg.split(separator: "</style>")[1] }
    #expect(body(light) == body(dark) && body(light) == body(auto))
  }

  @Test func transparentHasNoPage() throws {
    #expect(text(try ladder()).contains("<rect width=\"920\""))
    #expect(!text(try ladder { $0.isTransparent = true }).contains("<rect width=\"920\""))
  }

  @Test(arguments: [
    "<script>alert(1)</script>", "a\u{0}b\u{1B}[31m", "\u{FFFE}\u{FFFF}", "]]>&amp;\"'", "--><g>",
    "\u{202E}evil", String(repeating: "long.", count: 100), "서버 이름",
  ])
  func hostileNamesStayText(name: String) throws {
    let connection = Situations.halfClose.connection
    var header = ReportHeader(
      captures: [CaptureInfo(path: "/tmp/\(name)", format: .pcap)], summary: TraceSummary())
    header.names[connection.summary.client.address] = name
    let bytes = try ladder(connection, header: header)
    #expect(isWellFormed(bytes))
    #expect(!text(bytes).contains("<script"))
  }

  @Test(arguments: 1...20)
  func anythingIsWellFormed(seed: UInt64) throws {
    let random = ArbitraryConnection(seed: seed)
    var options = DiagramOptions()
    options.language = seed % 2 == 0 ? .ko : .en
    let report = SVGReport(header: random.header, options: options)
    let bytes = try report.ladder(random.connection)
    #expect(isWellFormed(bytes), "seed \(seed)")
    #expect(bytes.count <= 150_000, "seed \(seed)")
    var all = OverviewAggregate()
    all.add(random.connection.summary)
    #expect(
      isWellFormed(
        try report.overview([random.connection], all: all, diagrams: [random.connection])),
      "seed \(seed)")
  }

  @Test func sixtyRowsStaySmall() throws {
    let exchanges = (0..<300).map { second in
      "\(second)000 > P. len 10 !opens\n\(second)040 < P. len 20 !opens"
    }
    let script = ConnectionScript(exchanges.joined(separator: "\n"))
    #expect(try ladder(script.connection).count <= 100_000)
  }
}
