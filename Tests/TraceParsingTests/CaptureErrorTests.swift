import Foundation
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// The line a user sees, word for word.
@Suite struct CaptureErrorTests {
  private func error(reading content: [UInt8]) throws -> CaptureError {
    try #require(throws: CaptureError.self) { _ = try Reading(content) }
  }

  @Test func anEmptyFile() throws {
    let error = try error(reading: [])
    #expect(
      error.message
        == "this file is empty (byte offset 0); tcptimeline reads pcap, pcapng and socket snapshots"
    )
    #expect(error.kind == .notACapture)
    #expect(error.layer == .file)
  }

  @Test func aTextFile() throws {
    let error = try error(reading: Array("hello\n".utf8))
    #expect(
      error.message
        == "this is not a capture: it begins with 68 65 6c 6c (byte offset 0); "
        + "tcptimeline reads pcap, pcapng and socket snapshots")
    #expect(error.layer == .file)
  }

  @Test func aSolarisSnoopFile() throws {
    let error = try error(reading: Array("snoop\0\0\0\0\0\0\u{2}\0\0\0\u{4}".utf8))
    #expect(
      error.message
        == "this is a Solaris snoop capture (byte offset 0); tcptimeline reads pcap, pcapng and socket snapshots: "
        + "convert it with 'editcap -F pcapng'")
  }

  @Test func aPcapHeaderThatIsCutOff() throws {
    let error = try error(reading: Array(PcapBuilder().file.prefix(10)))
    #expect(
      error.message == "the pcap header is cut off (byte offset 0: 24 bytes needed, 10 there)")
    #expect(error.layer == .pcapHeader)
    #expect(error.needed == 24)
    #expect(error.available == 10)
  }

  @Test func aPcapngHeaderThatIsCutOff() throws {
    let error = try error(reading: Array(PcapNGBuilder().file.prefix(20)))
    #expect(
      error.message
        == "the pcapng section header is cut off (byte offset 0: 28 bytes needed, 20 there)")
    #expect(error.layer == .pcapngBlock)
  }

  @Test func aFirstRecordOf4GiB() throws {
    var capture = PcapBuilder()
    capture.add([], captured: 0xFFFF_FFFF)
    let error = try error(reading: capture.file)
    #expect(
      error.message
        == "a record claims 4294967295 bytes, more than the 262144 that any capture holds "
        + "(byte offset 24)")
    #expect(error.kind == .notACapture)
    #expect(error.layer == .pcapRecord)
    #expect(error.offset == 24)
    #expect(error.needed == 4_294_967_295)
  }

  @Test func aFirstBlockShorterThanItsHeader() throws {
    var capture = PcapNGBuilder()
    let offset = capture.file.count
    capture.addBlock(1, length: 8) { $0.u64(0) }
    let error = try error(reading: capture.file)
    #expect(
      error.message
        == "a block claims a length of 8 bytes, which must be at least 12 and a multiple of 4 "
        + "(byte offset \(offset))")
    #expect(error.layer == .pcapngBlock)
  }

  @Test func aPcapFileOfAnUnknownLinkType() throws {
    var capture = PcapBuilder(linkType: 189)
    capture.add([1, 2, 3])
    let error = try error(reading: capture.file)
    #expect(
      error.message == "link type 189 (USB_LINUX) is not decoded (byte offset 20)")
    #expect(error.layer == .linkType)
  }

  @Test func aPcapngFileOfUnknownLinkTypesOnly() throws {
    var capture = PcapNGBuilder()
    capture.addInterface(linkType: 999)
    capture.addPacket([1, 2, 3])
    #expect(
      try error(reading: capture.file).message == "link type 999 is not decoded")
  }

  @Test func anUnknownPcapVersion() throws {
    var capture = PcapBuilder().file
    capture[4] = 7
    #expect(
      try error(reading: capture).message
        == "pcap version 7 is not known (byte offset 4); tcptimeline reads version 2")
  }

  @Test func anUnknownByteOrderMark() throws {
    var capture = PcapNGBuilder().file
    capture[8] = 0xEE
    #expect(
      try error(reading: capture).message
        == "a section header has the unknown byte-order mark 0xee3c2b1a (byte offset 0)")
  }

  @Test func aFileThatIsNotThere() throws {
    let error = try #require(throws: CaptureError.self) {
      _ = try CaptureReader(path: "/nonexistent/trace.pcap")
    }
    #expect(error.kind == .cannotOpen)
    #expect(error.message == "cannot be opened (No such file or directory)")
  }

  @Test func aFolder() throws {
    let error = try #require(throws: CaptureError.self) {
      _ = try CaptureReader(path: NSTemporaryDirectory())
    }
    #expect(error.kind == .cannotOpen)
    #expect(error.message == "cannot be opened (Is a directory)")
  }

  @Test func aPlaceThatCannotBeRead() throws {
    // Address 0 of the process: open succeeds, read does not.
    let error = try #require(throws: CaptureError.self) {
      _ = try CaptureReader(path: "/proc/self/mem")
    }
    #expect(error.kind == .readFailed)
    #expect(error.message == "reading failed (Input/output error, byte offset 0)")
  }
}
