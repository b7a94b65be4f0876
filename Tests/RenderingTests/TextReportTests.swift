import Rendering
import TCPModel
import Testing

@Suite struct TextReportTests {
  @Test func aPipeGetsPlainTextInFull() {
    let text = ReportFixture.text(TextReport(style: .plain))
    #expect(!text.holdsControls)
    #expect(text.contains("[2001:db8::2]:443"))
    #expect(text.contains("Connections: 2 (1 closed, 1 open)"))
    #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" ") })
  }

  @Test(arguments: [60, 80, 132])
  func noRowIsWiderThanTheTerminal(_ width: Int) throws {
    let text = ReportFixture.text(TextReport(style: TextStyle(width: width)))
    let table = try #require(text.range(of: "Connections:"))
    for line in text[table.lowerBound...].split(separator: "\n") {
      #expect(line.count <= width)
    }
  }

  @Test func columnsAreAligned() throws {
    let lines = ReportFixture.text(TextReport(style: .plain)).split(separator: "\n")
    let title = try #require(lines.first { $0.contains("Outcome") })
    let column = try #require(title.range(of: "Outcome")).lowerBound
    let place = title.distance(from: title.startIndex, to: column)
    let row = try #require(lines.last)
    // The client's name holds one character that takes two columns.
    #expect(row.dropFirst(place - 1).hasPrefix("open"))
  }

  @Test func coloursAreForTerminals() {
    let coloured = ReportFixture.text(TextReport(style: TextStyle(width: 200, isColoured: true)))
    #expect(coloured.contains("\u{1B}[32mclosed\u{1B}[0m"))
    #expect(!ReportFixture.text(TextReport(style: TextStyle(width: 200))).contains("\u{1B}"))
  }

  @Test func oneConnectionIsToldWhole() {
    var writer = TextReport(style: .plain)
    var header = ReportFixture.header
    header.listed = 1
    var output = ByteWriter()
    writer.begin(header, to: &output)
    writer.write(ReportFixture.full, to: &output)
    writer.end(to: &output)
    let text = String(decoding: output.takeBytes(), as: UTF8.self)
    #expect(text.contains("1.500000      60 s  time_wait (assumed)"))
    #expect(text.contains("and 3 more phases"))
    #expect(text.contains("0.000000  SYN_SENT  SYN_RECEIVED ~     11"))
  }
}
