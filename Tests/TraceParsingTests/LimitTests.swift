import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// What a hostile file can make the reader do is bounded, and said.
@Suite struct LimitTests {
  /// IPComp's header (next is TCP), then a TCP header and 65,400 zeros: gzip's own header and trailer
  /// are cut off.
  private static let compressed: [UInt8] = {
    let gzip = CompressionTests.Method.gzip.compress(
      PacketBuilder(payload: [UInt8](repeating: 0, count: 65_400)).tcp)
    return [6, 0, 0, 2] + Array(gzip[10..<gzip.count - 8])
  }()

  @Test func compressedZerosAreInflatedWithinABudget() throws {
    let payload = LimitTests.compressed
    let packet = PacketBuilder(transport: 108).ipv4(carrying: payload)
    var capture = PcapBuilder(linkType: 101)
    for _ in 0..<2000 { capture.add(packet) }
    let info = try Reading(capture.file).info
    let most = (PayloadInflater.freeBytes + 2000 * 4 * payload.count) / 65_420 + 1
    #expect(info.tcpSegments > 200 && info.tcpSegments <= Int64(most))
    #expect(info.skipped == ["over_inflation_budget": 2000 - info.tcpSegments])
  }

  /// Names are read from them.
  @Test func whatWasInflatedStaysAsLongAsItsBatch() throws {
    let words = Array("GET / HTTP/1.1\r\n".utf8)
    var capture = PcapBuilder(linkType: 101)
    for number in 0..<3 {
      let gzip = CompressionTests.Method.gzip.compress(
        PacketBuilder(payload: words + [UInt8(number)]).tcp)
      let payload = [6, 0, 0, 2] + Array(gzip[10..<gzip.count - 8])
      capture.add(PacketBuilder(transport: 108).ipv4(carrying: payload))
    }
    let scratch = try Scratch()
    var reader = try CaptureReader(path: try scratch.write(capture.file, "a.pcap"))
    var batch = SegmentBatch()
    var payloads: [[UInt8]] = []
    while try reader.read(into: &batch) {
      for index in 0..<batch.count {
        let segment = batch.span[index]
        payloads.append(
          Array(
            batch.payloads.bytes(at: segment.payloadAddress, count: Int(segment.capturedLength))))
      }
    }
    #expect(payloads == (0..<3).map { words + [$0] })
  }

  @Test func aSecondPassInflatesWhatTheFirstDid() throws {
    let payload = LimitTests.compressed
    let packet = PacketBuilder(transport: 108).ipv4(carrying: payload)
    var capture = PcapBuilder(linkType: 101)
    for _ in 0..<600 { capture.add(packet) }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "a.pcap")
    var reader = try CaptureReader(path: path)
    var batch = SegmentBatch()
    _ = try reader.read(into: &batch)
    let position = reader.position
    var first: Int64 = 0
    while try reader.read(into: &batch) { first += Int64(batch.count) }
    var second = try CaptureReader(path: path)
    try second.seek(to: position)
    var again: Int64 = 0
    while try second.read(into: &batch) { again += Int64(batch.count) }
    #expect(first == again && position.frames < 600)
  }

  @Test func aFloodOfFragmentsLeavesOnePacketInSixteen() throws {
    var store = FragmentStore()
    let bytes = [UInt8](repeating: 0, count: 40)
    func add(_ identification: UInt32, offset: Int, hasMore: Bool) -> Bool {
      let fragment = FragmentStore.Fragment(
        offset: offset, hasMore: hasMore, isWhole: true, transport: 6,
        time: Timestamp(nanoseconds: 0))
      let key = FragmentStore.Key(
        source: IPAddress(ipv4: 1), destination: IPAddress(ipv4: 2),
        identification: identification, transport: 6)
      return store.add(fragment, bytes.span.bytes, for: key) != nil
    }
    func isJoined(_ identification: UInt32) -> Bool {
      _ = add(identification, offset: 0, hasMore: true)
      return add(identification, offset: 40, hasMore: false)
    }
    #expect(isJoined(3))
    for number in 0..<UInt32(FragmentStore.patience) + 100 {
      _ = add(1000 + number, offset: 80, hasMore: true)
    }
    #expect(!isJoined(3) && isJoined(16))
    // A packet that is completed gives patience back.
    #expect(isJoined(3))
  }

  @Test func filesThatExpandTooFarAreDamaged() throws {
    // A block of 1 GiB that nobody reads, all zeros, as gzip members of 1 MiB each.
    var capture = PcapNGBuilder()
    capture.addSection()
    capture.addInterface(linkType: 101)
    capture.addPacket(PacketBuilder().ipv4)
    var head = Bytes(isBig: false)
    head.u32(0x1234)
    head.u32(1 << 30)
    let member = CompressionTests.Method.gzip.compress([UInt8](repeating: 0, count: 1 << 20))
    let file =
      CompressionTests.Method.gzip.compress(capture.file + head.content)
      + (0..<1024).flatMap { _ in member }
    let info = try Reading(file).info
    #expect(info.tcpSegments == 1 && info.isTruncated)
    #expect(info.warnings.contains { $0.contains("250 times their size") })
  }

  @Test func namesThatAreTooLongAreNone() throws {
    var capture = PcapNGBuilder()
    capture.addSection()
    capture.addInterface(linkType: 101)
    for (last, length) in [(1, 255), (2, 256)] {
      capture.addBlock(4) { body in
        body.u16(1)
        body.u16(4 + length + 1)
        body.raw([192, 0, 2, UInt8(last)] + [UInt8](repeating: 0x61, count: length) + [0])
        body.pad(to: 4)
        body.u32(0)
      }
    }
    #expect(try Reading(capture.file).names.count == 1)
  }

  @Test func commentsAreBoundedTogether() throws {
    var capture = PcapNGBuilder()
    capture.addSection()
    let text = [UInt8](repeating: 0x61, count: 60_000)
    for _ in 0..<100 {
      capture.addInterface(linkType: 101, options: [(1, text)])
    }
    let bytes = try Reading(capture.file).info.comments.map(\.text.utf8.count).reduce(0, +)
    #expect(bytes > 4_000_000 && bytes <= PcapNGNotes.maximumCommentBytes)
  }
}
