import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct InternetProtocolTests {
  /// One IP packet, read; `sent` is its length on the wire where not all was captured.
  private func read(_ packet: [UInt8], sent: Int? = nil) throws -> Reading {
    var capture = PcapBuilder(linkType: 101)
    capture.add(packet, original: sent)
    return try Reading(capture.file)
  }

  private let v6 = PacketBuilder(
    source: "2001:db8::1", destination: "2001:db8::2", payload: [1, 2, 3])

  @Test func keepsWhatTheIPv4HeaderSays() throws {
    var packet = PacketBuilder(payload: [1, 2, 3])
    packet.ttl = 57
    packet.ecn = 3
    packet.identification = 0xBEEF
    let segment = try #require(try read(packet.ipv4).segments.first)
    #expect(segment.ttl == 57)
    #expect(segment.trafficClass & 3 == 3)
    #expect(segment.ipIdentification == 0xBEEF)
    #expect(segment.ipLength == 43)
  }

  @Test func keepsWhatTheIPv6HeaderSays() throws {
    var packet = v6
    packet.ttl = 57
    packet.ecn = 2
    let segment = try #require(try read(packet.ipv6()).segments.first)
    #expect(segment.ttl == 57)
    #expect(segment.trafficClass & 3 == 2)
    #expect(segment.ipIdentification == 0)
    #expect(segment.ipLength == 63)
    #expect(segment.payloadLength == 3)
    #expect(segment.from == .low)
  }

  @Test func passesIPv4Options() throws {
    var packet = PacketBuilder(payload: [1, 2, 3])
    packet.ipOptions = [1, 1, 1, 1, 7, 4, 4, 0]
    let segment = try #require(try read(packet.ipv4).segments.first)
    #expect(segment.payloadLength == 3)
    #expect(segment.ipLength == 51)
    #expect(segment.destination.port == 80)
  }

  @Test func takesTheFramesLengthWhereTheTotalLengthIsZero() throws {
    var packet = PacketBuilder(payload: [UInt8](repeating: 0, count: 80))
    packet.ipLength = 0
    let whole = try #require(try read(packet.ipv4).segments.first)
    #expect(whole.payloadLength == 80)
    #expect(whole.ipLength == 120)
    // As BIG TCP gives it: more than 65,535 bytes, most of them not captured.
    let cut = try #require(try read(packet.ipv4, sent: 100_040).segments.first)
    #expect(cut.payloadLength == 100_000)
  }

  @Test func takesTheFramesLengthWhereTheIPv6PayloadLengthIsZero() throws {
    var packet = v6
    packet.ipLength = 0
    let segment = try #require(try read(packet.ipv6(), sent: 100_060).segments.first)
    #expect(segment.payloadLength == 100_000)
    #expect(segment.ipLength == 100_060)
  }

  @Test func anIPLengthBeyondTheFrameCountsOnlyWhatWasSent() throws {
    var packet = PacketBuilder(payload: [1, 2, 3])
    packet.ipLength = 1000
    #expect(try read(packet.ipv4).segments.first?.payloadLength == 3)
  }

  @Test func readsTheJumboPayloadOption() throws {
    var packet = v6
    packet.ipLength = 0
    let jumbo: [UInt8] = [6, 0, 0xC2, 4, 0, 0, 0, 31]
    let frame = packet.ipv6(nextHeader: 0, extensions: jumbo) + [9, 9, 9, 9]
    let segment = try #require(try read(frame).segments.first)
    #expect(segment.payloadLength == 3)
    #expect(segment.ipLength == 71)
  }

  @Test(arguments: [
    (0, [6, 0, 1, 4, 0, 0, 0, 0] as [UInt8]),
    (43, [6, 0, 0, 0, 0, 0, 0, 0]),
    (60, [6, 1] + [UInt8](repeating: 0, count: 14)),
    (44, [6, 0, 0, 0, 0, 0, 0, 9]),
    (51, [6, 4] + [UInt8](repeating: 7, count: 22)),
    (0, [60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]),
  ])
  func passesIPv6ExtensionHeaders(nextHeader: Int, extensions: [UInt8]) throws {
    let packet = v6.ipv6(nextHeader: nextHeader, extensions: extensions)
    let segment = try #require(try read(packet).segments.first)
    #expect(segment.payloadLength == 3)
    #expect(Int(segment.ipLength) == 63 + extensions.count)
  }

  @Test func saysWhatAPacketHoldsInPlaceOfTCP() throws {
    for (transport, reason) in [(1, "icmp"), (17, "udp"), (132, "other_ip_protocol")] {
      var packet = PacketBuilder()
      packet.transport = transport
      #expect(try read(packet.ipv4).info.skipped == [reason: 1])
    }
    #expect(try read(v6.ipv6(nextHeader: 58)).info.skipped == ["icmp": 1])
    #expect(try read(v6.ipv6(nextHeader: 59)).info.skipped == ["other_ip_protocol": 1])
  }

  @Test func saysWhyAHeaderIsOfNoUse() throws {
    var shortHeader = PacketBuilder().ipv4
    shortHeader[0] = 0x44
    #expect(try read(shortHeader).info.skipped == ["bad_ip_header": 1])
    var shortPacket = PacketBuilder()
    shortPacket.ipLength = 19
    #expect(try read(shortPacket.ipv4).info.skipped == ["bad_ip_header": 1])
    let packet = PacketBuilder().ipv4
    #expect(
      try read(Array(packet.prefix(19)), sent: packet.count).info.skipped
        == ["cut_before_tcp": 1])
    let extended = v6.ipv6(nextHeader: 0, extensions: [6, 200] + [UInt8](repeating: 0, count: 6))
    #expect(try read(extended).info.skipped == ["bad_ip_header": 1])
    #expect(
      try read(Array(extended.prefix(44)), sent: extended.count).info.skipped
        == ["cut_before_tcp": 1])
  }
}
