import Support
import TCPModel
import TestSupport
import Testing

@testable import Timeline

@Suite struct LimitBandTests {
  /// A legend of bars that look alike tells nothing.
  @Test func everyLimitLooksLikeNoOther() {
    func look(_ limit: Limit) -> String {
      "\(limit.bar(from: 0, to: 18, y: 0, height: 8)) \(limit.bar(x: 0, width: 4, top: 0, bottom: 9))"
    }
    #expect(Set(Limit.allCases.map(look)).count == Limit.allCases.count)
  }

  /// What is drawn is named, the end of the transfer too.
  @Test func theLegendNamesEveryBar() throws {
    var connection = Connection(
      summary: ConnectionSummary(
        id: 1, client: Endpoint(address: IPAddress(ipv4: 1), port: 1),
        server: Endpoint(address: IPAddress(ipv4: 2), port: 2), roleBasis: .syn,
        start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 7_000), firstFrame: 1,
        lastFrame: 2))
    let limits: [Limit] = [
      .slowStart, .congestionWindow, .recovery, .timeout, .application, .bandwidth, .drain,
    ]
    var times = LimitTimes()
    for limit in limits { times[limit] = 1_000 }
    connection.summary.limits.client = TransferLimits()
    connection.summary.limits.client?.times = times
    let intervals = limits.enumerated().map { index, limit in
      LimitInterval(
        limit, start: Int64(index) * 1_000, duration: 1_000, firstFrame: 1, lastFrame: 2)
    }
    connection.limitIntervals = PerSide(client: intervals, server: [])
    let band = try #require(LimitBand(connection, .client))
    #expect(Set(band.named) == Set(limits))
  }
}

@Suite struct ValueAxisTests {
  private func axis(_ low: Int64, _ high: Int64, _ unit: ValueAxis.Unit = .bytes) -> ValueAxis {
    ValueAxis(low: low, high: high, unit: unit, top: 0, bottom: 240)
  }

  @Test func marksAreRoundAndInOneUnit() {
    #expect(
      axis(0, 1_300_000).ticks.map(\.label) == [
        "0", "0.2 MB", "0.4 MB", "0.6 MB", "0.8 MB", "1.0 MB", "1.2 MB",
      ])
    #expect(
      axis(0, 7).ticks.map(\.label) == ["0", "1 B", "2 B", "3 B", "4 B", "5 B", "6 B", "7 B"])
    #expect(
      axis(0, 48_000_000, .time).ticks.map(\.label) == ["0", "10 ms", "20 ms", "30 ms", "40 ms"])
    #expect(
      axis(0, 9_500_000, .bitRate).ticks.map(\.label) == [
        "0", "2 Mbit/s", "4 Mbit/s", "6 Mbit/s", "8 Mbit/s",
      ])
  }

  @Test func marksAreFewAndInOrderWhateverTheRange() {
    for high: Int64 in [1, 2, 9, 10, 11, 99, 12_345, 999_999_999, 1 << 32, 1 << 50] {
      for low in [0, high / 2, high - 1] where low < high {
        let ticks = axis(low, high).ticks
        #expect((1...8).contains(ticks.count), "\(low)...\(high): \(ticks.map(\.label))")
        #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.at > $1.at })
        #expect(ticks.allSatisfy { $0.at >= 0 && $0.at <= 240 })
        #expect(Set(ticks.map(\.label)).count == ticks.count)
      }
    }
  }
}

@Suite struct ChartRangeTests {
  private func samples(_ values: [Int64]) -> [ChartSample] {
    values.enumerated().map {
      ChartSample(at: Nanoseconds($0), low: $1, high: $1, frame: Int64($0) + 1)
    }
  }

  @Test func oneFarValueLiesOutside() {
    let range = ChartRange(samples(Array(10...40) + [5_000]), floor: 0)
    #expect(range.high == 40)
    #expect(range.above.map(\.high) == [5_000])
    #expect(range.below.isEmpty)
  }

  @Test func manyFarValuesAreWhatIsUsual() {
    let range = ChartRange(samples(Array(10...40) + [5_000, 5_001, 5_002]), floor: 0)
    #expect(range.high == 5_002)
    #expect(range.above.isEmpty)
  }

  @Test func fewValuesAreAllShown() {
    let range = ChartRange(samples([1, 2, 3, 90_000]), floor: 0)
    #expect(range.high == 90_000)
  }

