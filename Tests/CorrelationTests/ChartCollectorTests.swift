import TCPModel
import TestSupport
import Testing

@testable import Correlation

@Suite struct SampleSeriesTests {
  private func sample(_ at: Nanoseconds, _ value: Int64) -> ChartSample {
    ChartSample(at: at, low: value, high: value, frame: at)
  }

  @Test func aSmallSeriesIsExact() {
    var series = SampleSeries(limit: 100)
    var expected: [ChartSample] = []
    for time in 0..<100 {
      expected.append(sample(Int64(time), Int64(time * 7 % 13)))
      series.add(expected[time])
    }
    #expect(series.samples == expected)
  }

  @Test func aLargeOneKeepsItsBoundsItsEndAndItsCount() throws {
    var series = SampleSeries(limit: 64)
    for time in 0..<100_000 { series.add(sample(Int64(time) * 1000, Int64(time * 7919 % 1009))) }
    #expect((32...64).contains(series.samples.count))
    #expect(series.samples.map(\.count).reduce(0, +) == 100_000)
    #expect(series.samples.map(\.low).min() == 0)
    #expect(series.samples.map(\.high).max() == 1008)
    let last = try #require(series.samples.last)
    #expect(last.last == Int64(99_999 * 7919 % 1009))
    #expect(last.end == 99_999_000)
    #expect(zip(series.samples, series.samples.dropFirst()).allSatisfy { $0.end < $1.at })
  }

  @Test func quietTimesCostNothing() {
    var series = SampleSeries(limit: 64)
    // Two bursts of 100 values a microsecond apart, an hour between them.
    for burst in 0..<2 {
      for step in 0..<100 {
        series.add(sample(Int64(burst) * 3_600_000_000_000 + Int64(step) * 1000, Int64(step)))
      }
    }
    #expect(series.samples.count >= 32)
  }

  @Test func timeDoesNotGoBack() {
    var series = SampleSeries(limit: 4)
    for time in [5, 3, 9, 1] as [Int64] { series.add(sample(time, time)) }
    #expect(series.samples.map(\.at) == [5, 5, 9, 9])
    #expect(series.samples.map(\.low) == [5, 3, 9, 1])
  }

  @Test func ratesAddUpAndTheirIntervalStaysRound() {
    var series = RateSeries(limit: 50)
    for step in 0..<10_000 {
      series.add(at: Int64(step) * 777_777, fresh: 100, repeated: step % 10 == 0 ? 5 : 0)
    }
    #expect(series.rates.count <= 50)
    #expect(series.rates.map(\.fresh).reduce(0, +) == 1_000_000)
    #expect(series.rates.map(\.repeated).reduce(0, +) == 5000)
    var digits = series.interval
    while digits % 10 == 0 { digits /= 10 }
    #expect([1, 2].contains(digits))
    #expect(zip(series.rates, series.rates.dropFirst()).allSatisfy { $0.index < $1.index })
  }
}

@Suite struct ChartCollectorTests {
  private func charts(_ text: String) throws -> PerSide<ChartSamples.Direction> {
    let connections = Analysis(Trace(text).segments).connections
    try #require(connections.count == 1)
    return try #require(connections[0].charts).directions
  }

  private static let loss = """
    0     > S 0 win 64240 <mss 1460,sackOK,ws 7>
    20    < S. 0 ack 1 win 65160 <mss 1460,sackOK,ws 7>
    20.1  > . 1 ack 1 win 502
    21    > P. 1:1001(1000) ack 1 win 502
    21.1  > P. 1001:2001(1000) ack 1 win 502
    21.2  > P. 2001:3001(1000) ack 1 win 502
    41    < . 1 ack 1001 win 500
    41.2  < . 1 ack 1001 win 500 <sack 2001:3001>
    300   > P. 1001:2001(1000) ack 1 win 502
    320   < . 1 ack 3001 win 500
    """

  @Test func everySegmentOfASmallConnectionIsKept() throws {
    let client = try charts(Self.loss).client
    #expect(client.fresh.map(\.low) == [1, 1001, 2001])
    #expect(client.fresh.map(\.high) == [1001, 2001, 3001])
    #expect(client.repeated.map(\.frame) == [9])
    #expect(client.acknowledged.map(\.low) == [1, 1001, 3001])
    #expect(client.acknowledged.map(\.at) == [20_000_000, 41_000_000, 320_000_000])
    #expect(client.sack.map { [$0.low, $0.high] } == [[2001, 3001]])
    // The SYN/ACK's window is not scaled, those after it are.
    #expect(client.window.map(\.low) == [65_160, 64_000, 64_000, 64_000])
    #expect(client.windowEdge.last?.low == 67_001)
    #expect(client.flight.map(\.last) == [1000, 2000, 3000, 2000, 2000, 2000, 0])
    #expect(client.dataSegments == 4)
    #expect(client.dataBytes == 4000)
    #expect(client.rates.map(\.repeated).reduce(0, +) == 1000)
  }

  @Test func roundTripsAreThoseOfTheSummary() throws {
    let connection = try #require(Analysis(Trace(Self.loss).segments).connections.first)
    let samples = try #require(connection.charts).directions
    for side in Side.allCases {
      let times = samples[side].roundTrips.map(\.low)
      let summary = connection.summary.rtt[side]
      #expect(Int64(times.count) == summary?.samples ?? 0)
      #expect(times.min() == summary?.min)
      #expect(times.max() == summary?.max)
    }
  }

  @Test func withoutTheOtherSideNothingIsKnownToBeUnderWay() throws {
    let client = try charts(
      """
      0   > S 0 win 64240
      40  > . 1 ack 1 win 502
      41  > P. 1:1001(1000) ack 1 win 502
      42  > P. 1001:2001(1000) ack 1 win 502
      """
    ).client
    #expect(client.fresh.count == 2)
    #expect(client.flight.isEmpty)
    #expect(client.acknowledged.isEmpty)
  }

  @Test func numbersCountOnBeyondTheWrap() throws {
    var flow = Trace.Flow()
    flow.clientISN = 4_294_966_000
    let trace = Trace(
      """
      0   > S 0 win 64240
      10  < S. 0 ack 1 win 65160
      11  > . 1 ack 1 win 502
      12  > P. 1:1001(1000) ack 1 win 502
      13  > P. 1001:2001(1000) ack 1 win 502
      24  < . 1 ack 2001 win 500
      """, flow: flow)
    let charts = try #require(Analysis(trace.segments).connections.first?.charts)
    #expect(charts.directions.client.fresh.map(\.low) == [1, 1001])
    #expect(charts.directions.client.acknowledged.map(\.low) == [1, 2001])
    #expect(charts.directions.client.flight.last?.last == 0)
  }

  @Test func manySegmentsTakeNoMoreThanTheLimit() throws {
    var lines = ["0 > S 0 win 64240", "10 < S. 0 ack 1 win 65160", "10.1 > . 1 ack 1 win 502"]
    for index in 0..<10_000 {
      let first = 1 + index * 1000
      lines.append("\(11 + index) > P. \(first):\(first + 1000)(1000) ack 1 win 502")
      lines.append("\(11 + index).5 < . 1 ack \(first + 1000) win 500")
    }
    let client = try charts(lines.joined(separator: "\n")).client
    #expect(client.dataSegments == 10_000)
    #expect(client.fresh.count <= 2048)
    #expect(client.fresh.map(\.count).reduce(0, +) == 10_000)
    #expect(client.flight.count <= 2048)
    #expect(client.acknowledged.last?.last == 10_000_001)
  }
}
