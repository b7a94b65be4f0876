import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// Properties that hold for any bytes. Each run has another seed, which a failure prints.
@Suite struct RandomCaptureTests {
  private let seed = SeededGenerator.seed

  @Test func damagedCapturesNeverTrap() throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<400 {
      var bytes = random.capture(frames: 12)
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] = [0, 0x7F, 0x80, 0xFF][Int.random(in: 0..<4, using: &random)]
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 3))
        default: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF], at: place)
        }
        if bytes.isEmpty { break }
      }
      do {
        let reading = try Reading(bytes)
        let skipped = reading.info.skipped.values.reduce(0, +)
        #expect(
          reading.info.frames <= skipped + reading.info.tcpSegments,
          "seed \(seed), round \(round)")
      } catch let error as CaptureError {
        #expect(!error.message.isEmpty && !error.message.contains("\n"), "seed \(seed)")
      }
    }
  }

  /// Bytes that now and then look like the beginning of something.
  @Test func randomFramesOfEveryLinkTypeNeverTrap() throws {
    var random = SeededGenerator(seed: seed)
    let words: [UInt16] = [
      0x0800, 0x86DD, 0x8847, 0x8864, 0x88E7, 0x6558, 0x88BE, 0x22EB, 0x894F, 0x8100, 0x8903,
      0x4500, 0x6000, 0x2F11, 0x0411, 0x2C00, 0x3304, 0xAAAA, 0x0300, 0x0000, 0xFFFF, 0x12B5,
      0x17C1, 0x0868, 0x147F, 0x0DD8, 0x06A5, 0x13D0, 0x9088, 0x0888, 0x8808, 0x0021, 0xFF03,
    ]
    let linkTypes = (0...300).map { LinkType(rawValue: UInt16($0)) }.filter { !$0.isUnknown }
    for type in linkTypes {
      for round in 0..<150 {
        var frame = Bytes()
        for _ in 0..<Int.random(in: 0...120, using: &random) {
          frame.integer(
            Bool.random(using: &random)
              ? words[Int.random(in: 0..<words.count, using: &random)]
              : UInt16.random(in: 0...UInt16.max, using: &random))
        }
        let bytes = frame.content
        var decoder = FrameDecoder()
        var batch = SegmentBatch()
        decoder.decode(
          FrameBytes(
            bytes.span.bytes, wireLength: bytes.count + Int.random(in: 0...9, using: &random)),
          type, link: type.layer, time: Timestamp(nanoseconds: 0), interface: 0, into: &batch)
        let skipped = decoder.skipped.values.reduce(0, +)
        #expect((batch.count > 0) != (skipped == 1), "seed \(seed), \(type.name), round \(round)")
        #expect(decoder.depth == 0, "seed \(seed), \(type.name), round \(round)")
      }
    }
  }

  @Test func theWindowsBoundariesChangeNothing() throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<12 {
      let bytes = random.capture(frames: 40)
      let expected = try Reading(bytes)
      for capacity in [1, 2, 17, 64, 100, Int.random(in: 100...5000, using: &random)] {
        let reading = try Reading(bytes, windowCapacity: capacity)
        let note = Comment("seed \(seed), round \(round), capacity \(capacity)")
        #expect(
          reading.segments.map(SegmentImage.init) == expected.segments.map(SegmentImage.init), note)
        #expect(reading.info.frames == expected.info.frames, note)
        #expect(reading.info.skipped == expected.info.skipped, note)
      }
    }
  }

  /// The short way through plain packets and the long way through all give the same segments.
  @Test func plainPacketsAreDecodedAsAllAre() throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<3000 {
      var packet = random.packet().ipv4
      if Bool.random(using: &random) {
        let place = Int.random(in: 0..<min(60, packet.count), using: &random)
        packet[place] = UInt8.random(in: 0...255, using: &random)
      }
      let sent = packet.count + Int.random(in: 0...2, using: &random)
      packet = Array(packet.prefix(Int.random(in: 10...100, using: &random)))
      var decoder = FrameDecoder()
      var short = SegmentBatch()
      var long = SegmentBatch()
      let shortContent = decoder.decodeIPv4(
        FrameBytes(packet.span.bytes, wireLength: sent), into: &short)
      let longContent = decoder.decodeAnyIPv4(
        FrameBytes(packet.span.bytes, wireLength: sent), into: &long)
      #expect(shortContent == longContent, "seed \(seed), round \(round)")
      #expect(short.images == long.images, "seed \(seed), round \(round)")
    }
  }
}

extension SeededGenerator {
  mutating func packet() -> PacketBuilder {
    let lists: [[UInt8]] = [
      [], [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 7], [2, 4, 5, 0xB4, 4, 2, 1, 3, 3, 7],
      [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9], bytes(0...40),
    ]
    return PacketBuilder(
      source: Bool.random(using: &self) ? "10.0.0.1" : "10.9.9.9",
      sourcePort: Int.random(in: 0...65535, using: &self),
      sequence: Int.random(in: 0...0xFFFF_FFFF, using: &self),
      flags: TCPFlags(rawValue: UInt16.random(in: 0...511, using: &self)),
      options: lists[Int.random(in: 0..<lists.count, using: &self)],
      payload: bytes(0...80),
      ipOptions: Int.random(in: 0..<8, using: &self) == 0 ? [1, 1, 1, 0] : [])
  }

  private mutating func frame() -> [UInt8] {
    let packet = packet()
    switch Int.random(in: 0..<8, using: &self) {
    case 0: return PacketBuilder.ethernet(0x8100, [0, 1, 8, 0] + packet.ipv4)
    case 1: return PacketBuilder.ethernet(0x0806, bytes(0...40))
    case 2:
      var other = packet
      (other.source, other.destination) = ("2001:db8::1", "2001:db8::2")
      return PacketBuilder.ethernet(
        0x86DD, other.ipv6(nextHeader: 0, extensions: [6, 0, 1, 4, 0, 0, 0, 0]))
    default: return packet.ethernet
    }
  }

  /// A pcap or pcapng file of Ethernet frames, some of them cut.
  mutating func capture(frames: Int) -> [UInt8] {
    let isBig = Bool.random(using: &self)
    if Bool.random(using: &self) {
      var capture = PcapBuilder(isBig: isBig)
      for number in 0..<frames {
        let frame = frame()
        let captured = min(frame.count, Int.random(in: 14...200, using: &self))
        capture.add(Array(frame.prefix(captured)), fraction: number, original: frame.count)
      }
      return capture.file
    }
    var capture = PcapNGBuilder(isBig: isBig)
    capture.addInterface(options: [(2, Array("eth0".utf8)), (9, [9])])
    for number in 0..<frames {
      switch Int.random(in: 0..<10, using: &self) {
      case 0: capture.addSimplePacket(frame())
      case 1: capture.addBlock(pick([0x0BAD_CAFE, 0xBAD])) { $0.u64(number) }
      case 2: capture.addStatistics(options: [(5, capture.u64(number))])
      case 3: capture.addBlock(4) { $0.options([(1, [10, 0, 0, 1, 97, 0])]) }
      default: capture.addPacket(frame(), time: number, options: [(1, Array("note".utf8))])
      }
    }
    return capture.file
  }
}
