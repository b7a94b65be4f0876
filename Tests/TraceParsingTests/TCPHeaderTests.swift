import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct TCPHeaderTests {
  /// The segment in an IPv4 packet, of which `captured` bytes of TCP are there.
  private func read(_ packet: PacketBuilder, captured: Int? = nil) throws -> Segment? {
    var capture = PcapBuilder(linkType: 101)
    let bytes = packet.ipv4
    capture.add(Array(bytes.prefix(captured.map { 20 + $0 } ?? bytes.count)), original: bytes.count)
    return try Reading(capture.file).segments.first
  }

  @Test func keepsEveryField() throws {
    let packet = PacketBuilder(
      source: "192.0.2.9", destination: "192.0.2.1", sourcePort: 443, destinationPort: 50_000,
      sequence: 0xFFFF_FFF0, acknowledgment: 0x8000_0001, flags: [.psh, .ack, .urg, .ae],
      window: 512, urgentPointer: 77, payload: [1, 2, 3, 4])
    let segment = try #require(try read(packet))
    #expect(segment.source.description == "192.0.2.9:443")
    #expect(segment.destination.description == "192.0.2.1:50000")
    #expect(segment.from == .high)
    #expect(segment.sequence.rawValue == 0xFFFF_FFF0)
    #expect(segment.acknowledgment.rawValue == 0x8000_0001)
    #expect(segment.flags == [.psh, .ack, .urg, .ae])
    #expect(segment.window == 512)
    #expect(segment.urgentPointer == 77)
    #expect(segment.payloadLength == 4)
    #expect(segment.options.kinds.isEmpty)
    #expect(!segment.isHeaderDamaged)
  }

  @Test func bothDirectionsOfAFlowHaveOneKey() throws {
    let there = try #require(try read(PacketBuilder()))
    let back = try #require(
      try read(
        PacketBuilder(
          source: "10.0.0.2", destination: "10.0.0.1", sourcePort: 80, destinationPort: 40_000)))
    #expect(there.key == back.key)
    #expect(there.from != back.from)
  }

  @Test func oneAddressAtBothEndsIsOrderedByPort() throws {
    let segment = try #require(
      try read(PacketBuilder(source: "127.0.0.1", destination: "127.0.0.1")))
    #expect(segment.key.low.port == 80)
    #expect(segment.source.port == 40_000)
  }

  @Test func readsTheOptionsOfASYN() throws {
    let options: [UInt8] = [2, 4, 5, 0xB4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 7, 1, 3, 3, 20]
    let found = try #require(try read(PacketBuilder(options: options))).options
    #expect(found.kinds == [.mss, .sackPermitted, .timestamps, .windowScale])
    #expect(found.mss == 1460)
    #expect(found.timestampValue == 9)
    #expect(found.timestampEcho == 7)
    // Above the 14 that RFC 7323 allows, and kept as sent.
    #expect(found.windowScale == 20)
  }

  @Test func readsTimeStampsInTheirUsualPlace() throws {
    let options: [UInt8] = [1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8]
    let found = try #require(try read(PacketBuilder(options: options))).options
    #expect(found.kinds == .timestamps)
    #expect(found.timestampValue == 0x0102_0304)
    #expect(found.timestampEcho == 0x0506_0708)
  }

  @Test(arguments: 1...4)
  func readsSACKBlocks(count: Int) throws {
    var list = Bytes()
    list.raw([5, UInt8(2 + 8 * count)])
    for block in 1...count {
      list.u32(100 * block)
      list.u32(100 * block + 50)
    }
    let found = try #require(try read(PacketBuilder(options: list.content))).options
    #expect(found.kinds == .sack)
    #expect(Int(found.sackCount) == count)
    #expect(found.sack[count - 1].left.rawValue == UInt32(100 * count))
    #expect(found.sack[count - 1].right.rawValue == UInt32(100 * count + 50))
  }

  @Test(arguments: [
    ([34, 2] as [UInt8], 0), ([34, 10, 1, 2, 3, 4, 5, 6, 7, 8], 8), ([254, 4, 0xF9, 0x89], 0),
    ([254, 12, 0xF9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8], 8), ([253, 6, 0xF9, 0x89, 1, 2], 2),
  ])
  func readsFastOpenInBothForms(options: [UInt8], cookieLength: Int) throws {
    let found = try #require(try read(PacketBuilder(options: options))).options
    #expect(found.kinds == .fastOpen)
    #expect(Int(found.fastOpenCookieLength) == cookieLength)
  }

  @Test func marksTheOtherOptions() throws {
    let md5 = [19, 18] + [UInt8](repeating: 0, count: 16)
    let options: [UInt8] = md5 + [28, 4, 0, 9, 29, 4, 1, 1, 30, 3, 0x20, 254, 4, 0xAB, 0xCD, 99, 2]
    let found = try #require(try read(PacketBuilder(options: options))).options
    #expect(found.kinds == [.md5, .userTimeout, .authentication, .multipath])
  }

  @Test(arguments: [
    [2, 0], [2, 1, 1, 1], [1, 1, 1, 2], [2, 200, 5, 5], [2, 3, 9, 0], [3, 4, 9, 0], [5, 7, 0, 0],
  ])
  func marksOptionsWhoseLengthDoesNotFit(options: [Int]) throws {
    let list = [8, 10, 0, 0, 0, 1, 0, 0, 0, 2] + [1, 1] + options.map { UInt8($0) }
    let found = try #require(try read(PacketBuilder(options: list))).options
    #expect(found.kinds.contains([.timestamps, .malformed]))
    #expect(found.timestampValue == 1)
  }

  @Test func endsAtTheEndOfTheList() throws {
    let found = try #require(try read(PacketBuilder(options: [0, 2, 4, 5, 0xB4]))).options
    #expect(found.kinds.isEmpty)
  }

  @Test func theFirstOptionOfAKindCounts() throws {
    let found = try #require(
      try read(PacketBuilder(options: [2, 4, 0, 1, 2, 4, 0, 9]))
    ).options
    #expect(found.mss == 1)
  }

  @Test func optionsThatWereNotCapturedAreMarked() throws {
    let packet = PacketBuilder(
      options: [2, 4, 5, 0xB4, 8, 10, 0, 0, 0, 9, 0, 0, 0, 7], payload: [1, 2, 3])
    let segment = try #require(try read(packet, captured: 28))
    #expect(segment.options.kinds == [.mss, .cut])
    #expect(segment.payloadLength == 3)
    #expect(!segment.isHeaderDamaged && !segment.isHeaderCut)
  }

  @Test func decodesAHeaderThatWasNotCapturedWhole() throws {
    let packet = PacketBuilder(sequence: 5, acknowledgment: 6, flags: .ack, payload: [1, 2, 3])
    let withWindow = try #require(try read(packet, captured: 16))
    #expect(withWindow.window == 64_240)
    #expect(withWindow.payloadLength == 3)
    #expect(withWindow.options.kinds == .cut)
    #expect(!withWindow.isHeaderDamaged && withWindow.isHeaderCut)
    let withFlags = try #require(try read(packet, captured: 14))
    #expect(withFlags.flags == .ack)
    #expect(withFlags.window == 0)
    #expect(withFlags.isHeaderDamaged)
    #expect(try read(packet, captured: 13) == nil)
  }

  @Test(arguments: [0, 4])
  func aDataOffsetBelowFiveIsDamage(words: Int) throws {
    let segment = try #require(try read(PacketBuilder(dataOffset: words, payload: [1, 2])))
    #expect(segment.isHeaderDamaged)
    #expect(segment.payloadLength == 0)
  }

  @Test func aDataOffsetBeyondThePacketIsDamage() throws {
    let packet = PacketBuilder(options: [2, 4, 5, 0xB4], dataOffset: 15)
    let segment = try #require(try read(packet))
    #expect(segment.isHeaderDamaged)
    #expect(segment.payloadLength == 0)
    #expect(segment.options.mss == 1460)
    #expect(segment.options.kinds.contains(.malformed))
  }
}
