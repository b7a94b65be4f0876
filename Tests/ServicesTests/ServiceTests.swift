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

struct StatisticsTests {
  /// As sums of exact binomial coefficients give them.
  @Test(arguments: [
    (0, 30, 12, 30, 0.0001236183632391236), (12, 30, 0, 30, 0.0001236183632391236),
    (2, 30, 100, 100_000, 0.0008791959099398648), (20, 1_000, 0, 1_000, 1.732866917218252e-06),
    (5, 200, 6, 200, 1), (30, 30, 0, 30, 1.6911233892144735e-17), (15, 30, 15, 30, 1),
    (1, 1, 1, 1_000_000, 3.999996000004e-06), (0, 30, 0, 30, 1), (30, 30, 30, 30, 1),
  ])
  func sharesAreComparedExactly(
    first: Int, ofFirst: Int, second: Int, ofSecond: Int, probability: Double
  ) {
    let found = Statistics.twoProportions((first, ofFirst), (second, ofSecond))
    #expect(abs(found - probability) <= probability * 1e-9)
  }

  @Test func aShareOfVeryManyIsComparedAtOnce() {
    let found = Statistics.twoProportions((900_000, 1_000_000), (100_000, 1_000_000))
    #expect(found >= 0 && found < 1e-100)
  }

  @Test func holmTakesTheLeastAsManyTimesAsThereAreTests() {
    #expect(Statistics.holm([0.004, 0.2, 0.003], level: 0.01) == 0.004)
    #expect(Statistics.holm([0.004, 0.2, 0.0034], level: 0.01) == nil)
    #expect(Statistics.holm([0.009], level: 0.01) == 0.009)
    #expect(Statistics.holm([], level: 0.01) == nil)
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

  /// Many services in which times differ wildly and failures are rare: much room for chance.
  @Test(arguments: 0..<40)
  func chanceFindsNothingAmongManyServices(seed: UInt64) {
    var random = SeededGenerator(seed: seed &+ SeededGenerator.seed)
    var halves = (ServiceCollector(.server), ServiceCollector(.server))
    for number in 0..<800 {
      var summary = ConnectionSummary()
      summary.server.port = UInt16(number % 10)
      summary.outcome = Int.random(in: 0..<20, using: &random) == 0 ? .refused : .closed
      func wild() -> Nanoseconds { 1_000_000 << Nanoseconds.random(in: 0...10, using: &random) }
      summary.handshake.kind = .threeWay
      summary.timings.handshake = wild()
      summary.timings.firstByte = wild()
      summary.timings.tls = wild()
      summary.handshake.serverRTT = wild()
      if number % 2 == 0 { halves.0.add(summary) } else { halves.1.add(summary) }
    }
    let changes = ServiceCollector.compare(halves.0, halves.1).flatMap(\.changes)
    #expect(changes.isEmpty, "seed \(SeededGenerator.seed)")
  }

  @Test func aHandshakeThatTookAnotherSYNCounts() {
    var summary = ConnectionSummary()
    summary.handshake.kind = .threeWay
    summary.handshake.synRetransmissions = 1
    summary.timings.handshake = 1_010_000_000
    #expect(ServiceMetric.handshake.value(of: summary) == 1_010_000_000)
    summary.handshake.kind = .incomplete
    #expect(ServiceMetric.handshake.value(of: summary) == nil)
  }

  @Test(arguments: 0..<50, [40, 60])
  func fiveMillisecondsMoreAreSeen(seed: UInt64, count: Int) throws {
    let compared = ServiceCollector.compare(
      Self.services(count, seed: seed), Self.services(count, more: 5_000_000, seed: seed &+ 1_000))
    let change = try #require(compared.first?.changes.first { $0.figure == "server_time" })
    #expect(change.isWorse)
  }

  @Test func theConnectionsToLookAtAreThoseWithTheMost() throws {
    func services(more: Nanoseconds, slowest: Int) -> ServiceCollector {
      var services = ServiceCollector(.server)
      for number in 1...60 {
        var summary = ConnectionSummary()
        summary.id = number
        (summary.firstFrame, summary.lastFrame) = (Int64(number * 10), Int64(number * 10 + 9))
        summary.outcome = number > 20 && more > 0 ? .reset : .closed
        summary.timings.tls = 10_000_000 + more + (number == slowest ? 90_000_000 : 0)
        services.add(summary)
      }
      return services
    }
    let (early, late) = (services(more: 0, slowest: 17), services(more: 5_000_000, slowest: 42))
    let changes = try #require(ServiceCollector.compare(early, late).first).changes
    let slower = try #require(changes.first { $0.figure == "tls" })
    #expect(slower.exampleBefore?.connection == 17 && slower.exampleAfter?.connection == 42)
    #expect(slower.exampleAfter?.firstFrame == 420 && slower.exampleAfter?.lastFrame == 429)
    let failed = try #require(changes.first { $0.figure == "failed" })
    #expect(failed.exampleBefore == nil && failed.exampleAfter?.connection == 21)
    // All took as long: the first.
    #expect(late.slowest?.connection == 1)
  }

  @Test func fewConnectionsSayNothing() {
    let compared = ServiceCollector.compare(
      Self.services(29, seed: 1), Self.services(29, more: 50_000_000, seed: 2))
    #expect(compared.flatMap(\.changes).isEmpty)
  }

  /// Who is refused says no name.
  @Test func failuresCountForTheOnlyNameOfTheirServer() throws {
    func services(_ names: [String], refused: Int) -> ServiceCollector {
      var services = ServiceCollector(.name)
      for number in 0..<60 {
        var summary = ConnectionSummary()
        summary.id = number + 1
        summary.server.port = 443
        summary.outcome = number < refused ? .refused : .closed
        if number >= refused {
          summary.name = ServerName(names[number % names.count], .sni)
        }
        services.add(summary)
      }
      return services
    }
    let one = services(["a.example"], refused: 30)
    #expect(one.services.map(\.key) == ["a.example"])
    #expect(one.services.first?.assumed == 30)
    #expect(one.services.first?.failed == 30)
    #expect(one.services.first?.connections == 60)
    let two = services(["a.example", "b.example"], refused: 30)
    #expect(two.services.map(\.key) == ["0.0.0.0:443", "a.example", "b.example"])
    #expect(two.services.map(\.assumed) == [0, 0, 0])
    let changes = ServiceCollector.compare(services(["a.example"], refused: 0), one)
    let change = try #require(changes.first?.changes.first { $0.figure == "failed" })
    #expect(change.isWorse && change.after == 0.5)
  }

  @Test func moreResetsAreWorse() throws {
    let compared = ServiceCollector.compare(
      Self.services(100, seed: 1), Self.services(100, seed: 2, resets: 30))
    let change = try #require(compared.first?.changes.first { $0.figure == "failed" })
    #expect(change.isWorse && change.after == 0.3)
  }
}
