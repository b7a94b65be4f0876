import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct CapturePositionTests {
  /// A capture of `count` segments, numbered by their sequence numbers; every third frame is none.
  private func pcapng(_ count: Int) -> [UInt8] {
    var capture = PcapNGBuilder()
    for number in 1...count {
      if number % 300 == 1 {
        capture.addSection(isBig: number % 600 == 1)
        capture.addInterface(options: [(9, [9])])
      }
      capture.addPacket(PacketBuilder(sequence: number).ethernet, time: number * 1000)
      if number % 3 == 0 { capture.addPacket(PacketBuilder.ethernet(0x0806, [])) }
    }
    return capture.file
  }

  @Test func readingGoesOnFromAPosition() throws {
    let scratch = try Scratch()
    let path = try scratch.write(pcapng(2000), "capture")

    var positions: [CapturePosition] = []
    var whole: [[SegmentImage]] = []
    var reader = try CaptureReader(path: path, windowCapacity: 10_000)
    var batch = SegmentBatch()
    repeat {
      positions.append(reader.position)
    } while try {
      let hasMore = try reader.read(into: &batch)
      whole.append(batch.images)
      return hasMore
    }()
    #expect(whole.joined().count == 2000)

    for (start, position) in positions.enumerated().reversed() {
      try reader.seek(to: position)
      var rest: [SegmentImage] = []
      while try reader.read(into: &batch) { rest += batch.images }
      #expect(rest == Array(whole[start...].joined()))
    }
  }

  @Test func aPositionTellsHowManyFramesLieBeforeIt() throws {
    var capture = PcapBuilder()
    for number in 0..<300 { capture.add(PacketBuilder(sequence: number).ethernet) }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "capture")
    var reader = try CaptureReader(path: path)
    var batch = SegmentBatch()
    #expect(reader.position.frames == 0)
    #expect(reader.position.byteOffset == 24)
    #expect(try reader.read(into: &batch))
    #expect(reader.position.frames == 256)
    #expect(reader.position.byteOffset == 24 + 256 * 70)
  }
}
