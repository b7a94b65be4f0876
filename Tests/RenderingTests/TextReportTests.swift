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

  private func page(_ connection: Connection, width: Int? = nil) -> String {
    var writer = TextReport(style: TextStyle(width: width))
    var header = ReportFixture.header
    header.listed = 1
    var output = ByteWriter()
    writer.begin(header, to: &output)
    writer.write(connection, to: &output)
    writer.end(to: &output)
    return String(decoding: output.takeBytes(), as: UTF8.self)
  }

  /// Each whole, with its places: what is cut off nobody finds again.
  @Test func onATerminalFindingsAreLastAndWhole() throws {
    let style = TextStyle(width: 60)
    var header = ReportFixture.header
    // Seven lines of it, then a word that is longer than a line.
    let long = String(repeating: "a long sentence ", count: 20) + String(repeating: "x", count: 90)
    header.findings = (0..<11).map { number in
      Finding(
        kind: .reset, severity: .info, connections: [number], frames: [100 + Int64(number)],
        wording: Wording(verbatim: long), evidence: [])
    }
    var writer = TextReport(style: style)
    var output = ByteWriter()
    writer.begin(header, to: &output)
    writer.write(ReportFixture.full, to: &output)
    writer.write(ReportFixture.unknown, to: &output)
    writer.end(to: &output)
    let text = String(decoding: output.takeBytes(), as: UTF8.self)
    let table = try #require(text.range(of: "Connections:"))
    let findings = try #require(text.range(of: "Findings"))
    #expect(table.lowerBound < findings.lowerBound)
    let told = text[findings.upperBound...]
    #expect(told.split(separator: "\n").allSatisfy { $0.count <= 60 })
    #expect(!told.contains("…"))
    for number in 0..<3 {
      #expect(told.contains("(connection \(number); frame \(100 + number))"))
    }
    #expect(told.filter { $0 == "x" }.count == 3 * 90)
    #expect(told.contains("and 8 findings more: a pipe"))
  }

  @Test func whatATableLeavesOutIsSaid() {
    let narrow = ReportFixture.text(TextReport(style: TextStyle(width: 60)))
    #expect(narrow.contains("\nLeft out at 60 columns: start, "))
    #expect(!ReportFixture.text(TextReport(style: .plain)).contains("Left out"))
    var writer = TextReport(style: TextStyle(width: 200))
    var header = ReportFixture.header
    header.listed = 3_000
    var output = ByteWriter()
    writer.begin(header, to: &output)
    writer.write(ReportFixture.full, to: &output)
    writer.write(ReportFixture.unknown, to: &output)
    writer.end(to: &output)
    let cut = String(decoding: output.takeBytes(), as: UTF8.self)
    #expect(cut.contains("and 2,998 more; these are the most notable. All: --limit 3000"))
  }

  @Test(arguments: [64, 80, 132, nil])
  func theDiagramKeepsBothLifelinesUpright(_ width: Int?) throws {
    let lines = page(ReportFixture.full, width: width).split(separator: "\n")
    let start = try #require(lines.firstIndex { $0.hasPrefix("Segments") })
    let rows = lines[(start + 2)...].prefix { $0.hasSuffix("|") || $0.hasSuffix(":") }
    #expect(rows.count > 3)
    // The client's name has a character that takes two columns, but no arrow does.
    #expect(Set(rows.map(\.count)).count == 1)
    #expect(rows.contains { $0.contains("    12  |<--") })
  }

  @Test func theLongestWaitIsSplitWhereNothingWasSentAgain() {
    var connection = ReportFixture.full
    connection.summary.timings.longestWait = 50_000_000
    connection.summary.timings.wait = 50_000_000
    connection.summary.timings.serverTime = 31_000_000
    connection.summary.rtt.client = nil
    connection.phases.append(
      Phase(name: .wait, start: 30_000_000, duration: 50_000_000, firstFrame: 14, lastFrame: 16))
    connection.events = []
    #expect(
      page(connection).contains("Longest wait 50 ms, frames 14-16: network 19 ms, server 31 ms."))
    connection.events = [
      Event(at: 40_000_000, frame: 15, from: .client, kind: .retransmission, wording: .nothing)
    ]
    let repeated = page(connection)
    #expect(repeated.contains("sent again in it (frame 15)"))
    #expect(!repeated.contains("14-16: network"))
    connection.events = []
    connection.summary.handshake.serverRTT = nil
    #expect(page(connection).contains("no round trip was measured"))
  }

  @Test func oneConnectionIsToldWhole() {
    let text = page(ReportFixture.full)
    #expect(text.contains("  sent again ") && text.contains("1 (100 B)  1 (100 B)\n"))
    #expect(text.contains("1.500000      60 s  time_wait (assumed)"))
    #expect(text.contains("and 3 more phases"))
    #expect(text.contains("0.000000  SYN_SENT  SYN_RECEIVED ~     11"))
  }
}
