import Support
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct PcapNGFileTests {
  private let syn = PacketBuilder().ethernet
  private let second: Int64 = 1_000_000_000

  @Test(arguments: [false, true])
  func readsEnhancedPacketsInBothByteOrders(isBig: Bool) throws {
    var capture = PcapNGBuilder(isBig: isBig)
    capture.addInterface()
    capture.addPacket(syn, time: 1_700_000_000_250_000)
    let reading = try Reading(capture.file)
    #expect(reading.info.format == .pcapng)
    #expect(reading.segments.first?.time.rfc3339 == "2023-11-14T22:13:20.250000000Z")
    #expect(reading.info.linkTypes == ["ETHERNET"])
    #expect(!reading.info.isTruncated)
  }

  /// The byte is if_tsresol, the count is three seconds in that unit.
  @Test(arguments: [
    (0, 3), (3, 3000), (6, 3_000_000), (9, 3_000_000_000), (12, 3_000_000_000_000),
    (0x80, 3), (0x81, 6), (0x8A, 3 << 10), (0x94, 3 << 20), (0xA0, 3 << 32),
  ])
  func scalesTimes(resolution: Int, count: Int) throws {
    var capture = PcapNGBuilder()
    capture.addInterface(options: [(9, [UInt8(resolution)])])
    capture.addPacket(syn, time: count)
    #expect(try Reading(capture.file).info.firstTime?.nanoseconds == 3 * second)
  }

  @Test(arguments: [(19, 12_345_678_901_234_567), (28, 1), (60, 123), (0xFF, -1)])
  func cutsOffWhatIsLessThanANanosecond(resolution: Int, count: Int) throws {
    var capture = PcapNGBuilder()
    capture.addInterface(options: [(9, [UInt8(resolution)])])
    capture.addPacket(syn, time: count)
    let expected: Int64 = resolution == 19 ? 1_234_567 : 0
    #expect(try Reading(capture.file).info.firstTime?.nanoseconds == expected)
  }

  @Test func keepsABinaryFractionExactToTheNanosecond() throws {
    var capture = PcapNGBuilder()
    capture.addInterface(options: [(9, [0x9E])])
    capture.addPacket(syn, time: (1_700_000_000 << 30) + (1 << 29) + 1)
    #expect(
      try Reading(capture.file).info.firstTime?.nanoseconds == 1_700_000_000_500_000_000)
  }

  @Test(arguments: [3600, -3600])
  func addsTheInterfacesTimeOffset(offset: Int) throws {
    var capture = PcapNGBuilder()
    capture.addInterface(options: [(14, capture.u64(offset))])
    capture.addPacket(syn, time: 7_200_000_000)
    let expected = (7200 + Int64(offset)) * second
    #expect(try Reading(capture.file).info.firstTime?.nanoseconds == expected)
  }

  @Test func clampsTimesBeyondTheYear2262() throws {
    var capture = PcapNGBuilder()
    capture.addInterface(options: [(9, [0]), (14, capture.u64(.max))])
    capture.addPacket(syn, time: .max)
    #expect(try Reading(capture.file).info.firstTime?.nanoseconds == .max)
  }

  @Test func decodesEachInterfaceByItsOwnLinkType() throws {
    var capture = PcapNGBuilder()
    capture.addInterface(linkType: 101)
    capture.addInterface(linkType: 1)
    capture.addPacket(syn, interface: 1)
    capture.addPacket(PacketBuilder().ipv4, interface: 0)
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.interface) == [1, 0])
    #expect(reading.info.linkTypes == ["RAW", "ETHERNET"])
  }

  @Test func aSectionHasItsOwnInterfacesAndByteOrder() throws {
    var capture = PcapNGBuilder(isBig: false)
    capture.addInterface(linkType: 101)
    capture.addPacket(PacketBuilder().ipv4)
    capture.addSection(isBig: true)
    capture.addInterface(linkType: 1, options: [(9, [9])])
    capture.addPacket(syn, time: 1_700_000_000_000_000_001)
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.frame) == [1, 2])
    #expect(reading.segments.map(\.interface) == [0, 1])
    #expect(reading.info.lastTime?.nanoseconds == 1_700_000_000_000_000_001)
  }

  @Test func aSimplePacketHasTheTimeOfTheFrameBefore() throws {
    var capture = PcapNGBuilder()
    capture.addInterface(snapLength: 60)
    capture.addPacket(syn, time: 5_000_000)
    let long = PacketBuilder(payload: [UInt8](repeating: 0, count: 100)).ethernet
    capture.addSimplePacket(Array(long.prefix(60)), original: long.count)
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.time.nanoseconds) == [5 * second, 5 * second])
    #expect(reading.segments.last?.payloadLength == 100)
    #expect(
      reading.info.warnings == [
        "1 frame without a time (simple packet blocks); the time of the frame before stands in"
      ])
  }

  @Test func readsObsoletePacketBlocksAndTheirDropCounts() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addObsoletePacket(syn, drops: 3)
    capture.addObsoletePacket(syn, drops: 4)
    capture.addObsoletePacket(syn, drops: 0xFFFF)
    let reading = try Reading(capture.file)
    #expect(reading.segments.count == 3)
    #expect(reading.info.interfaceDrops == 7)
  }

  @Test func sumsTheLastDropCountersOfEachInterface() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addInterface()
    capture.addStatistics(interface: 0, options: [(5, capture.u64(10)), (7, capture.u64(1))])
    capture.addStatistics(interface: 0, options: [(5, capture.u64(20)), (7, capture.u64(2))])
    capture.addStatistics(interface: 1, options: [(4, capture.u64(999)), (5, capture.u64(300))])
    #expect(try Reading(capture.file).info.interfaceDrops == 322)
  }

  @Test func doesNotKnowDropsThatNoBlockCounts() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addStatistics(options: [(4, capture.u64(10))])
    #expect(try Reading(capture.file).info.interfaceDrops == nil)
  }

  @Test func takesDropsFromPacketsWhereNoStatisticsCountThem() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addPacket(syn, options: [(2, [0, 0, 0, 0]), (4, capture.u64(2))])
    capture.addPacket(syn, options: [(4, capture.u64(5))])
    #expect(try Reading(capture.file).info.interfaceDrops == 7)
  }

  @Test func readsNamesOfBothAddressFamilies() throws {
    var capture = PcapNGBuilder()
    capture.addBlock(4) { body in
      body.options([
        (1, [10, 0, 0, 2] + Array("web.example\0www.example\0".utf8)),
        (2, [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1] + Array("six\0".utf8)),
        (1, [10, 0, 0, 3]),
        (3, [1, 2, 3, 4, 5, 6]),
      ])
    }
    let names = try Reading(capture.file).names
    #expect(names.count == 2)
    #expect(names[try #require(IPAddress("10.0.0.2"))] == "web.example")
    #expect(names[try #require(IPAddress("2001:db8::1"))] == "six")
  }

  @Test func keepsComments() throws {
    var capture = PcapNGBuilder()
    capture.addSection(options: [(1, Array("morning trace".utf8))])
    capture.addInterface(options: [(2, Array("eth0".utf8)), (1, Array("uplink".utf8))])
    capture.addPacket(syn)
    capture.addPacket(syn, options: [(1, Array("look here".utf8))])
    #expect(
      try Reading(capture.file).info.comments == [
        CaptureInfo.Comment(frame: nil, text: "morning trace"),
        CaptureInfo.Comment(frame: nil, text: "uplink"),
        CaptureInfo.Comment(frame: 2, text: "look here"),
      ])
  }

  @Test func passesOverUnknownBlocksOfAnyLength() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addBlock(0x0BAD_CAFE) { $0.raw([UInt8](repeating: 7, count: 100_000)) }
    capture.addPacket(syn)
    let reading = try Reading(capture.file, windowCapacity: 4096)
    #expect(reading.segments.map(\.frame) == [1])
  }

  @Test func countsCustomBlocksAsFramesAsWiresharkDoes() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addBlock(0xBAD) { $0.u32(32_473) }
    capture.addPacket(syn)
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.frame) == [2])
    #expect(reading.info.skipped == ["not_a_packet": 1])
  }

  @Test func namesTheLinkTypeOfAnInterfaceThatCannotBeDecoded() throws {
    var capture = PcapNGBuilder()
    capture.addInterface(linkType: 189)
    capture.addInterface()
    capture.addPacket(syn, interface: 0)
    capture.addPacket(syn, interface: 1)
    let reading = try Reading(capture.file)
    #expect(reading.info.skipped == ["unknown_link_type": 1])
    #expect(
      reading.info.warnings == [
        "1 frame of a link type that is not decoded: 189 (USB_LINUX)"
      ])
  }

  /// Each damages the third block; two packets come before.
  @Test(arguments: [
    (8, "a block claims a length of 8 bytes, which must be at least 12 and a multiple of 4"),
    (33, "a block claims a length of 33 bytes, which must be at least 12 and a multiple of 4"),
    (0, "a block claims a length of 0 bytes, which must be at least 12 and a multiple of 4"),
    (
      0x7FFF_FFFC,
      "a block claims a length of 2147483644 bytes, more than the 16777216 that any writer makes"
    ),
  ])
  func keepsWhatCameBeforeABlockOfImpossibleLength(length: Int, text: String) throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addPacket(syn)
    capture.addPacket(syn)
    let offset = capture.file.count
    capture.addBlock(6, length: length) { $0.raw([UInt8](repeating: 0, count: 60)) }
    let reading = try Reading(capture.file)
    #expect(reading.info.frames == 2)
    #expect(reading.info.isTruncated)
    #expect(
      reading.info.warnings == [
        "\(text) (byte offset \(offset)); kept 2 frames before it"
      ])
  }

  @Test func keepsWhatCameBeforeAPacketLongerThanItsBlock() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addPacket(syn)
    capture.addPacket(syn, captured: 1000)
    let reading = try Reading(capture.file)
    #expect(reading.info.frames == 1)
    #expect(
      reading.info.warnings.first?.hasPrefix(
        "a packet claims 1000 bytes, more than its block holds") == true)
  }

  @Test func keepsWhatCameBeforeAnInterfaceThatIsNotDescribed() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addPacket(syn)
    capture.addPacket(syn, interface: 3)
    let reading = try Reading(capture.file)
    #expect(reading.info.frames == 1)
    #expect(
      reading.info.warnings.first?.hasPrefix("a packet names interface 3, which is not described")
        == true)
  }

  @Test func keepsWhatCameBeforeABlockThatIsCutOff() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addPacket(syn)
    let whole = capture.file.count
    capture.addPacket(syn)
    let reading = try Reading(Array(capture.file.dropLast(5)))
    #expect(reading.info.frames == 1)
    #expect(reading.info.isTruncated)
    #expect(
      reading.info.warnings.first?.hasPrefix(
        "the file ends inside a block (byte offset \(whole):") == true)
  }
}
