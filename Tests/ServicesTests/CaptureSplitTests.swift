import Correlation
import TCPModel
import TestSupport
import Testing
import TraceParsing

@testable import Services

/// A capture against itself: random halves do not differ, and 5 ms more do.
struct CaptureSplitTests {
  private static let connections: [ConnectionSummary] = {
    var correlator = Correlator(threads: 1)
    let path = Repository.samples.appendingPathComponent("many.pcap").path
    guard var reader = try? CaptureReader(path: path) else { return [] }
    var batch = SegmentBatch()
    while (try? reader.read(into: &batch)) ?? false {
      correlator.ingest(batch.span, SegmentPayloads())
    }
    correlator.finish()
    return correlator.indices.map { correlator.summary(at: $0) }
  }()

  /// Two random halves of some of them: of few, of many, counted together by this and that.
  private static func halves(
    _ split: Int, _ random: inout SeededGenerator
  ) -> (ServiceCollector, [ConnectionSummary]) {
    let half = [50, 80, 120, 200][split % 4]
    let some = connections.shuffled(using: &random).prefix(2 * half)
    var services = ServiceCollector([.application, .server, .pair][split % 3])
    for summary in some.prefix(half) { services.add(summary) }
    return (services, Array(some.dropFirst(half)))
  }

  @Test func aThousandSplitsDifferInNothing() {
    #expect(Self.connections.count == 2_000)
    var random = SeededGenerator(seed: SeededGenerator.seed)
    for split in 0..<1_000 {
      let (early, rest) = Self.halves(split, &random)
      var late = ServiceCollector(early.kind)
      for summary in rest { late.add(summary) }
      let changes = ServiceCollector.compare(early, late).flatMap(\.changes)
      #expect(changes.isEmpty, "split \(split), seed \(SeededGenerator.seed)")
    }
  }

  @Test func fiveMillisecondsMoreOnEveryResponseAreAlwaysFound() {
    var random = SeededGenerator(seed: SeededGenerator.seed)
    for split in 0..<100 {
      let (early, rest) = Self.halves(split, &random)
      var late = ServiceCollector(early.kind)
      for var summary in rest {
        let more = 5_000_000 * Nanoseconds(summary.timings.exchanges)
        summary.timings.wait = summary.timings.wait.map { $0 + more }
        summary.timings.serverTime = summary.timings.serverTime.map { $0 + more }
        late.add(summary)
      }
      let worse = ServiceCollector.compare(early, late).flatMap(\.changes).filter(\.isWorse)
      #expect(
        worse.contains { $0.figure == "server_time" },
        "split \(split), seed \(SeededGenerator.seed)")
    }
  }
}

struct ServiceTimeTests {
  private static let day: Nanoseconds = 86_400_000_000_000

  @Test(arguments: [
    0, 999, 1_000_000, 1_500_000_000, 60_000_000_000, 3_600_000_000_000, day, 400 * day,
    80_000 * day,
  ])
  func everyInstantHasAPartAndThereAreFew(span: Nanoseconds) {
    for start in [Int64(1_700_000_000_123_456_789), -5, 0] {
      let (first, last) = (Timestamp(nanoseconds: start), Timestamp(nanoseconds: start &+ span))
      let time = ServiceTime(from: first, to: last)
      #expect((1...ServiceTime.mostParts).contains(time.count))
      #expect(time.index(of: first) == 0)
      #expect(time.index(of: last) == time.count - 1)
      #expect(time.start(of: 0) <= first)
      #expect(first.since(time.start) < time.step)
    }
  }

  @Test func partsBeginOnTheClock() {
    let start = Timestamp(nanoseconds: 1_700_000_017_000_000_000)
    let time = ServiceTime(from: start, to: start.advanced(by: 600_000_000_000))
    #expect(time.step == 60_000_000_000)
    #expect(time.start.nanoseconds % time.step == 0)
  }

  @Test func connectionsCountWhereTheyBegin() {
    var services = ServiceCollector(.server)
    let start = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
    services.time = ServiceTime(from: start, to: start.advanced(by: 5_000_000_000))
    for second in [0, 0, 5] {
      var summary = ConnectionSummary()
      summary.start = start.advanced(by: Int64(second) * 1_000_000_000)
      summary.outcome = second == 5 ? .refused : .closed
      services.add(summary)
    }
    let parts = services.services[0].overTime
    #expect(parts.map(\.connections) == [2, 1])
    #expect(parts.map(\.failed) == [0, 1])
    #expect(parts.map(\.index) == [0, services.time?.index(of: start.advanced(by: 5_000_000_000))])
  }
}
