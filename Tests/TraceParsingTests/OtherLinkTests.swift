import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// Frames of less common link types; every packet carries two bytes.
@Suite struct OtherLinkTests {
  private let ipv4 = PacketBuilder(payload: [1, 2]).ipv4
  private let snap: [UInt8] = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0]

  private func ethernet(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
    PacketBuilder.ethernet(type, payload)
  }

  // MARK: Inside Ethernet

  @Test func lengthAndSNAP() throws {
    let frame = ethernet(8 + ipv4.count, snap + ipv4 + [0, 0, 0, 0])
    try LinkFrame.expectSegment(linkType: 1, frame)
  }

  @Test func lengthAndIPInLLC() throws {
    try LinkFrame.expectSegment(linkType: 1, ethernet(3 + ipv4.count, [6, 6, 3] + ipv4))
  }

  @Test func otherProtocolsInLLCAreNotIP() throws {
    let spanningTree: [UInt8] = [0x42, 0x42, 3] + [UInt8](repeating: 0, count: 35)
    #expect(
      try LinkFrame.read(linkType: 1, ethernet(38, spanningTree)).info.skipped == ["non_ip": 1])
    let cisco: [UInt8] = [0xAA, 0xAA, 3, 0, 0, 0xC, 0x20, 0] + [UInt8](repeating: 0, count: 30)
    #expect(try LinkFrame.read(linkType: 1, ethernet(38, cisco)).info.skipped == ["non_ip": 1])
  }

  @Test func mplsLabels() throws {
    try LinkFrame.expectSegment(
      linkType: 1, ethernet(0x8847, [0, 1, 0x20, 64, 0, 2, 1, 64] + ipv4))
    try LinkFrame.expectSegment(linkType: 1, ethernet(0x8848, [0, 1, 1, 64] + ipv4))
  }

  @Test func mplsPseudowire() throws {
    let inner = ethernet(0x0800, ipv4)
    try LinkFrame.expectSegment(linkType: 1, ethernet(0x8847, [0, 1, 1, 64, 0, 0, 0, 0] + inner))
  }

  @Test func pppoe() throws {
    let header: [UInt8] = [0x11, 0, 0, 1, 0, UInt8(ipv4.count + 2), 0, 0x21]
    try LinkFrame.expectSegment(linkType: 1, ethernet(0x8864, header + ipv4 + [0, 0, 0, 0, 0, 0]))
    try LinkFrame.expectSegment(linkType: 51, header + ipv4)
    #expect(try LinkFrame.read(linkType: 1, ethernet(0x8863, header)).info.skipped == ["non_ip": 1])
  }

  @Test func providerBackbone() throws {
    let inner = ethernet(0x8100, [0, 5, 8, 0] + ipv4)
    try LinkFrame.expectSegment(
      linkType: 1, ethernet(0x88A8, [0, 1, 0x88, 0xE7, 0, 0, 0, 9] + inner))
  }

  @Test func tagsOfPortExtenders() throws {
    try LinkFrame.expectSegment(linkType: 1, ethernet(0x8926, [0x80, 1, 0, 0, 8, 0] + ipv4))
    try LinkFrame.expectSegment(linkType: 1, ethernet(0x893F, [0, 0, 0x50, 1, 0, 0, 8, 0] + ipv4))
  }

  @Test func fabricPath() throws {
    let frame = ethernet(0x8903, [0, 0x20] + ethernet(0x0800, ipv4))
    try LinkFrame.expectSegment(linkType: 1, frame + [1, 2, 3, 4])
  }

  /// Its last bytes are taken for the checksum of FabricPath, whatever they are.
  @Test func fabricPathWithoutItsChecksum() throws {
    let whole = ethernet(0x8903, [0, 0x20] + ethernet(0x0800, ipv4))
    let segments = try LinkFrame.read(linkType: 1, whole).segments
    #expect(segments.map(\.payloadLength) == [2])
    #expect(segments.map(\.isHeaderCut) == [true])
  }

  @Test func networkServiceHeader() throws {
    let header: [UInt8] = [0x0F, 0xC2, 1, 3, 0, 0, 1, 255]
    try LinkFrame.expectSegment(linkType: 1, ethernet(0x894F, header + ethernet(0x0800, ipv4)))
  }

  // MARK: Serial lines

  @Test func pppWithAndWithoutAddress() throws {
    try LinkFrame.expectSegment(linkType: 9, [0xFF, 3, 0, 0x21] + ipv4)
    try LinkFrame.expectSegment(linkType: 9, [0, 0x21] + ipv4)
    try LinkFrame.expectSegment(linkType: 9, [0x21] + ipv4)
    try LinkFrame.expectSegment(linkType: 50, [0xFF, 3, 2, 0x81, 0, 1, 1, 64] + ipv4)
    #expect(
      try LinkFrame.read(linkType: 9, [0xFF, 3, 0xC0, 0x21, 1]).info.skipped == ["non_ip": 1])
  }

  @Test func ciscoHDLC() throws {
    try LinkFrame.expectSegment(linkType: 104, [0x0F, 0, 8, 0] + ipv4)
    try LinkFrame.expectSegment(linkType: 104, [0x8F, 0, 0x88, 0x47, 0, 1, 1, 64] + ipv4)
    try LinkFrame.expectSegment(linkType: 50, [0x0F, 0, 8, 0] + ipv4)
    #expect(
      try LinkFrame.read(linkType: 104, [0x8F, 0, 0x80, 0x35, 0]).info.skipped == ["non_ip": 1])
  }

  @Test func frameRelay() throws {
    try LinkFrame.expectSegment(linkType: 107, [0x18, 0x41, 3, 0xCC] + ipv4)
    try LinkFrame.expectSegment(linkType: 107, [0x18, 0x41, 8, 0] + ipv4)
    try LinkFrame.expectSegment(linkType: 107, [0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0] + ipv4)
  }

  // MARK: Local networks

  @Test func fddi() throws {
    try LinkFrame.expectSegment(
      linkType: 10, [0x50] + [UInt8](repeating: 1, count: 12) + snap + ipv4)
    try LinkFrame.expectSegment(
      linkType: 10, [0xD4] + [UInt8](repeating: 1, count: 12) + snap + ipv4)
  }

  @Test func tokenRingWithAndWithoutARoute() throws {
    var header: [UInt8] = [0x10, 0x40] + [UInt8](repeating: 1, count: 12)
    try LinkFrame.expectSegment(linkType: 6, header + snap + ipv4)
    header[8] = 0x81
    try LinkFrame.expectSegment(linkType: 6, header + [0x06, 0x10, 0, 1, 0, 2] + snap + ipv4)
  }

  @Test func arcnet() throws {
    try LinkFrame.expectSegment(linkType: 129, [1, 2, 0, 0, 212, 0, 0, 1] + ipv4)
    try LinkFrame.expectSegment(linkType: 129, [1, 2, 0, 0, 212, 0xFF, 0, 0, 0, 0, 0, 1] + ipv4)
    try LinkFrame.expectSegment(linkType: 7, [1, 2, 212, 0, 0, 1] + ipv4)
    try LinkFrame.expectSegment(linkType: 129, [1, 2, 0, 0, 240] + ipv4)
  }

  @Test func ipOverInfiniBand() throws {
    try LinkFrame.expectSegment(
      linkType: 242, [UInt8](repeating: 0, count: 40) + [8, 0, 0, 0] + ipv4)
  }

  @Test func juniperEthernet() throws {
    let inner = ethernet(0x0800, ipv4)
    try LinkFrame.expectSegment(linkType: 178, [0x4D, 0x47, 0x43, 0x80, 0, 4, 1, 2, 3, 4] + inner)
    try LinkFrame.expectSegment(linkType: 178, [0x4D, 0x47, 0x43, 0x01] + inner)
    try LinkFrame.expectSegment(linkType: 178, [0x4D, 0x47, 0x43, 0x02, 0, 0, 0, 2] + ipv4)
  }

  @Test func nflogInEitherByteOrder() throws {
    let length = UInt8(ipv4.count + 4)
    try LinkFrame.expectSegment(
      linkType: 239, [2, 0, 0, 1, 8, 0, 1, 0, 0, 0, 0, 0, length, 0, 9, 0] + ipv4)
    try LinkFrame.expectSegment(
      linkType: 239, [2, 0, 0, 1, 0, 5, 0, 10, 0, 0, 0, 0, 0, length, 0, 9] + ipv4)
  }

  @Test func linuxCookedWithLLC() throws {
    let header: [UInt8] = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0, 4]
    try LinkFrame.expectSegment(linkType: 113, header + snap + ipv4)
  }

  // MARK: Wi-Fi

  private func wlan(_ control: UInt8, _ flags: UInt8, _ rest: [UInt8] = []) -> [UInt8] {
    [control, flags, 0, 0] + [UInt8](repeating: 2, count: 18) + [0, 0] + rest
  }

  @Test func dataFrames() throws {
    try LinkFrame.expectSegment(linkType: 105, wlan(0x08, 0x01) + snap + ipv4)
    let fourthAddress = [UInt8](repeating: 3, count: 6)
    try LinkFrame.expectSegment(linkType: 105, wlan(0x08, 0x03, fourthAddress) + snap + ipv4)
    try LinkFrame.expectSegment(linkType: 105, wlan(0x88, 0x02, [0, 0]) + snap + ipv4)
    try LinkFrame.expectSegment(linkType: 105, wlan(0x88, 0x82, [0, 0, 0, 0, 0, 0]) + snap + ipv4)
  }

  @Test func frameControlWithItsBytesSwapped() throws {
    var frame = wlan(0x11, 0x08)
    frame[22] = 0x76
    try LinkFrame.expectSegment(linkType: 105, frame + snap + ipv4)
  }

  @Test func saysWhyAFrameHoldsNothing() throws {
    for (control, flags, reason) in [
      (0x80, 0x00, "wlan_without_data"), (0xD4, 0x00, "wlan_without_data"),
      (0x48, 0x01, "wlan_without_data"), (0x08, 0x41, "wlan_encrypted"),
      (0x08, 0x04, "wlan_fragment"),
    ] {
      let frame = wlan(UInt8(control), UInt8(flags)) + snap + ipv4
      #expect(try LinkFrame.read(linkType: 105, frame).info.skipped == [reason: 1])
    }
  }

  @Test func radiotap() throws {
    let frame = wlan(0x08, 0x01) + snap + ipv4
    try LinkFrame.expectSegment(linkType: 127, [0, 0, 8, 0, 0, 0, 0, 0] + frame)
    // A clock, then flags that say that the header is padded; a second word of fields.
    let header: [UInt8] = [0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]
    let padded = wlan(0x88, 0x01, [0, 0, 0xEE, 0xEE]) + snap + ipv4
    try LinkFrame.expectSegment(
      linkType: 127, header + [1, 2, 3, 4, 5, 6, 7, 8] + [0x20] + padded)
  }

  @Test func otherHeadersBeforeWiFi() throws {
    let frame = wlan(0x08, 0x01) + snap + ipv4
    try LinkFrame.expectSegment(linkType: 192, [0, 0, 8, 0, 105, 0, 0, 0] + frame)
    let rest = [UInt8](repeating: 0, count: 56)
    try LinkFrame.expectSegment(linkType: 163, [0x80, 0x21, 0x10, 1, 0, 0, 0, 64] + rest + frame)
    try LinkFrame.expectSegment(linkType: 119, [0x44, 0, 0, 0, 64, 0, 0, 0] + rest + frame)
  }

  @Test func anAggregateHoldsSeveralSegments() throws {
    var frame = wlan(0x88, 0x01, [0x80, 0])
    for number in 1...300 {
      let packet = PacketBuilder(sequence: number, payload: [1, 2, 3]).ipv4
      let length = snap.count + packet.count
      frame += [UInt8](repeating: 4, count: 12) + [UInt8(length >> 8), UInt8(length & 0xFF)]
      frame += snap + packet
      while (frame.count - 26) % 4 != 0 { frame.append(0) }
    }
    var capture = PcapBuilder(linkType: 105)
    capture.add(frame)
    capture.add(wlan(0x08, 0x01) + snap + ipv4)
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.frame) == [Int64](repeating: 1, count: 300) + [2])
    #expect(reading.segments.prefix(300).map(\.sequence.rawValue) == Array(1...300))
    #expect(reading.info.tcpSegments == 301)
    #expect(reading.info.frames == 2)
  }
}
