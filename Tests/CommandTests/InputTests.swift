import Foundation
import TestSupport
import Testing

/// Captures by name, from a folder, from a pipe, and several as one.
@Suite struct InputTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  @Test(arguments: ["text", "csv", "json"])
  func aPipeGivesWhatTheFileGives(_ format: String) throws {
    let file = try Program().run("Samples/textbook.pcap", "-o", "-", "--format", format)
    let bytes = Array(
      try Data(contentsOf: Repository.samples.appendingPathComponent("textbook.pcap")))
    let pipe = try Program(input: bytes).run("-", "-o", "-", "--format", format)
    #expect(pipe.status == 0)
    // A pipe is not kept for the segments of a page that nobody asked for.
    let ladder = file.text.range(of: "\nSegments\n")?.lowerBound ?? file.text.endIndex
    #expect((ladder != file.text.endIndex) == (format == "text"))
    let name = format == "text" ? "standard input" : "-"
    #expect(
      pipe.text
        == file.text[..<ladder].replacingOccurrences(of: "Samples/textbook.pcap", with: name))
  }

  @Test func aFolderStandsForItsCaptures() throws {
    for name in ["textbook.pcap", "reset.pcap"] { try copy(name) }
    try scratch.write(Array("notes".utf8), "README.md")
    let folder = try Program(folder: scratch.folder).run(".", "-o", "-", "--format", "csv")
    let named = try Program(folder: scratch.folder).run(
      "reset.pcap", "textbook.pcap", "-o", "-", "--format", "csv")
    #expect(folder.status == 0)
    #expect(folder.text == named.text)
    #expect(folder.text.split(separator: "\r\n").count == 3)
  }

  /// Captures are merged by time, whatever their order on the command line.
  @Test func severalCapturesAreOneTimeline() throws {
    let result = try Program().run(
      "Samples/port-reuse.pcap", "Samples/textbook.pcap", "Samples/refused.pcap",
      "-o", "-", "--format", "csv")
    let starts = result.text.split(separator: "\r\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)[9]
    }
    #expect(starts.count == 7)
    #expect(starts == starts.sorted())
  }

  /// A capture cut in two pieces is the same timeline as the whole.
  @Test func rotatedPiecesGiveWhatTheWholeGives() throws {
    let bytes = Array(
      try Data(contentsOf: Repository.samples.appendingPathComponent("reset.pcap")))
    // Records begin after the header's 24 bytes; each has its captured length at offset 8.
    var cut = 24
    for _ in 0..<30 { cut += 16 + Int(bytes[cut + 8]) + Int(bytes[cut + 9]) << 8 }
    try scratch.write(Array(bytes[..<cut]), "1.pcap")
    try scratch.write(Array(bytes[..<24] + bytes[cut...]), "2.pcap")
    let columns = ["Outcome", "reset", "249 ms", "50 kB"]
    let whole = try Program().run("Samples/reset.pcap")
    let pieces = try Program(folder: scratch.folder).run("2.pcap", "1.pcap")
    for column in columns {
      #expect(whole.text.contains(column))
      #expect(pieces.text.contains(column))
    }
    #expect(pieces.text.contains("Connections: 1 (1 reset)"))
  }

  /// The second pass begins close before a connection; what it finds is what the whole gives.
  @Test(arguments: ["1", "1000", "1990"])
  func aConnectionReadAloneIsTheSame(_ id: String) throws {
    let options = ["-o", "-", "--format", "ndjson", "--segments"]
    let whole = try Program().run(["Samples/many.pcap"] + options)
    let alone = try Program().run(["Samples/many.pcap", "--connection", id] + options)
    let line = whole.text.split(separator: "\n").first { $0.hasPrefix("{\"id\":\(id),") }
    #expect(alone.status == 0)
    #expect(try #require(line) + "\n" == alone.text)
  }

  private func copy(_ name: String) throws {
    try FileManager.default.copyItem(
      at: Repository.samples.appendingPathComponent(name),
      to: scratch.folder.appendingPathComponent(name))
  }
}
