import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// Threads that share a batch see together what one sees alone.
@Suite struct SharedBatchTests {
  private let seed = SeededGenerator.seed
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  /// A segment with its payload, as far as that was captured.
  private struct Seen: Hashable {
    var image: SegmentImage
    var key: FlowKey
    var payload: [UInt8]

    init(_ segment: Segment, _ payloads: SegmentPayloads) {
      image = SegmentImage(segment)
      key = segment.key
      payload = Array(
        payloads.bytes(at: segment.payloadAddress, count: Int(segment.capturedLength)))
    }
  }

  /// What each of so many threads takes of a capture, by number.
  private struct Shared {
    var taken: [[Int64: Seen]]
    var info: CaptureInfo

    init(_ path: String, threads: Int, windowCapacity: Int) throws {
      var reader = try CaptureReader(path: path, windowCapacity: windowCapacity)
      var shared = SegmentBatch(sharedBy: threads)
      var own = SegmentBatch()
      taken = Array(repeating: [:], count: threads)
      while try reader.read(into: &shared) {
        for number in 0..<threads {
          let share = FlowShare(number: number, of: threads)
          var place = SegmentBatch.Place()
          var last: Int64 = -1
          while own.take(from: shared, for: share, at: &place) {
            for index in own.span.indices {
              #expect(own.numbers[index] > last)
              last = own.numbers[index]
              taken[number][last] = Seen(own.span[index], shared.payloads)
            }
          }
        }
      }
      info = reader.info
    }
  }

  private func alone(_ path: String, windowCapacity: Int) throws -> (
    segments: [Seen], syns: [Int64], info: CaptureInfo
  ) {
    var reader = try CaptureReader(path: path, windowCapacity: windowCapacity)
    var batch = SegmentBatch()
    var segments: [Seen] = []
    var syns: [Int64] = []
    var servers: Set<Int> = []
    while try reader.read(into: &batch) {
      for index in batch.span.indices {
        let segment = batch.span[index]
        if segment.flags.contains(.syn) {
          let tag = ServerTag(shownBy: segment.flags, of: segment.key, from: segment.from)
          if servers.insert(tag.place).inserted { syns.append(Int64(segments.count)) }
        }
        segments.append(Seen(segment, batch.payloads))
      }
    }
    return (segments, syns, reader.info)
  }

  /// - Returns: How many segments were taken of other shares.
  @discardableResult
  private func compare(
    _ path: String, threads: Int, windowCapacity: Int = InputWindow.defaultCapacity,
    _ note: Comment
  ) throws -> Int {
    let shared = try Shared(path, threads: threads, windowCapacity: windowCapacity)
    let alone = try alone(path, windowCapacity: windowCapacity)
    var strangers = 0
    for number in 0..<threads {
      let share = FlowShare(number: number, of: threads)
      let taken = shared.taken[number]
      for (index, segment) in alone.segments.enumerated() where share.has(segment.key) {
        #expect(taken[Int64(index)] == segment, note)
      }
      for (index, segment) in taken where !share.has(segment.key) {
        #expect(segment == alone.segments[Int(index)], note)
        strangers += 1
      }
      // What shows a server first is told to all.
      for index in alone.syns { #expect(taken[index] != nil, note) }
    }
    #expect(shared.info.frames == alone.info.frames, note)
    #expect(shared.info.tcpSegments == alone.info.tcpSegments, note)
    #expect(shared.info.skipped == alone.info.skipped, note)
    #expect(shared.info.warnings == alone.info.warnings, note)
    #expect(shared.info.spans == alone.info.spans, note)
    return strangers
  }

  @Test(arguments: [2, 3, 7])
  func threadsOfARandomCapture(_ threads: Int) throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<10 {
      let path = try scratch.write(random.capture(frames: 200), "random")
      let capacity = Int.random(in: 64...5000, using: &random)
      try compare(
        path, threads: threads, windowCapacity: capacity,
        "seed \(seed), round \(round), capacity \(capacity)")
    }
  }

  @Test func threadsOfACapture() throws {
    let path = Repository.samples.appendingPathComponent("many.pcap").path
    let strangers = try compare(path, threads: 2, "many.pcap")
    // Nearly nothing of what concerns one is told to others.
    #expect(strangers < 100)
  }

  /// More segments of one flow in a window than a thread's list has room for.
  @Test func manySmallSegmentsOfAFlow() throws {
    var capture = PcapBuilder(linkType: 101)
    for number in 0..<10_000 { capture.add(PacketBuilder(flags: .ack).ipv4, fraction: number) }
    let path = try scratch.write(capture.file, "small")
    let strangers = try compare(path, threads: 2, windowCapacity: 1 << 20, "small")
    #expect(strangers < 100)
  }

  /// Those that are decoded at once keep their places among those that are not.
  @Test func segmentsOfBothVersionsInTurns() throws {
    var capture = PcapBuilder()
    for number in 0..<1000 {
      var packet = PacketBuilder(sourcePort: 1024 + number % 97, flags: .ack)
      if number % 3 > 0 {
        capture.add(packet.ethernet, fraction: number)
      } else {
        (packet.source, packet.destination) = ("2001:db8::1", "2001:db8::2")
        capture.add(PacketBuilder.ethernet(0x86DD, packet.ipv6()), fraction: number)
      }
    }
    try compare(scratch.write(capture.file, "both"), threads: 3, windowCapacity: 20_000, "both")
  }
}
