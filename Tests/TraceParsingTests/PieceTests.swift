import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// Pieces of a capture, each read alone, give what the capture gives.
@Suite struct PieceTests {
  private let seed = SeededGenerator.seed

  /// Everything that reading gives, to compare.
  private struct Whole: Equatable {
    var segments: [SegmentImage] = []
    var payloads: [[UInt8]] = []
    var datagrams: [[UInt8]] = []
    var info = CaptureInfo(path: "", format: .pcap)
    var icmp: [ICMPMessage] = []
    var names: [IPAddress: String] = [:]
    var failure: String?

    init(_ open: () throws(CaptureError) -> CaptureReader) {
      do throws(CaptureError) {
        var reader = try open()
        var batch = SegmentBatch()
        while try reader.read(into: &batch) {
          segments += batch.images
          datagrams += batch.datagrams.map { $0.bytes + Array("\($0.time)\($0.destination)".utf8) }
          for index in 0..<batch.count {
            let segment = batch.span[index]
            payloads.append(
              Array(
                batch.payloads.bytes(
                  at: segment.payloadAddress, count: Int(segment.capturedLength))))
          }
        }
        info = reader.info
        info.path = ""
        icmp = reader.icmp
        names = reader.names
      } catch {
        failure = error.message
      }
    }
  }

  private func journal(
    _ piece: CapturePiece, of path: String, in scratch: Scratch, _ name: String
  ) throws -> String {
    var writer = try JournalWriter(piece, path: path)
    var bytes: [UInt8] = []
    while let next = try writer.next() { bytes += next }
    return try scratch.write(bytes, name)
  }

  /// The capture by the journals of its pieces, which are read in any order.
  private func journals(
    of path: String, size: Int64, in scratch: Scratch, _ random: inout SeededGenerator
  ) throws -> [String] {
    let pieces = try CaptureReader.pieces(of: path, size: size)
    var paths: [Int: String] = [:]
    for index in pieces.indices.shuffled(using: &random) {
      paths[index] = try journal(pieces[index], of: path, in: scratch, "\(index).journal")
    }
    return pieces.indices.compactMap { paths[$0] }
  }

