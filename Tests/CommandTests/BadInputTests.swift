import Foundation
import TestSupport
import Testing

/// Each way in which an input can be no capture: one line word for word, and the exit status.
@Suite struct BadInputTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  /// Runs the program on a file of these bytes; its name is left out of the message.
  private func message(
    for bytes: [UInt8], status: Int32 = 65, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let path = try scratch.write(bytes, "capture")
    let result = try Program().run(path)
    #expect(result.status == status, sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    let start = "tcptimeline: \(path): "
    #expect(result.errors.hasPrefix(start), sourceLocation: sourceLocation)
    #expect(result.errors.filter(\.isNewline).count == 1, sourceLocation: sourceLocation)
    return String(result.errors.dropFirst(start.count).dropLast())
  }

  @Test func emptyFile() throws {
    #expect(
      try message(for: [])
        == "this file is empty (byte offset 0); tcptimeline reads pcap, pcapng and socket snapshots"
    )
  }

  @Test func textFile() throws {
    #expect(
      try message(for: Array("Dear reader,\n".utf8))
        == "this is not a capture: it begins with 44 65 61 72 (byte offset 0);"
        + " tcptimeline reads pcap, pcapng and socket snapshots")
  }

  @Test func cutHeader() throws {
    #expect(
      try message(for: Array(PcapBuilder(linkType: 101).file.prefix(20)))
        == "the pcap header is cut off (byte offset 0: 24 bytes needed, 20 there)")
  }

  @Test func recordOfFourGibibytes() throws {
    let record = Bytes.words([1, 0, 0xFFFF_FFFF, 0xFFFF_FFFF])
    #expect(
      try message(for: PcapBuilder(linkType: 101).file + record)
        == "a record claims 4294967295 bytes, more than the 262144 that any capture holds"
        + " (byte offset 24)")
  }

  @Test func blockShorterThanItsHeader() throws {
    let section = Bytes.words([0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, 0xFFFF_FFFF, 0xFFFF_FFFF, 28])
    #expect(
      try message(for: section + Bytes.words([6, 8, 8]))
        == "a block claims a length of 8 bytes, which must be at least 12 and a multiple of 4"
        + " (byte offset 28)")
  }

  @Test func unknownLinkType() throws {
    #expect(
      try message(for: PcapBuilder(linkType: 147).file)
        == "link type 147 (USER0) is not decoded (byte offset 20)")
  }

  @Test func missingFile() throws {
    let result = try Program().run(scratch.path("none.pcap"))
    #expect(result.status == 66)
    #expect(
      result.errors
        == "tcptimeline: \(scratch.path("none.pcap")): cannot be opened (No such file or directory)\n"
    )
  }

  @Test func folderWithoutCaptures() throws {
    try scratch.write(Array("text".utf8), "a.txt")
    try scratch.write([], "b.pcap")
    let result = try Program().run(scratch.folder.path)
    #expect(result.status == 65)
    #expect(
      result.errors == "tcptimeline: \(scratch.folder.path): no capture in this folder"
        + " (2 other files: a.txt (no capture and no snapshot), b.pcap (empty)); name a folder with pcap or pcapng files, or with snapshots\n"
    )
  }

  /// A capture that ends inside a record is read up to there: a warning, not an error.
  @Test func cutRecord() throws {
    let whole = try Data(contentsOf: Repository.samples.appendingPathComponent("textbook.pcap"))
    let path = try scratch.write(Array(whole.dropLast(10)), "cut.pcap")
    let result = try Program().run(path)
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    #expect(result.text.contains("warning: the file ends inside a record"))
    let csv = try Program().run(path, "--format", "csv", "-o", "-")
    #expect(csv.status == 0)
    #expect(csv.errors.hasPrefix("tcptimeline: \(path): warning: the file ends inside a record"))
  }

  /// What a capture is called may come from anybody: it moves no cursor.
  @Test func nameWithTerminalEscapes() throws {
    let result = try Program().run(scratch.path("\u{1B}[31mred\r\nnext"))
    #expect(result.status == 66)
    #expect(!result.errors.dropLast().contains { $0 == "\u{1B}" || $0.isNewline })
  }
}
