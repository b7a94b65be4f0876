import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// Headers that switches, redundancy and operating systems put before a packet of two bytes.
@Suite struct SystemHeaderTests {
  private let ipv4 = PacketBuilder(payload: [1, 2]).ipv4

  private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  // MARK: Between Ethernet's addresses and the type

  @Test(arguments: [
    (0x8909, [1, 1, 0, 1, 0, 100]),  // Cisco MetaData
    (0x892F, [0, 58, 0, 0]),  // HSR
    (0xF1C1, [0, 0, 0, 7]),  // 802.1CB
    (0xD28B, [0, 1, 0, 0x10, 23, 151, 156, 254, 54, 42, 0, 0]),  // Arista, 64 bits
    (0xD28B, [0, 1, 0, 0x20, 156, 254, 54, 42, 0, 0]),  // Arista, 48 bits
    (0x88E5, [0, 0, 0, 0, 0, 1]),  // MACsec that signs
    (0x88E5, [0x20, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0, 1]),  // and names its channel
  ])
  func tags(type: Int, tag: [UInt8]) throws {
    try LinkFrame.expectSegment(linkType: 1, PacketBuilder.ethernet(type, tag + [8, 0] + ipv4))
    // Behind a VLAN tag too, and with a trailer.
    try LinkFrame.expectSegment(
      linkType: 1,
      PacketBuilder.ethernet(
        0x8100, [0, 7, UInt8(type >> 8), UInt8(type & 0xFF)] + tag + [8, 0] + ipv4 + zeros(16)))
  }

  @Test func trill() throws {
    let inner = PacketBuilder.ethernet(0x0800, ipv4)
    try LinkFrame.expectSegment(
      linkType: 1, PacketBuilder.ethernet(0x22F3, [0, 63, 0, 1, 0, 2] + inner))
    // One word of options.
    try LinkFrame.expectSegment(
      linkType: 1, PacketBuilder.ethernet(0x22F3, [0, 0x40, 0, 1, 0, 2] + zeros(4) + inner))
  }

  @Test func whatCannotBeDecodedIsCountedByItsName() throws {
    let encrypted = PacketBuilder.ethernet(0x88E5, [0x0C, 0, 0, 0, 0, 1] + zeros(40))
    #expect(try LinkFrame.read(linkType: 1, encrypted).info.skipped == ["macsec_encrypted": 1])
    #expect(
      try LinkFrame.read(linkType: 1, PacketBuilder.ethernet(0x9999, zeros(40))).info.skipped
        == ["unknown_ether_type": 1])
    #expect(
      try LinkFrame.read(linkType: 101, PacketBuilder(transport: 50).ipv4(carrying: zeros(16))).info
        .skipped
        == ["esp": 1])
  }

  // MARK: Of systems

  @Test func packetFilterLog() throws {
    try LinkFrame.expectSegment(linkType: 117, [61, 2, 0, 0] + zeros(60) + ipv4)
    try LinkFrame.expectSegment(linkType: 117, [100, 2, 0, 0] + zeros(96) + ipv4)
  }

  @Test func packetTap() throws {
    let inner = PacketBuilder.ethernet(0x0800, ipv4)
    try LinkFrame.expectSegment(
      linkType: 258, [108, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0] + zeros(96) + inner)
    try LinkFrame.expectSegment(
      linkType: 258, [0, 0, 0, 108, 0, 0, 0, 1, 0, 0, 0, 12] + zeros(96) + ipv4)
    #expect(throws: CaptureError.self) {
      try LinkFrame.read(
        linkType: 258, [108, 0, 0, 0, 1, 0, 0, 0, 189, 0, 0, 0] + zeros(96) + ipv4)
    }
  }

  @Test func otherLinks() throws {
    let inner = PacketBuilder.ethernet(0x0800, ipv4)
    let snap: [UInt8] = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0]
    try LinkFrame.expectSegment(linkType: 109, [0, 0, 0, 2] + zeros(8) + ipv4)
    try LinkFrame.expectSegment(linkType: 8, [0, 0x40] + zeros(14) + ipv4)
    try LinkFrame.expectSegment(linkType: 226, zeros(24) + ipv4)
    try LinkFrame.expectSegment(linkType: 138, zeros(16) + [8, 0] + ipv4)
    try LinkFrame.expectSegment(linkType: 122, zeros(16) + snap + ipv4)
    try LinkFrame.expectSegment(linkType: 100, snap + ipv4)
    try LinkFrame.expectSegment(linkType: 219, [0, 1, 1, 64] + ipv4)
    try LinkFrame.expectSegment(linkType: 274, zeros(8) + inner)
    try LinkFrame.expectSegment(linkType: 240, zeros(4) + inner)
    try LinkFrame.expectSegment(linkType: 241, zeros(12) + inner)
    try LinkFrame.expectSegment(linkType: 282, zeros(4) + inner)
    try LinkFrame.expectSegment(linkType: 281, Array(inner[..<12]) + zeros(4) + Array(inner[12...]))
    try LinkFrame.expectSegment(linkType: 284, Array(inner[..<12]) + zeros(8) + Array(inner[12...]))
    try LinkFrame.expectSegment(linkType: 204, [1, 0xFF, 3, 0, 0x21] + ipv4)
    try LinkFrame.expectSegment(linkType: 205, [1, 0x0F, 0, 8, 0] + ipv4)
    try LinkFrame.expectSegment(linkType: 166, [1, 3, 0, 0x21] + ipv4)
  }

  // MARK: Records

  @Test func moreCapturedThanSentIsRead() throws {
    var capture = PcapBuilder(linkType: 101)
    capture.add(ipv4, original: 20)
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.payloadLength) == [2])
  }

  @Test func timesAreTheEarliestAndTheLatest() throws {
    var capture = PcapBuilder(linkType: 101)
    for seconds in [5, 9, 3, 7] { capture.add(ipv4, seconds: seconds) }
    let info = try Reading(capture.file).info
    #expect(info.firstTime?.nanoseconds == 3_000_000_000)
    #expect(info.lastTime?.nanoseconds == 9_000_000_000)
  }

  @Test func aTailOfZerosIsNoFrame() throws {
    var capture = PcapBuilder(linkType: 101)
    capture.add(ipv4, seconds: 5)
    let info = try Reading(capture.file + zeros(4096)).info
    #expect(info.frames == 1 && info.isTruncated)
    #expect(info.firstTime == info.lastTime)
    #expect(info.warnings.count == 1 && info.warnings[0].contains("zeros"))
  }

  @Test func aRecordWithoutBytesIsAFrame() throws {
    var capture = PcapBuilder(linkType: 101)
    capture.add([], seconds: 5)
    capture.add(ipv4, seconds: 6)
    let info = try Reading(capture.file).info
    #expect(info.frames == 2 && info.tcpSegments == 1 && info.warnings.isEmpty)
  }
}