  @Test func piecesGiveWhatTheCaptureGives() throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<40 {
      let scratch = try Scratch()
      var bytes = random.capture(frames: random.number(1...120))
      switch random.number(0...3) {
      case 0: bytes.removeLast(min(bytes.count - 30, random.number(1...60)))
      case 1:
        let place = random.number(24...bytes.count - 1)
        bytes[place] = random.pick([0, 1, 0x7F, 0xFF])
      default: break
      }
      let path = try scratch.write(bytes, "capture")
      let expected = Whole { () throws(CaptureError) in try CaptureReader(path: path) }
      for size in [1, Int64(bytes.count / 7 + 1), Int64(random.number(1...bytes.count))] {
        let note = Comment("seed \(seed), round \(round), size \(size)")
        guard
          let paths = try? journals(of: path, size: size, in: scratch, &random)
        else {
          #expect(expected.failure != nil, note)
          continue
        }
        let found = Whole { () throws(CaptureError) in try CaptureReader(journals: paths) }
        #expect(found == expected, note)
      }
    }
  }

  /// What belongs together lies on both sides of every border.
  @Test func whatBelongsTogetherMayLieInSeveralPieces() throws {
    var capture = PcapNGBuilder()
    capture.addInterface(options: [(9, [9])])
    var packet = PacketBuilder(sequence: 7)
    packet.payload = Array(repeating: 1, count: 64)
    let whole = packet.tcp
    for number in 0..<30 {
      if number % 10 == 5 {
        capture.addSection(isBig: number % 20 == 5, options: [(1, Array("section".utf8))])
        capture.addInterface(options: [(9, [6]), (1, Array("interface".utf8))])
        capture.addInterface(linkType: 101, snapLength: 100)
      }
      var fragment = PacketBuilder()
      fragment.identification = number / 2
      fragment.fragmentField = number % 2 == 0 ? 0x2000 : 5
      let part = number % 2 == 0 ? whole[..<40] : whole[40...]
      capture.addPacket(
        PacketBuilder.ethernet(0x0800, fragment.ipv4(carrying: Array(part))), time: number * 1000,
        options: [(1, Array("frame \(number)".utf8)), (4, capture.u64(number))])
      capture.addSimplePacket(PacketBuilder(sequence: number).ethernet)
      capture.addObsoletePacket(PacketBuilder.ethernet(0x0806, []), drops: 3)
      capture.addStatistics(options: [(5, capture.u64(number))])
      capture.addBlock(4) { $0.options([(1, [10, 0, 0, UInt8(number), 97, 0])]) }
      // Of no interest, and longer than a piece.
      capture.addBlock(0x0BAD) { $0.raw(Array(repeating: 7, count: 600)) }
    }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "capture")
    let expected = Whole { () throws(CaptureError) in try CaptureReader(path: path) }
    #expect(expected.segments.count == 45)
    #expect(expected.info.comments.count > 30 && expected.names.count == 30)
    var random = SeededGenerator(seed: seed)
    for size: Int64 in [1, 100, 500, 1000, 5000] {
      let paths = try journals(of: path, size: size, in: scratch, &random)
      #expect(size == 5000 || paths.count > 10)
      let found = Whole { () throws(CaptureError) in try CaptureReader(journals: paths) }
      #expect(found == expected, "seed \(seed), size \(size)")
    }
  }

  @Test func timesThatCannotBeAreCountedOverAllPieces() throws {
    var capture = PcapBuilder()
    for number in 0..<9 {
      capture.add(
        PacketBuilder(sequence: number).ethernet, fraction: number % 3 == 0 ? 1_000_000 : 0)
    }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "capture")
    var random = SeededGenerator(seed: seed)
    let paths = try journals(of: path, size: 200, in: scratch, &random)
    #expect(paths.count > 2)
    let found = Whole { () throws(CaptureError) in try CaptureReader(journals: paths) }
    #expect(found.info.invalidTimes == 3)
  }

  /// Wherever the border lies, before the step or behind it.
  @Test func theLargestStepBackOfAllPieces() throws {
    var capture = PcapBuilder()
    for number in 0..<12 {
      var packet = PacketBuilder(sequence: number).ethernet
      // A wrong checksum.
      packet[24] = 1
      capture.add(packet, seconds: 1000 - (number == 7 ? 9 : number % 3), fraction: number)
    }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "capture")
    let expected = Whole { () throws(CaptureError) in try CaptureReader(path: path) }
    #expect(expected.info.stepBack?.frame == 8)
    #expect(expected.segments.allSatisfy { $0.description.contains("corrupt true") })
    var random = SeededGenerator(seed: seed)
    for size: Int64 in [1, 100, 200, 300] {
      let paths = try journals(of: path, size: size, in: scratch, &random)
      let found = Whole { () throws(CaptureError) in try CaptureReader(journals: paths) }
      #expect(found == expected, "seed \(seed), size \(size)")
    }
  }

  /// Nobody looks into the block, and a border may lie in it.
  @Test func aBlockWhoseLengthsDifferEndsEveryWayOfReading() throws {
    var capture = PcapNGBuilder()
    capture.addInterface()
    capture.addPacket(PacketBuilder(sequence: 1).ethernet, time: 1)
    capture.addBlock(0x0BAD) { $0.raw(Array(repeating: 7, count: 600)) }
    let end = capture.file.count
    capture.addPacket(PacketBuilder(sequence: 2).ethernet, time: 2)
    var bytes = capture.file
    bytes[end - 4] = 1
    let scratch = try Scratch()
    let path = try scratch.write(bytes, "capture")
    let expected = Whole { () throws(CaptureError) in try CaptureReader(path: path) }
    #expect(expected.info.isTruncated && expected.segments.count == 1)
    var random = SeededGenerator(seed: seed)
    for size: Int64 in [1, 300] {
      let paths = try journals(of: path, size: size, in: scratch, &random)
      let found = Whole { () throws(CaptureError) in try CaptureReader(journals: paths) }
      #expect(found == expected, "size \(size)")
    }
  }

  @Test func aPieceHoldsAtMostItsSize() throws {
    var capture = PcapBuilder()
    for number in 0..<5000 { capture.add(PacketBuilder(sequence: number).ethernet) }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "capture")
    let pieces = try CaptureReader.pieces(of: path, size: 1000)
    #expect(pieces.count == 5000 / 14 + 1)
    #expect(Set(pieces.dropLast().map(\.length)) == [980])
    #expect(pieces.first?.offset == 24)
    #expect(pieces.last?.length == nil)
    #expect(pieces.map(\.before.frames) == (0..<pieces.count).map { Int64($0 * 14) })
    #expect(pieces.count(where: { !$0.isPlausible }) == 0)
  }

  @Test func journalsThatDoNotFollowEachOtherAreRefused() throws {
    var capture = PcapBuilder()
    for number in 0..<50 { capture.add(PacketBuilder(sequence: number).ethernet) }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "capture")
    var random = SeededGenerator(seed: seed)
    let paths = try journals(of: path, size: 1000, in: scratch, &random)
    let found = Whole { () throws(CaptureError) in
      try CaptureReader(journals: [paths[0], paths[2]])
    }
    #expect(found.failure?.contains("this is piece 3 of -, not what follows piece 1") == true)
  }

  @Test func aDamagedJournalNeverTraps() throws {
    var random = SeededGenerator(seed: seed)
    let scratch = try Scratch()
    let capture = try scratch.write(random.capture(frames: 60), "capture")
    let piece = try CaptureReader.pieces(of: capture, size: 1 << 20)[0]
    let path = try journal(piece, of: capture, in: scratch, "whole")
    let whole = try scratch.read("whole")
    for _ in 0..<300 {
      var bytes = whole
      let place = random.number(0...bytes.count - 1)
      bytes[place] ^= 1 << UInt8(random.number(0...7))
      _ = try scratch.write(bytes, "damaged")
      let found = Whole { () throws(CaptureError) in
        try CaptureReader(journals: [scratch.path("damaged")])
      }
      #expect(found.failure?.contains("damaged") == true, "seed \(seed), byte \(place)")
      #expect(found.failure?.contains("\n") == false)
    }
    for cut in 0..<whole.count {
      _ = try scratch.write(Array(whole[..<cut]), "damaged")
      let found = Whole { () throws(CaptureError) in
        try CaptureReader(journals: [scratch.path("damaged")])
      }
      #expect(found.failure?.isEmpty == false, "\(cut)")
    }
    _ = path
  }
}
