import Support
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// When a capture saw somebody, and when nobody at all.
@Suite struct WatchedTimesTests {
  /// Of a capture with a frame at each of these seconds; from and to, in seconds.
  private func spans(of seconds: [Int]) throws -> [[Int64]] {
    var capture = PcapBuilder()
    for second in seconds { capture.add(PacketBuilder(sequence: second).ethernet, seconds: second) }
    return try Reading(capture.file).info.spans.map {
      [$0.start.nanoseconds / 1_000_000_000, $0.end.nanoseconds / 1_000_000_000]
    }
  }

  @Test func aMinuteOfSilenceIsNone() throws {
    #expect(try spans(of: [1000, 1060, 1120]) == [[1000, 1120]])
  }

  @Test func aLongerOneDividesTheCapture() throws {
    #expect(try spans(of: [1000, 1010, 1071, 1080]) == [[1000, 1010], [1071, 1080]])
  }

  @Test func partsInAnyOrder() throws {
    #expect(try spans(of: [5000, 5010, 1000, 1020, 5040]) == [[1000, 1020], [5000, 5040]])
  }

  @Test func whatFillsAHoleClosesIt() throws {
    #expect(try spans(of: [1000, 1100, 1050]) == [[1000, 1100]])
  }

  @Test func timesAtRandomTellOfNoSilence() throws {
    let seconds = (0...WatchedTimes.limit).map { 1000 + $0 * 100 }
    #expect(try spans(of: seconds) == [[1000, Int64(1000 + WatchedTimes.limit * 100)]])
  }
}
