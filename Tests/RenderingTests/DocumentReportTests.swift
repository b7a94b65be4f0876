import Foundation
import Rendering
import Support
import TCPModel
import Testing
import Timeline

/// Markdown and HTML: no text from a capture is markup.
@Suite struct DocumentReportTests {
  private let report = DocumentReport(ReportFixture.document, options: DiagramOptions())

  @Test func everyRowOfAMarkdownTableHasItsCells() throws {
    let (bytes, assets) = try report.markdown(try Templates(folder: nil), assetFolder: "r-assets")
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(!text.holdsControls)
    var cells = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        cells = 0
        continue
      }
      let count = line.replacing("\\\\", with: "").replacing("\\|", with: "").count { $0 == "|" }
      #expect(cells == 0 || count == cells, "\(line)")
      cells = count
    }
    #expect(!text.contains("<script>"))
    #expect(text.contains("![Sequence diagram of connection 7](r-assets/connection-7.svg)"))
    #expect(assets.map(\.name) == ["overview.svg", "connection-7.svg"])
  }

  @Test func withoutAPlaceForPicturesMarkdownHasMermaid() throws {
    let (bytes, assets) = try report.markdown(try Templates(folder: nil), assetFolder: nil)
    #expect(assets.isEmpty)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(!text.contains("!["))
    #expect(text.contains("```mermaid\nsequenceDiagram\n"))
    #expect(text.split(separator: "\n").count { $0.hasPrefix("```") } == 2)
  }

  /// A finding of one connection names it once, as a link where it is drawn: the words that are not part of
  /// a longer number.
  @Test(
    arguments: [
      (
        7, "Connection 7 <x> ended.",
        "<a href=\"#c7\">Connection 7</a> &lt;x&gt; ended. Frame 28."
      ),
      (
        7, "Connection 70 is not connection 7.",
        "Connection 70 is not <a href=\"#c7\">connection 7</a>. Frame 28."
      ),
      (8, "Connection 8 ended.", "</span> Connection 8 ended. Frame 28."),
      (
        7, "It ended.",
        "</span> It ended. Connection <a href=\"#c7\">7</a>. Frame 28."
      ),
    ])
  func aFindingNamesItsConnectionOnce(id: Int, sentence: String, expected: String) throws {
    var document = ReportFixture.document
    document.header.findings[0].connections = [id]
    document.header.findings[0].wording = Wording(verbatim: sentence)
    let report = DocumentReport(document, options: DiagramOptions())
    let text = String(decoding: try report.html(try Templates(folder: nil)), as: UTF8.self)
    #expect(text.contains(expected))
  }

  @Test func aPageIsClosedAgainstItsText() throws {
    let text = String(decoding: try report.html(try Templates(folder: nil)), as: UTF8.self)
    #expect(!text.holdsControls)
    #expect(!text.contains("<script"))
    #expect(!text.contains("script-src"))
    #expect(!text.contains("<?xml"))
    #expect(text.contains("a|b`c&quot;d&#39;&lt;script&gt;]]&gt;&amp;"))
    #expect(text.contains("<svg"))
    #expect(text.hasSuffix("</html>\n"))
  }

  /// Nothing but our own script runs, whatever a capture holds.
  @Test func aPageOfManyRunsOneScript() throws {
    var document = ReportFixture.document
    var table = ConnectionTable()
    for summary in document.rows { table.add(summary, document.header) }
    document.table = table
    let report = DocumentReport(document, options: DiagramOptions())
    let text = String(decoding: try report.html(try Templates(folder: nil)), as: UTF8.self)
    #expect(text.ranges(of: "<script").count == 2)
    #expect(text.ranges(of: "</script").count == 2)
    let start = try #require(text.range(of: "<script>")).upperBound
    let end = try #require(text.range(of: "</script>", range: start..<text.endIndex)).lowerBound
    let digest = SHA256.words(of: Array(text[start..<end].utf8)).flatMap { word in
      stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }
    let hash = Data(digest).base64EncodedString()
    #expect(text.contains("default-src 'none'; script-src 'sha256-\(hash)'; style-src"))
    let dataStart = try #require(text.range(of: "id=\"connection-data\">")).upperBound
    let dataEnd = try #require(text.range(of: "</script>")).lowerBound
    let data = try JSONSerialization.jsonObject(with: Data(text[dataStart..<dataEnd].utf8))
    let columns = try #require(data as? [String: Any])
    #expect(columns["id"] as? [Int] == [7, 8])
    #expect((columns["hosts"] as? [String])?.contains { $0.contains("<script>") } == true)
    #expect(columns["detailed"] as? [Int] == [7])
    // Rows without a section are what links lead to.
    #expect(text.contains("<tr id=\"c8\"") && text.contains("<section id=\"c7\""))
    #expect(text.contains("<a href=\"#c8\">"))
  }

  @Test(arguments: [
    (DiagramOptions.Theme.auto, "light dark", true, true), (.light, "light", true, false),
    (.dark, "dark", false, true),
  ])
  func aPageIsAsLightOrDarkAsItsPictures(
    theme: DiagramOptions.Theme, scheme: String, isLight: Bool, isDark: Bool
  ) throws {
    var options = DiagramOptions()
    options.theme = theme
    let report = DocumentReport(ReportFixture.document, options: options)
    let text = String(decoding: try report.html(try Templates(folder: nil)), as: UTF8.self)
    #expect(text.contains(":root { color-scheme: \(scheme); }"))
    #expect(text.contains("--paper: #ffffff;") == isLight)
    #expect(text.contains("--paper: #0d1117;") == isDark)
  }
}

@Suite struct OutputFormatTests {
  @Test(
    arguments: [
      ("a.svg", .svg), ("dir.x/a.md", .markdown), ("a.HTML", .html), ("a.jsonl", .ndjson),
      ("conn.log", .zeek), ("some/conn.log", .zeek), ("a.mmd", .mermaid), ("a.puml", .plantUML),
      ("a.txt", .text), ("a", nil), (".svg", nil), ("a.pcap", nil), ("x.csv/a", nil), ("", nil),
    ] as [(String, OutputFormat?)])
  func theEndingSaysTheFormat(_ name: String, _ format: OutputFormat?) {
    #expect(OutputFormat(fileName: name) == format)
  }

  @Test func noTwoFormatsShareANameOrAnEnding() {
    let formats = OutputFormat.all
    #expect(Set(formats.map(\.name)).count == formats.count)
    let endings = formats.flatMap(\.endings) + formats.flatMap(\.fileNames)
    #expect(Set(endings).count == endings.count)
    for format in formats { #expect(OutputFormat(named: format.name) == format) }
  }

  @Test func aFormatSaysWhatItCanReportOn() {
    #expect(
      OutputFormat.names { $0.night != nil }
        == "svg, png, pdf, md, html, json, junit, sarif or text")
    #expect(
      OutputFormat.names { $0.lesson != nil }
        == "svg, png, pdf, md, html, mermaid, plantuml or text")
    #expect(OutputFormat.names { $0.chart != nil } == "svg, png or pdf")
    #expect(OutputFormat.all.allSatisfy { $0.connections != nil })
  }
}