  @Test func numbersThatGrowAreAllInside() {
    let range = ChartRange(samples((0...400).map { $0 * 1_448 }))
    #expect(range.low == 0)
    #expect(range.high == 400 * 1_448)
  }

  @Test func strayNumbersLieOutsideOnBothSides() {
    let range = ChartRange(samples([-2_000_000_000] + Array(1...50) + [2_000_000_000]))
    #expect(range.low == 1)
    #expect(range.high == 50)
    #expect(range.below.count == 1)
    #expect(range.above.count == 1)
  }

  @Test func aSeriesIsNotPushedOutByTheOther() {
    let range = ChartRange(
      of: [samples(Array(repeating: 2, count: 400)), samples([50_000, 50_100])], floor: 0)
    #expect(range.high == 50_100)
    #expect(range.above.isEmpty)
  }

  @Test func theLimitsOfNumbersAreNoTrap() {
    let range = ChartRange(samples([.min] + Array(1...50) + [.max]))
    #expect(range.low == 1)
    #expect(range.high == 50)
  }
}

@Suite struct ChartPlotTests {
  private func plot(high: Int64 = 100) -> ChartPlot {
    ChartPlot(
      time: TimeAxis(span: 100, from: 0, to: 200),
      values: ValueAxis(low: 0, high: high, unit: .bytes, top: 0, bottom: 100))
  }

  private func sample(_ at: Nanoseconds, _ value: Int64) -> ChartSample {
    ChartSample(at: at, low: value, high: value, frame: 1)
  }

  @Test func aValueHoldsUntilTheNext() {
    #expect(
      plot().steps([sample(0, 10), sample(50, 40), sample(100, 40)])
        == [[Point(0, 90), Point(100, 90), Point(100, 60), Point(200, 60)]])
  }

  @Test func aLineEndsWhereItLeavesTheFrame() {
    let lines = plot().steps([sample(0, 10), sample(20, 500), sample(40, 20), sample(60, 20)])
    #expect(lines.count == 2)
    #expect(lines.joined().allSatisfy { (0...100).contains($0.y) })
  }

  @Test func theLastValueHoldsToTheEnd() {
    #expect(plot().steps([sample(0, 10)]) == [[Point(0, 90), Point(200, 90)]])
  }

  @Test func aCloserLookBeginsWithTheValueOfBefore() {
    let closer = ChartPlot(
      time: TimeAxis(start: 40, span: 20, from: 0, to: 200), values: plot().values)
    let lines = closer.steps([sample(0, 90), sample(30, 20), sample(50, 40), sample(90, 60)])
    #expect(lines == [[Point(0, 80), Point(100, 80), Point(100, 60), Point(200, 60)]])
    #expect(closer.bars([sample(0, 90), sample(50, 40), sample(90, 60)]).count == 1)
  }

  @Test func whatComesAfterTheSpanIsNotDrawn() {
    let lines = plot().steps([sample(0, 10), sample(50, 40), sample(400, 90)])
    #expect(lines.joined().map(\.y).min() == 60)
  }

  @Test func aSegmentIsHighEnoughToBeSeen() throws {
    let bar = try #require(
      plot(high: 1_000_000).bars([ChartSample(at: 50, low: 0, high: 10, frame: 1)]).first)
    #expect(bar[0].y - bar[1].y >= 2.3)
  }
}

@Suite struct ChartLayoutTests {
  static let captures = [
    "retransmissions.pcap", "half-close.pcapng", "ipv6.pcapng", "reset.pcap", "refused.pcap",
    "syn-retries.pcap", "simultaneous-close.pcap",
  ]

  private func connections(_ sample: String) throws -> Capture {
    try Capture(sample: sample)
  }

