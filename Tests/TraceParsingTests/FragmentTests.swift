import Support
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct FragmentTests {
  private let whole = PacketBuilder(
    sequence: 9, options: [2, 4, 5, 0xB4], payload: [UInt8](repeating: 7, count: 100))

  /// A part of the segment as an IPv4 packet; `start` is a multiple of 8.
  private func ipv4(_ start: Int, _ end: Int, identification: Int = 1) -> [UInt8] {
    var packet = whole
    packet.identification = identification
    packet.fragmentField = start / 8 | (end < packet.tcp.count ? 0x2000 : 0)
    return packet.ipv4(carrying: Array(packet.tcp[start..<end]))
  }

  private func ipv6(_ start: Int, _ end: Int) -> [UInt8] {
    var packet = whole
    (packet.source, packet.destination) = ("2001:db8::1", "2001:db8::2")
    let tcp = packet.tcp
    let position = start | (end < tcp.count ? 1 : 0)
    let header: [UInt8] = [6, 0, UInt8(position >> 8), UInt8(position & 0xFF), 0, 0, 0, 5]
    packet.ipLength = 8 + end - start
    let fixed = packet.ipv6(nextHeader: 44).prefix(40)
    return fixed + header + tcp[start..<end]
  }

  private func read(_ packets: [[UInt8]], secondsApart: Int = 0) throws -> Reading {
    var capture = PcapBuilder(linkType: 101)
    for (number, packet) in packets.enumerated() {
      capture.add(packet, seconds: 1000 + number * secondsApart)
    }
    return try Reading(capture.file)
  }

  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 0, 1, 1, 2]])
  func theSegmentBelongsToTheFrameThatCompletesIt(order: [Int]) throws {
    let parts = [ipv4(0, 16), ipv4(16, 64), ipv4(64, 124)]
    let reading = try read(order.map { parts[$0] })
    let segment = try #require(reading.segments.first)
    #expect(segment.frame == Int64(order.count))
    #expect(segment.payloadLength == 100)
    #expect(segment.ipLength == 144)
    #expect(segment.options.mss == 1460)
    #expect(reading.info.skipped == ["ip_fragment": Int64(order.count - 1)])
  }

  @Test func joinsFragmentsOfIPv6() throws {
    let reading = try read([ipv6(0, 64), ipv6(64, 124)])
    let segment = try #require(reading.segments.first)
    #expect(segment.frame == 2)
    #expect(segment.payloadLength == 100)
    #expect(segment.ipLength == 164)
  }

  @Test func overlappingFragmentsAreJoined() throws {
    #expect(try read([ipv4(0, 64), ipv4(32, 80), ipv4(72, 124)]).segments.count == 1)
  }

  @Test func packetsWithOtherIdentificationsStayApart() throws {
    let reading = try read([
      ipv4(0, 64, identification: 1), ipv4(64, 124, identification: 2),
      ipv4(0, 64, identification: 2), ipv4(64, 124, identification: 1),
    ])
    #expect(reading.segments.map(\.frame) == [3, 4])
  }

  @Test func anIncompletePacketIsNoSegment() throws {
    let reading = try read([ipv4(0, 64), ipv4(72, 124)])
    #expect(reading.segments.isEmpty)
    #expect(reading.info.skipped == ["ip_fragment": 2])
  }

  @Test func aFragmentWaitsAMinuteAndNoLonger() throws {
    #expect(try read([ipv4(0, 64), ipv4(64, 124)], secondsApart: 60).segments.count == 1)
    #expect(try read([ipv4(0, 64), ipv4(64, 124)], secondsApart: 61).segments.isEmpty)
  }

  @Test func aFirstFragmentThatWasCutShowsItsHeader() throws {
    var capture = PcapBuilder(linkType: 101)
    let first = ipv4(0, 64)
    capture.add(Array(first.prefix(50)), original: first.count)
    capture.add(ipv4(64, 124))
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.frame) == [1])
    #expect(reading.segments.map(\.payloadLength) == [40])
  }

  @Test func fragmentsOfATunnelAreJoinedBeforeItIsEntered() throws {
    var packet = PacketBuilder()
    packet.transport = 47
    let payload = [0, 0, 8, 0] + whole.ipv4
    packet.fragmentField = 0x2000
    let first = packet.ipv4(carrying: Array(payload[0..<24]))
    packet.fragmentField = 3
    let second = packet.ipv4(carrying: Array(payload[24...]))
    let reading = try read([first, second])
    #expect(reading.segments.map(\.payloadLength) == [100])
    #expect(reading.segments.map(\.frame) == [2])
  }

  @Test func theOldestFragmentsGoWhenTooManyWait() throws {
    var store = FragmentStore()
    let payload = [UInt8](repeating: 1, count: 32_000)
    func add(_ identification: Int, _ offset: Int, hasMore: Bool) -> Bool {
      store.add(
        FragmentStore.Fragment(
          offset: offset, hasMore: hasMore, isWhole: true, transport: 6,
          time: Timestamp(nanoseconds: 0)),
        payload.span.bytes,
        for: FragmentStore.Key(
          source: IPAddress(ipv4: 1), destination: IPAddress(ipv4: 2),
          identification: UInt32(identification), transport: 6)) != nil
    }
    for identification in 0..<400 { _ = add(identification, 0, hasMore: true) }
    #expect(!add(0, 32_000, hasMore: false))
    #expect(add(399, 32_000, hasMore: false))
  }

  @Test func aPacketInTooManyPartsIsDropped() throws {
    var packet = whole
    packet.options = []
    packet.payload = [UInt8](repeating: 7, count: 3000)
    let tcp = packet.tcp
    func part(_ number: Int) -> [UInt8] {
      packet.fragmentField = number | (8 * number + 8 < tcp.count ? 0x2000 : 0)
      return packet.ipv4(carrying: Array(tcp[(8 * number)..<min(8 * number + 8, tcp.count)]))
    }
    let count = (tcp.count + 7) / 8
    let even = stride(from: 0, to: count, by: 2).map(part)
    let odd = stride(from: 1, to: count, by: 2).map(part)
    #expect(try read((0..<count).map(part)).segments.count == 1)
    #expect(try read(even + odd).segments.isEmpty)
  }

  @Test func aPositionRemembersWhatWaits() throws {
    var capture = PcapBuilder(linkType: 101)
    capture.add(ipv4(0, 64))
    for number in 0..<255 { capture.add(PacketBuilder(sequence: number).ipv4) }
    capture.add(PacketBuilder().ipv4)
    capture.add(ipv4(64, 124))
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "capture")
    var reader = try CaptureReader(path: path)
    var batch = SegmentBatch()
    #expect(try reader.read(into: &batch))
    let position = reader.position
    #expect(try reader.read(into: &batch))
    let expected = batch.images
    #expect(expected.count == 1)

    var second = try CaptureReader(path: path)
    try second.seek(to: position)
    #expect(try second.read(into: &batch))
    #expect(batch.images == expected)
  }
}
