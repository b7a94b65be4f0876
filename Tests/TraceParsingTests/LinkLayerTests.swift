import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct LinkLayerTests {
  private let ipv4 = PacketBuilder(payload: [1, 2]).ipv4
  private let ipv6 = PacketBuilder(source: "2001:db8::1", destination: "::2", payload: [1, 2])
    .ipv6()

  /// One frame of a link type, read; the packets carry two bytes.
  private func read(linkType: Int, _ frame: [UInt8]) throws -> Reading {
    var capture = PcapBuilder(linkType: linkType)
    capture.add(frame)
    return try Reading(capture.file)
  }

  @Test(arguments: [12, 14, 101, 228])
  func rawIPv4(linkType: Int) throws {
    #expect(try read(linkType: linkType, ipv4).segments.first?.payloadLength == 2)
  }

  @Test(arguments: [12, 14, 101, 229])
  func rawIPv6(linkType: Int) throws {
    let segment = try read(linkType: linkType, ipv6).segments.first
    #expect(segment?.source.description == "[2001:db8::1]:40000")
    #expect(segment?.payloadLength == 2)
  }

  @Test func ethernetPaddingIsNotPayload() throws {
    let frame = PacketBuilder().ethernet + [0, 0, 0, 0, 0, 0]
    #expect(try read(linkType: 1, frame).segments.first?.payloadLength == 0)
  }

  @Test(arguments: [
    [0x8100], [0x88A8, 0x8100], [0x9100, 0x8100], [0x8100, 0x8100, 0x8100], [0x9200], [0x9300],
  ])
  func ethernetWithTags(tags: [Int]) throws {
    var types = tags
    types.append(0x0800)
    let packet = types.dropFirst().reversed().reduce(ipv4) { rest, type in
      [0, 42, UInt8(type >> 8), UInt8(type & 0xFF)] + rest
    }
    let reading = try read(linkType: 1, PacketBuilder.ethernet(types[0], packet))
    #expect(reading.segments.first?.payloadLength == 2)
  }

  @Test func linuxCooked() throws {
    let header: [UInt8] = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]
    #expect(try read(linkType: 113, header + [8, 0] + ipv4).segments.count == 1)
    #expect(try read(linkType: 113, header + [0x86, 0xDD] + ipv6).segments.count == 1)
    let tagged: [UInt8] = [0x81, 0, 0, 5, 8, 0]
    #expect(try read(linkType: 113, header + tagged + ipv4).segments.count == 1)
  }

  @Test func linuxCookedVersion2() throws {
    let rest: [UInt8] = [0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0]
    #expect(try read(linkType: 276, [8, 0] + rest + ipv4).segments.count == 1)
    #expect(try read(linkType: 276, [0x86, 0xDD] + rest + ipv6).segments.count == 1)
  }

  @Test(arguments: [10, 24, 28, 30])
  func bsdLoopbackInEitherByteOrder(family: UInt8) throws {
    for linkType in [0, 108] {
      #expect(try read(linkType: linkType, [2, 0, 0, 0] + ipv4).segments.count == 1)
      #expect(try read(linkType: linkType, [0, 0, 0, 2] + ipv4).segments.count == 1)
      #expect(try read(linkType: linkType, [family, 0, 0, 0] + ipv6).segments.count == 1)
      #expect(try read(linkType: linkType, [0, 0, 0, family] + ipv6).segments.count == 1)
    }
  }

  @Test func saysWhatAFrameHoldsInPlaceOfTCP() throws {
    #expect(
      try read(linkType: 1, PacketBuilder.ethernet(0x0806, [])).info.skipped == ["arp": 1])
    #expect(
      try read(linkType: 1, PacketBuilder.ethernet(0x88CC, [])).info.skipped == ["non_ip": 1])
    #expect(try read(linkType: 1, [1, 2, 3]).info.skipped == ["cut_before_tcp": 1])
    #expect(try read(linkType: 101, [0x55]).info.skipped == ["non_ip": 1])
    #expect(try read(linkType: 0, [7, 0, 0, 0]).info.skipped == ["non_ip": 1])
  }
}