  @Test(arguments: captures, Chart.allCases)
  func everythingLiesInsideAndNoWordsMeet(sample: String, chart: Chart) throws {
    let capture = try connections(sample)
    for language in Language.allCases {
      for width in [480, 920] {
        var options = DiagramOptions()
        options.language = language
        options.width = width
        for connection in capture.connections {
          let figure = ChartLayout(chart, connection, capture.header, options).figure
          let comment = "\(sample) \(chart) \(language) \(width)"
          expectApart(figure, comment)
          for point in figure.shapes.flatMap(\.points) {
            #expect((0...figure.width).contains(point.x), "\(comment): \(point)")
            #expect((0...figure.height).contains(point.y), "\(comment): \(point)")
          }
          for text in figure.texts {
            #expect(
              text.box.minX >= 0 && text.box.maxX <= figure.width, "\(comment): \(text.words)")
            #expect(text.box.minY >= 0 && text.box.maxY <= figure.height)
          }
        }
      }
    }
  }

  @Test func everyRetransmissionHasAMark() throws {
    let capture = try connections("retransmissions.pcap")
    let connection = try #require(capture.connections.first)
    let figure = ChartLayout(.sequence, connection, capture.header, DiagramOptions()).figure
    let repeated = try #require(connection.charts?.directions.server.repeated)
    #expect(Int64(repeated.count) == connection.summary.traffic.server.retransmittedSegments)
    let marks = figure.shapes.flatMap(\.groups).filter { $0.name == "mark" }
    // Those that lie upon each other share one.
    #expect((2...repeated.count).contains(marks.count))
    let frame = try #require(repeated.first?.frame)
    #expect(marks.first?.tooltip?.contains("frame \(frame)") == true)
    let words = figure.texts.flatMap(\.words).map(\.text)
    #expect(words.contains { $0.contains("\(repeated.count) sent again") })
  }

  @Test(arguments: Chart.allCases)
  func wildTimesDoNoHarm(chart: Chart) throws {
    let capture = try connections("retransmissions.pcap")
    var connection = try #require(capture.connections.first)
    connection.charts?.directions.client.roundTrips = [
      ChartSample(at: 10, low: .max, high: .max, frame: 1),
      ChartSample(at: .max - 1, low: 0, high: 0, frame: 2),
    ]
    connection.charts?.directions.server.fresh.append(
      ChartSample(at: .max - 1, low: 1, high: 1 << 40, frame: 3))
    connection.charts?.directions.server.dataBytes = .max
    let figure = ChartLayout(chart, connection, capture.header, DiagramOptions()).figure
    #expect(figure.shapes.flatMap(\.points).allSatisfy { $0.x.isFinite && $0.y.isFinite })
  }

  @Test(arguments: Chart.allCases)
  func withoutDataASentenceSaysWhy(chart: Chart) throws {
    let capture = try connections("refused.pcap")
    let connection = try #require(capture.connections.first)
    let figure = ChartLayout(chart, connection, capture.header, DiagramOptions()).figure
    #expect(figure.texts.flatMap(\.words).contains { $0.text.hasPrefix("Nothing to draw") })
    #expect(figure.height < 140)
  }

  @Test func aConnectionIsToldOnlyWhereACurveSaysSomething() throws {
    let long = try #require(try connections("retransmissions.pcap").connections.first)
    #expect(Chart.isTelling(long.summary))
    let refused = try #require(try connections("refused.pcap").connections.first)
    #expect(!Chart.isTelling(refused.summary))
  }

  @Test func aSheetSaysWhatItShows() throws {
    let capture = try connections("retransmissions.pcap")
    func words(_ count: Int, isChoice: Bool) -> String {
      ChartSheet(
        .rtt, Array(capture.connections.prefix(1)), of: count, isChoice: isChoice, capture.header,
        DiagramOptions()
      ).figure.texts.flatMap(\.words).map(\.text).joined(separator: " ")
    }
    #expect(words(7, isChoice: false).contains("The most notable of 7 connections"))
    #expect(words(7, isChoice: true).contains("6 more of the chosen connections are not drawn"))
    #expect(!words(1, isChoice: false).contains("most notable"))
  }
}

extension Shape {
  /// Every corner of what is drawn, however deep.
  fileprivate var points: [Point] {
    switch self {
    case .text: []
    case .line(let start, let end, _): [start, end]
    case .rectangle(let x, let y, let width, let height, _, _):
      [Point(x, y), Point(x + width, y + height)]
    case .polyline(let points, _), .polygon(let points, _): points
    case .polylines(let lists, _), .polygons(let lists, _): lists.flatMap { $0 }
    case .circle(let center, let radius, _):
      [Point(center.x - radius, center.y - radius), Point(center.x + radius, center.y + radius)]
    case .group(let group): group.shapes.flatMap(\.points)
    }
  }

  fileprivate var groups: [ShapeGroup] {
    guard case .group(let group) = self else { return [] }
    return [group] + group.shapes.flatMap(\.groups)
  }
}
