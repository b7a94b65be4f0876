import Foundation
import Synchronization
import TCPModel
import TestSupport
import Testing

@testable import tcptimeline

/// What is read of a capture in the second pass.
@Suite struct CaptureStreamTests {
  private static let count = 60_000
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  /// Segments without payload, each of a connection of its own.
  private func stream() throws -> CaptureStream {
    CaptureStream([try capture(0..<Self.count, "many.pcap")])
  }

  private func capture(_ numbers: Range<Int>, _ name: String) throws -> InputCapture {
    let bytes = PcapBuilder(linkType: 101).file + Self.records(numbers)
    return InputCapture(
      name: name, path: try scratch.write(bytes, name), size: Int64(bytes.count))
  }

  private static func records(_ numbers: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    for number in numbers.lazy.map({ UInt32($0) }) {
      bytes += Bytes.words([number / 1000, number % 1000, 40, 40])
      bytes += Bytes.words([0x2800_0045, 0, 0x0000_0640, 0x0100_000A, 0x0200_000A])
      bytes += Bytes.words([0x5000_0000 | number & 0xFFFF, 1, 1, 0x0004_1050, 0])
    }
    return bytes
  }

  private func frames(of stream: CaptureStream, _ spans: [ClosedRange<Int64>]) throws -> [Int64] {
    var frames: [Int64] = []
    try stream.read(spans: FrameSpans(spans)) { segments, _ in
      for index in segments.indices { frames.append(segments[index].frame) }
      return true
    }
    return frames
  }

  @Test func whatIsAppendedMeanwhileIsReadByNoneOfThemSideBySide() throws {
    let stream = CaptureStream([
      try capture(0..<Self.count, "many.pcap"), try capture(7..<9, "few.pcap"),
    ])
    let file = try #require(FileHandle(forWritingAtPath: scratch.path("many.pcap")))
    var counts: [Int] = [0, 0, 0]
    let isAppended = Mutex(false)
    try counts.withUnsafeMutableBufferPointer { counts in
      try stream.read(sideBySide: Self.shares(3)) { share, segments, _ in
        isAppended.withLock { isDone in
          if !isDone {
            file.seekToEndOfFile()
            file.write(Data(Self.records(Self.count..<Self.count + 10)))
          }
          isDone = true
        }
        counts[share.number] += segments.count
      }
    }
    #expect(counts == [Self.count + 2, Self.count + 2, Self.count + 2])
  }

  private static func shares(_ count: Int) -> [FlowShare] {
    (0..<count).map { FlowShare(number: $0, of: count) }
  }

  /// More threads than processors; one of them begins when all room is taken.
  @Test func eachOfTheThreadsThatShareACaptureGetsItsSegmentsInTheirOrder() throws {
    let stream = try stream()
    let shares = Self.shares(7)
    var frames = Array(repeating: [Int64](), count: shares.count)
    try frames.withUnsafeMutableBufferPointer { frames in
      try stream.read(sharedBy: shares) { share, batch, _ in
        if share.number == 5, frames[5].isEmpty { usleep(200_000) }
        for index in batch.span.indices {
          #expect(share.has(batch.span[index].key))
          #expect(batch.numbers[index] == batch.span[index].frame - 1)
          frames[share.number].append(batch.span[index].frame)
        }
      }
    }
    #expect(frames.allSatisfy { $0 == $0.sorted() })
    #expect(frames.reduce([], +).sorted() == Array(1...Int64(Self.count)))
    #expect(stream.infos.map(\.tcpSegments) == [Int64(Self.count)])
    // Places to go on from were noted.
    #expect(try self.frames(of: stream, [59_000...59_010]).count < Self.count / 3)
  }

  @Test func whatShrinksWhileItIsSharedIsAFailure() throws {
    let capture = try capture(0..<Self.count, "many.pcap")
    let stream = CaptureStream([capture])
    #expect(throws: Failure.self) {
      try stream.read(sharedBy: Self.shares(3)) { _, _, _ in truncate(capture.path, 1_000_000) }
    }
  }

  @Test func spansFarApartAreReadWithoutWhatLiesBetween() throws {
    let stream = try stream()
    var all = 0
    try stream.read { segments, _ in
      all += segments.count
      return true
    }
    #expect(all == Self.count)
    let spans: [ClosedRange<Int64>] = [59_000...59_010, 10...20, 15...30, 59_005...59_020]
    let frames = try frames(of: stream, spans)
    #expect(frames == frames.sorted())
    #expect(Set(frames).isSuperset(of: Array(10...30) + Array(59_000...59_020)))
    #expect(Set(frames).count == frames.count)
    #expect(frames.count < Self.count / 3)
  }

  @Test func spansCloseTogetherAreReadInOneGo() throws {
    let stream = try stream()
    try stream.read { _, _ in true }
    let frames = try frames(of: stream, [10...20, 300...310, 600...600])
    #expect(frames == Array(1...768))
  }

  @Test func noSpanIsReadForNothing() throws {
    let stream = try stream()
    try stream.read { _, _ in true }
    #expect(try frames(of: stream, []).isEmpty)
  }

  @Test func spansAreMergedInTheirOrder() {
    var spans = FrameSpans([7...9, 1...3, 3...5, 8...8])
    #expect(spans.next == 1...5)
    spans.dropSpans(before: 5)
    #expect(spans.next == 1...5)
    spans.dropSpans(before: 6)
    #expect(spans.next == 7...9)
    spans.dropSpans(before: 10)
    #expect(spans.next == nil)
  }
}
