import Foundation
import TestSupport
import Testing

/// In a folder every file is read, or named with the reason why not.
@Suite struct InputFolderTests {
  private let scratch: Scratch
  private let capture: [UInt8]

  init() throws {
    scratch = try Scratch()
    capture = Array(
      try Data(contentsOf: Repository.samples.appendingPathComponent("textbook.pcap")))
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program().run([scratch.folder.path] + arguments)
  }

  @Test func oneThatCannotBeReadDoesNotSpoilTheRest() throws {
    try scratch.write(capture, "a.pcap")
    try scratch.write(PcapBuilder(linkType: 147).file, "b.pcap")
    var others = PcapNGBuilder()
    others.addSection()
    others.addInterface(linkType: 147)
    others.addPacket([1, 2, 3])
    try scratch.write(others.file, "c.pcapng")
    let result = try run()
    #expect(result.status == 0 && result.text.contains("Connections: 1"))
    #expect(result.errors.contains("passed over: b.pcap (link type 147 (USER0) is not decoded"))
    #expect(result.errors.contains("c.pcapng: link type 147 (USER0) is not decoded; passed over"))
  }

  @Test func whatIsPackedOtherwiseIsNamed() throws {
    try scratch.write(capture, "a.pcap")
    try scratch.write([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4], "b.pcap.xz")
    try scratch.write(Array("notes".utf8), "notes.txt")
    try scratch.write([], "empty.pcap")
    let result = try run()
    #expect(result.status == 0)
    #expect(
      result.errors
        == "tcptimeline: \(scratch.folder.path): read 1 of 4 files; passed over: b.pcap.xz"
        + " (an xz-compressed file), empty.pcap (empty), notes.txt (no capture and no snapshot)\n")
  }

  /// Our own earlier reports among them are counted, not listed.
  @Test func manyOfAKindAreCounted() throws {
    try scratch.write(capture, "a.pcap")
    for number in 1...5 {
      try scratch.write(Array("<!DOCTYPE html>\n<html></html>\n".utf8), "r\(number).html")
      try scratch.write(Array("# Report \(number)\n".utf8), "r\(number).md")
    }
    for name in ["notes.txt", "Makefile", "a.log"] {
      try scratch.write(Array("notes".utf8), name)
    }
    let result = try run()
    #expect(
      result.errors
        == "tcptimeline: \(scratch.folder.path): read 1 of 14 files; passed over: 8 files (no capture"
        + " and no snapshot: 5 .md, 1 .log, 1 .txt, 1 other), 5 .html files (an HTML page)\n")
  }

  @Test func foldersBelowAreWalkedAndLoopsEnd() throws {
    let below = scratch.folder.appendingPathComponent("2026/10")
    try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
    try scratch.write(capture, "2026/10/a.pcap")
    try FileManager.default.createSymbolicLink(
      at: below.appendingPathComponent("b.pcap"),
      withDestinationURL: below.appendingPathComponent("a.pcap"))
    try FileManager.default.createSymbolicLink(
      at: below.appendingPathComponent("up"),
      withDestinationURL: scratch.folder.appendingPathComponent("2026"))
    let result = try run()
    #expect(result.status == 0 && result.text.contains("Connections: 1"))
    #expect(result.errors.contains("2026/10/b.pcap (a link to another of them)"))
    #expect(result.errors.contains("2026/10/up (a link to another of them)"))
  }

  @Test func nothingOfUseSaysWhatThereIs() throws {
    try scratch.write([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4], "b.pcap.xz")
    let result = try run()
    #expect(result.status == 65)
    #expect(result.errors.contains("no capture in this folder (1 other file: b.pcap.xz (an xz-"))
  }

  @Test func aNightOfSnapshotsNamesTheCapture() throws {
    let row = Array("ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n".utf8)
    try scratch.write(row, "1791763203_ss.txt")
    try scratch.write(
      Array(
        "ESTAB 0 0 a.example:ssh b.example:500\nState Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
          .utf8), "1791763303_ss.txt")
    try scratch.write(capture, "a.pcap")
    let result = try Program().run("nightly", scratch.folder.path)
    #expect(result.status == 0)
    #expect(result.errors.contains("a.pcap (a capture)"))
    #expect(result.errors.contains("1791763303_ss.txt: its addresses are given as names"))
  }

  /// The first write of the pipe may bring no more than the date.
  @Test(arguments: ["1700000000\n", "Tue Nov 14 22:13:20 UTC 2023\n", "17", ""])
  func snapshotsComeThroughAPipeInPieces(first: String) throws {
    let rows =
      "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
      + "ESTAB 0 0 192.0.2.1:443 198.51.100.7:50000\n"
    let rest = first == "17" ? "00000000\n" + rows : first.isEmpty ? "1700000000\n" + rows : rows
    let script = "{ printf '%s' \"$0\"; sleep 0.05; printf '%s' \"$1\"; } | \"$2\" - --format json"
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script, first, rest, Program.path.path]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && text.contains("192.0.2.1:443"))
  }
}
