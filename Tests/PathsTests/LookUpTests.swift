import TCPModel
import Testing

@testable import Paths

/// What finds connections fast finds the same as looking for them one by one.
@Suite struct LookUpTests {
  /// Connections of one client port, one after another: each a SYN and its answer.
  private func reopened(_ count: Int, at point: UInt16) -> [Segment] {
    let client = Endpoint(address: IPAddress(ipv4: 0x0A00_0001), port: 40_000)
    let server = Endpoint(address: IPAddress(ipv4: 0x0B00_0001), port: 443)
    var segments: [Segment] = []
    for number in 0..<count {
      for isAnswer in [false, true] {
        let (from, to) = isAnswer ? (server, client) : (client, server)
        let away = (point == 0) == isAnswer ? Int64(1_000_000) : 0
        var segment = Segment(
          key: FlowKey(source: from, destination: to),
          from: FlowKey.end(of: from, to: to),
          time: Timestamp(nanoseconds: 1_000_000_000 * Int64(number + 1) + away),
          frame: Int64(segments.count + 1),
          sequence: SequenceNumber(UInt32(number * 100_000 + (isAnswer ? 7 : 0))),
          acknowledgment: SequenceNumber(UInt32(isAnswer ? number * 100_000 + 1 : 0)),
          flags: isAnswer ? .synACK : .syn, window: 500, payloadLength: 0, ipLength: 52)
        segment.capture = point
        segments.append(segment)
      }
    }
    return segments
  }

  @Test(arguments: [3, 16, 17, 60])
  func connectionsOfTheSamePortsAreAllJoined(count: Int) {
    let joined = Joined([reopened(count, at: 0), reopened(count, at: 1)])
    #expect(joined.paths.count == count)
    #expect(joined.unmatched.isEmpty)
    #expect(joined.join.pairs(0, 1) == count)
    #expect(joined.sum(\.matched) == Int64(2 * count))
  }

  @Test func aFrameHasTheLastNumberThatItWasGiven() {
    let frames: [(UInt16, Int64)] = [(1, 5), (0, 9), (0, 2), (0, 9), (2, 1)]
    let numbers = FrameNumbers(frames.count + 1) { index in
      guard index < frames.count else { return nil }
      return (FramePlace(capture: frames[index].0, frame: frames[index].1), Int32(index))
    }
    #expect(numbers[FramePlace(capture: 0, frame: 9)] == 3)
    #expect(numbers[FramePlace(capture: 0, frame: 2)] == 2)
    #expect(numbers[FramePlace(capture: 1, frame: 5)] == 0)
    #expect(numbers[FramePlace(capture: 2, frame: 1)] == 4)
    #expect(numbers[FramePlace(capture: 0, frame: 5)] == nil)
    #expect(numbers[FramePlace(capture: 3, frame: 0)] == nil)
  }

  @Test func aCopyOfSightsIsItsOwn() {
    var list = SightList()
    let segments = reopened(9000, at: 0)
    segments.withUnsafeBufferPointer { segments in
      guard let first = segments.baseAddress else { return }
      for index in segments.indices {
        list.append(Sight(first + index, ordinal: Int64(index), capture: 0))
      }
    }
    let before = list
    list[17_000].next = 3
    #expect(before[17_000].next == -1)
    #expect(list[17_000].next == 3)
    #expect(list.count == 18_000)
    #expect(list.indices.allSatisfy { list[$0].firstOrdinal == Int64($0) })
  }
}
