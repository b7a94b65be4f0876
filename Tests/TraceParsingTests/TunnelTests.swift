import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// Packets in packets: the segment has the inner addresses.
@Suite struct TunnelTests {
  private let inner = PacketBuilder(source: "192.168.1.1", destination: "192.168.1.2")
  private let inner6 = PacketBuilder(source: "fd00::1", destination: "fd00::2")

  private func outer(_ transport: Int, _ payload: [UInt8]) -> [UInt8] {
    var packet = PacketBuilder()
    packet.transport = transport
    return packet.ipv4(carrying: payload)
  }

  private func udp(_ port: Int, _ payload: [UInt8], isSource: Bool = false) -> [UInt8] {
    var bytes = Bytes()
    bytes.u16(isSource ? port : 50_000)
    bytes.u16(isSource ? 50_000 : port)
    bytes.u16(8 + payload.count)
    bytes.u16(0)
    bytes.raw(payload)
    return outer(17, bytes.content)
  }

  private func read(_ packet: [UInt8]) throws -> Reading {
    var capture = PcapBuilder(linkType: 101)
    capture.add(packet)
    return try Reading(capture.file)
  }

  private func expectInner(
    _ packet: [UInt8], isIPv6: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let reading = try read(packet)
    let expected = isIPv6 ? "[fd00::1]:40000" : "192.168.1.1:40000"
    #expect(
      reading.segments.map(\.source.description) == [expected], "\(reading.info.skipped)",
      sourceLocation: sourceLocation)
    #expect(
      reading.segments.map(\.ipLength) == [isIPv6 ? 60 : 40], sourceLocation: sourceLocation)
  }

  @Test func ipInIP() throws {
    try expectInner(outer(4, inner.ipv4))
    try expectInner(outer(94, inner.ipv4))
    try expectInner(outer(41, inner6.ipv6()), isIPv6: true)
  }

  @Test func ipv4InIPv6() throws {
    var packet = PacketBuilder(source: "2001:db8::1", destination: "2001:db8::2").ipv6()
    packet[6] = 4
    packet[5] = UInt8(inner.ipv4.count)
    try expectInner(Array(packet.prefix(40)) + inner.ipv4)
  }

  @Test func authenticationHeader() throws {
    let header: [UInt8] = [4, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1] + [UInt8](repeating: 9, count: 12)
    try expectInner(outer(51, header + inner.ipv4))
  }

  @Test func etherIP() throws {
    try expectInner(outer(97, [0x30, 0] + PacketBuilder.ethernet(0x0800, inner.ipv4)))
  }

  @Test func gre() throws {
    try expectInner(outer(47, [0, 0, 8, 0] + inner.ipv4))
    let key: [UInt8] = [0xB0, 0, 8, 0] + [UInt8](repeating: 1, count: 12)
    try expectInner(outer(47, key + inner.ipv4))
    try expectInner(outer(47, [0, 0, 0x86, 0xDD] + inner6.ipv6()), isIPv6: true)
    let frame = PacketBuilder.ethernet(0x0800, inner.ipv4)
    try expectInner(outer(47, [0x20, 0, 0x65, 0x58, 0, 0, 0, 1] + frame))
    try expectInner(outer(47, [0, 0, 0x88, 0x3E, 0, 0, 0, 0] + inner.ipv4))
    try expectInner(outer(47, [0, 0, 0x88, 0x3E] + inner.ipv4))
  }

  @Test func pptp() throws {
    let header: [UInt8] = [0x30, 0x81, 0x88, 0x0B] + [UInt8](repeating: 1, count: 12)
    try expectInner(outer(47, header + [0xFF, 3, 0, 0x21] + inner.ipv4))
  }

  @Test func erspan() throws {
    let frame = PacketBuilder.ethernet(0x0800, inner.ipv4)
    let type2: [UInt8] = [0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 1, 0, 0, 0, 0, 0, 0]
    try expectInner(outer(47, type2 + frame))
    try expectInner(outer(47, [0, 0, 0x88, 0xBE] + frame))
    var type3: [UInt8] = [0x10, 0, 0x22, 0xEB, 0, 0, 0, 1, 0x20] + [UInt8](repeating: 0, count: 11)
    try expectInner(outer(47, type3 + frame))
    type3[19] = 1
    try expectInner(outer(47, type3 + [UInt8](repeating: 7, count: 8) + frame))
  }

  @Test(arguments: [4789, 8472])
  func vxlan(port: Int) throws {
    let frame = PacketBuilder.ethernet(0x0800, inner.ipv4)
    try expectInner(udp(port, [8, 0, 0, 0, 0, 0, 5, 0] + frame))
    #expect(try read(udp(port, [0, 0, 0, 0, 0, 0, 5, 0] + frame)).info.skipped == ["udp": 1])
  }

  @Test func vxlanWithAnotherProtocol() throws {
    try expectInner(udp(4790, [0x0C, 0, 0, 1, 0, 0, 5, 0] + inner.ipv4))
    let service: [UInt8] = [0x0F, 0xC2, 1, 1, 0, 0, 1, 255]
    try expectInner(udp(4790, [0x0C, 0, 0, 4, 0, 0, 5, 0] + service + inner.ipv4))
  }

  @Test func geneve() throws {
    let frame = PacketBuilder.ethernet(0x0800, inner.ipv4)
    try expectInner(udp(6081, [0, 0, 0x65, 0x58, 0, 0, 5, 0] + frame))
    let options = [UInt8](repeating: 1, count: 12)
    try expectInner(udp(6081, [3, 0, 8, 0, 0, 0, 5, 0] + options + inner.ipv4))
  }

  @Test func gtp() throws {
    try expectInner(udp(2152, [0x30, 255, 0, 40, 0, 0, 0, 1] + inner.ipv4))
    try expectInner(udp(2152, [0x32, 255, 0, 44, 0, 0, 0, 1, 0, 7, 0, 0] + inner.ipv4))
    let extensions: [UInt8] = [0, 0, 0, 0x85, 1, 0, 9, 0xC0, 2, 0, 0, 0, 0, 0, 0, 0]
    try expectInner(udp(2152, [0x34, 255, 0, 0, 0, 0, 0, 1] + extensions + inner.ipv4))
    // An echo request carries nothing.
    #expect(try read(udp(2152, [0x32, 1, 0, 4, 0, 0, 0, 0] + inner.ipv4)).segments.isEmpty)
  }

  @Test func capwap() throws {
    let wlan: [UInt8] =
      [0x08, 1, 0, 0] + [UInt8](repeating: 0, count: 20) + [0xAA, 0xAA, 3, 0, 0, 0, 8, 0]
    try expectInner(udp(5247, [0, 0x10, 0x03, 0, 0, 0, 0, 0] + wlan + inner.ipv4))
    let frame = PacketBuilder.ethernet(0x0800, inner.ipv4)
    try expectInner(udp(5247, [0, 0x10, 0x02, 0, 0, 0, 0, 0] + frame, isSource: true))
  }

  @Test func teredo() throws {
    let origin: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
    let authentication: [UInt8] = [0, 1, 0, 0] + [UInt8](repeating: 5, count: 9)
    try expectInner(udp(3544, inner6.ipv6()), isIPv6: true)
    try expectInner(udp(3544, origin + inner6.ipv6()), isIPv6: true)
    try expectInner(udp(3544, authentication + origin + inner6.ipv6()), isIPv6: true)
  }

  @Test func l2tp() throws {
    try expectInner(udp(1701, [0, 2, 0, 1, 0, 2, 0xFF, 3, 0, 0x21] + inner.ipv4))
    let full: [UInt8] = [0x4A, 2, 0, 60, 0, 1, 0, 2, 0, 0, 0, 0, 0, 2, 9, 9]
    try expectInner(udp(1701, full + [0, 0x21] + inner.ipv4))
  }

  @Test func otherTunnelsOverUDP() throws {
    try expectInner(udp(4754, [0, 0, 8, 0] + inner.ipv4))
    try expectInner(udp(6635, [0, 1, 1, 64] + inner.ipv4))
    try expectInner(udp(4341, [0x80, 0, 0, 0, 0, 0, 0, 0] + inner.ipv4))
    let ayiya: [UInt8] = [0x41, 0x52, 0x11, 41] + [UInt8](repeating: 3, count: 40)
    try expectInner(udp(5072, ayiya + inner6.ipv6()), isIPv6: true)
    let tzsp: [UInt8] = [1, 0, 0, 1, 0, 0x0A, 1, 0xC8, 1]
    try expectInner(udp(37008, tzsp + PacketBuilder.ethernet(0x0800, inner.ipv4)))
  }

  @Test func tunnelsInTunnels() throws {
    let frame = PacketBuilder.ethernet(0x0800, inner.ipv4)
    let vxlan = udp(4789, [8, 0, 0, 0, 0, 0, 5, 0] + frame)
    try expectInner(outer(47, [0, 0, 0x65, 0x58] + PacketBuilder.ethernet(0x0800, vxlan)))
  }

  @Test func aHeaderQuotedByICMPIsNoSegment() throws {
    let reading = try read(outer(1, [3, 3, 0, 0, 0, 0, 0, 0] + inner.ipv4))
    #expect(reading.info.skipped == ["icmp": 1])
  }

  /// A header that leads to itself, as often as a frame has room for it.
  @Test(arguments: [
    (0x6558, PacketBuilder.ethernet(0x6558, [])), (0x8870, [0xAA, 0xAA, 3, 0, 0, 0, 0x88, 0x70]),
    (0x8903, [0, 0] + PacketBuilder.ethernet(0x8903, [])),
    (0x894F, [0x0F, 0xC2, 1, 3, 0, 0, 1, 255] + PacketBuilder.ethernet(0x894F, [])),
    (0x8847, [0, 1, 1, 64, 0, 0, 0, 0] + PacketBuilder.ethernet(0x8847, [])),
    (0x880B, [0x0F, 0, 0x88, 0x0B]),
  ])
  func givesUpOnHeadersWithoutEnd(type: Int, header: [UInt8]) throws {
    var frame = PacketBuilder.ethernet(type, [])
    while frame.count + header.count <= 262_000 { frame += header }
    var capture = PcapBuilder()
    capture.add(frame)
    #expect(try Reading(capture.file).info.skipped == ["too_many_headers": 1])
  }

  /// IPv4 headers say their packet's length, and cannot be longer than 64 KiB.
  @Test(
    arguments: [
      (4, []), (47, [0, 0, 0x81, 0, 0, 1, 8, 0]),
      (97, [0x30, 0] + PacketBuilder.ethernet(0x800, [])),
      (51, [47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 1, 8, 0]),
    ] as [(Int, [UInt8])])
  func givesUpOnPacketsInPacketsWithoutEnd(transport: Int, header: [UInt8]) throws {
    var packet = inner.ipv4
    while packet.count + header.count + 20 <= 65_000 {
      packet = outer(transport, header + packet)
    }
    #expect(try read(packet).info.skipped == ["too_many_headers": 1])
  }
}
