import TCPModel
import TestSupport
import Testing

@testable import Services

struct HistogramTests {
  @Test func quantilesAreAtMostThreePercentOff() throws {
    var random = SeededGenerator(seed: 7)
    var values: [Nanoseconds] = []
    var histogram = LogHistogram()
    for _ in 0..<5_000 {
      let value = Nanoseconds.random(
        in: 0...(1 << Nanoseconds.random(in: 0...50, using: &random)), using: &random)
      values.append(value)
      histogram.add(value)
    }
    values.sort()
    for share in [0.01, 0.5, 0.9, 0.99, 1] {
      let exact = values[max(1, Int((share * 5_000).rounded(.up))) - 1]
      let found = try #require(histogram.quantile(share))
      #expect(abs(found - exact) <= exact * 3 / 100 + 1)
    }
    #expect(histogram.max == values.last)
  }

  @Test func twoHistogramsAddUp() {
    var (all, odd, even) = (LogHistogram(), LogHistogram(), LogHistogram())
    for value in Nanoseconds(0)..<3_000 {
      all.add(value * value)
      if value % 2 == 0 { even.add(value * value) } else { odd.add(value * value) }
    }
    odd.merge(even)
    #expect(odd == all)
  }

  @Test func theLargestValueHasABucket() {
    var histogram = LogHistogram()
    histogram.add(.max)
    histogram.add(-5)
    #expect(histogram.quantile(0.5) == 0)
    #expect(histogram.max == .max)
  }
}

struct ComparisonTests {
  /// Connections to one server, whose answers take about as long.
  private static func services(
    _ count: Int, more: Nanoseconds = 0, seed: UInt64, resets: Int = 0
  ) -> ServiceCollector {
    var random = SeededGenerator(seed: seed)
    var services = ServiceCollector(.server)
    for number in 0..<count {
      var summary = ConnectionSummary()
      summary.server.port = 80
      summary.outcome = number < resets ? .reset : .closed
      summary.handshake.serverRTT = 1_000_000
      summary.timings.exchanges = 1
      summary.timings.serverTime =
        10_000_000 + more + Nanoseconds.random(in: 0...8_000_000, using: &random)
      services.add(summary)
    }
    return services
  }

  @Test(arguments: 0..<200)
  func twoHalvesOfOneCaptureDoNotDiffer(seed: UInt64) {
    let compared = ServiceCollector.compare(
      Self.services(200, seed: seed), Self.services(200, seed: seed &+ 1_000))
    #expect(compared.flatMap(\.changes).isEmpty)
  }

  @Test(arguments: 0..<50)
  func fiveMillisecondsMoreAreSeen(seed: UInt64) throws {
    let compared = ServiceCollector.compare(
      Self.services(60, seed: seed), Self.services(60, more: 5_000_000, seed: seed &+ 1_000))
    let change = try #require(compared.first?.changes.first { $0.figure == "server_time" })
    #expect(change.isWorse)
  }

  @Test func fewConnectionsSayNothing() {
    let compared = ServiceCollector.compare(
      Self.services(29, seed: 1), Self.services(29, more: 50_000_000, seed: 2))
    #expect(compared.flatMap(\.changes).isEmpty)
  }

  @Test func moreResetsAreWorse() throws {
    let compared = ServiceCollector.compare(
      Self.services(100, seed: 1), Self.services(100, seed: 2, resets: 30))
    let change = try #require(compared.first?.changes.first { $0.figure == "failed" })
    #expect(change.isWorse && change.after == 0.3)
  }
}
