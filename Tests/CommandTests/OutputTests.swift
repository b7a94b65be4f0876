import Foundation
import TestSupport
import Testing

/// Where reports go, and what stays untouched.
@Suite struct OutputTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  @Test(arguments: [
    ("report.json", "{\"schema\":\"tcptimeline/1\""), ("report.ndjson", "{\"id\":1,"),
    ("report.csv", "id,client_address,"), ("conn.log", "#separator \\x09\n"),
    ("REPORT.TXT", "Samples/textbook.pcap  pcap, RAW"),
  ])
  func theEndingDecidesTheFormat(_ name: String, _ start: String) throws {
    let result = try Program().run("Samples/textbook.pcap", "-o", scratch.path(name))
    #expect(result.status == 0)
    #expect(result.output.isEmpty)
    #expect(String(decoding: try scratch.read(name), as: UTF8.self).hasPrefix(start))
    #expect(try scratch.names() == [name])
  }

  /// However it was chosen.
  @Test(arguments: [
    ["--limit", "1"], ["--connection", "2"], ["--connection", "2-", "--limit", "1"],
    ["--slowest", "1"], ["--limit", "1", "--threads", "2"],
  ])
  func aSingleConnectionIsListedWithItsStates(_ choice: [String]) throws {
    let result = try Program().run(["Samples/http.pcapng"] + choice)
    #expect(result.text.contains("\nPhases\n"))
    for state in ["SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "CLOSE_WAIT", "TIME_WAIT"] {
      #expect(result.text.contains(" \(state)"))
    }
  }

  @Test func theFormatOptionOverridesTheEnding() throws {
    _ = try Program().run(
      "Samples/textbook.pcap", "-o", scratch.path("a.csv"), "--format", "ndjson")
    #expect(try scratch.read("a.csv").first == UInt8(ascii: "{"))
  }

  @Test func anInputIsNeverOverwritten() throws {
    let bytes = try sample("textbook.pcap")
    let capture = try scratch.write(bytes, "capture.csv")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link.csv"), withDestinationPath: capture)
    try FileManager.default.linkItem(atPath: capture, toPath: scratch.path("second.csv"))
    for name in ["capture.csv", "link.csv", "second.csv"] {
      let result = try Program().run(capture, "-o", scratch.path(name))
      #expect(result.status == 73)
      #expect(
        result.errors == "tcptimeline: \(scratch.path(name)): is an input and will not be"
          + " overwritten; choose another -o\n")
      #expect(try scratch.read("capture.csv") == bytes)
    }
  }

  @Test func aFailedReportLeavesTheOldOne() throws {
    try scratch.write(Array("old".utf8), "report.csv")
    try scratch.write(Array("text".utf8), "no.pcap")
    let result = try Program().run(scratch.path("no.pcap"), "-o", scratch.path("report.csv"))
    #expect(result.status == 65)
    #expect(try scratch.read("report.csv") == Array("old".utf8))
    #expect(try scratch.names() == ["no.pcap", "report.csv"])
  }

  @Test func aLinkIsKeptAndItsTargetReplaced() throws {
    try scratch.write(Array("old".utf8), "target.csv")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link.csv"), withDestinationPath: "target.csv")
    let result = try Program().run("Samples/textbook.pcap", "-o", scratch.path("link.csv"))
    #expect(result.status == 0)
    #expect(try scratch.read("target.csv").starts(with: Array("id,".utf8)))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path("link.csv"))
        == "target.csv")
  }

  @Test func unwritableOutput() throws {
    let path = scratch.path("none/report.csv")
    let result = try Program().run("Samples/textbook.pcap", "-o", path)
    #expect(result.status == 73)
    #expect(
      result.errors == "tcptimeline: \(path): cannot be written (No such file or directory)\n")
  }

  @Test func folderAsOutput() throws {
    let result = try Program().run(
      "Samples/textbook.pcap", "-o", scratch.folder.path, "--format", "csv")
    #expect(result.status == 73)
    #expect(
      result.errors == "tcptimeline: \(scratch.folder.path): is a folder; name a file in it\n")
  }

  @Test(arguments: ["csv", "json", "text", "zeek"])
  func fullDisk(_ format: String) throws {
    let named = try Program().run("Samples/textbook.pcap", "-o", "/dev/full", "--format", format)
    #expect(named.status == 74)
    #expect(named.errors == "tcptimeline: /dev/full: writing failed (No space left on device)\n")
    let standard = try Program().run(
      "Samples/textbook.pcap", "-o", "-", "--format", format, output: "/dev/full")
    #expect(standard.status == 74)
    #expect(
      standard.errors == "tcptimeline: standard output: writing failed"
        + " (No space left on device)\n")
  }

  @Test func deviceIsWrittenDirectly() throws {
    let result = try Program().run("Samples/textbook.pcap", "-o", "/dev/stdout")
    #expect(result.status == 0)
    #expect(result.text.contains("Connections: 1 (1 closed)"))
  }

  private func sample(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Repository.samples.appendingPathComponent(name)))
  }

  @Test func aTransparentPictureLeavesTheBackgroundToThePage() throws {
    let picture = try Program().run("Samples/textbook.pcap", "--format", "svg")
    let transparent = try Program().run(
      "Samples/textbook.pcap", "--format", "svg", "--transparent")
    let page = #/<rect width="\d+" height="\d+" class="a-paper"\/>/#
    #expect(picture.text.contains(page))
    #expect(transparent.status == 0)
    #expect(!transparent.text.contains(page))
  }

  @Test(arguments: [640, 1200])
  func aPictureIsAsWideAsAskedFor(width: Int) throws {
    let picture = try Program().run(
      "Samples/half-close.pcapng", "--format", "svg", "--width", String(width))
    #expect(picture.status == 0)
    #expect(picture.text.contains(" width=\"\(width)\""))
  }
}
