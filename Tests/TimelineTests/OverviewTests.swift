import Support
import TCPModel
import TestSupport
import Testing

@testable import Timeline

@Suite struct OverviewTests {
  private func summary(
    _ id: Int, _ outcome: Outcome = .closed, duration: Nanoseconds = 20_000_000
  ) -> ConnectionSummary {
    let start = Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(id) * 1_000_000)
    var summary = ConnectionSummary(
      id: id, client: Endpoint(address: IPAddress(ipv4: 0x0A00_0001), port: 40_000),
      server: Endpoint(address: IPAddress(ipv4: 0x0A00_0002), port: UInt16(80 + id % 3)),
      roleBasis: .syn, start: start, end: start.advanced(by: duration), firstFrame: 1,
      lastFrame: 2)
    summary.outcome = outcome
    summary.completeness = 31
    return summary
  }

  @Test func failuresComeFirstAndTakeTurns() {
    var all = (1...50).map { summary($0, .refused) }
    all.append(summary(51, .reset))
    var slow = summary(52)
    slow.timings.longestWait = 3_000_000_000
    all.append(slow)
    var troubled = summary(53)
    troubled.traffic.server.retransmittedSegments = 4
    all.append(troubled)
    all.append(summary(54))
    let order = Notability.mostNotable(all.map { Notability($0) }, count: 54)
    #expect(order.count == 54)
    #expect(Set(order.prefix(2)) == [1, 51])
    #expect(order.suffix(3) == [53, 52, 54])
    #expect(Notability.mostNotable(all.map { Notability($0) }, count: 3) == [1, 51, 2])
    #expect(Notability.mostNotable([], count: 3) == [])
    #expect(Notability.mostNotable(all.map { Notability($0) }, count: 0) == [])
  }

  @Test func theRestIsWhatHasNoRow() {
    var all = OverviewAggregate()
    let summaries = (1...100).map {
      summary($0, $0 % 10 == 0 ? .reset : .closed, duration: Int64($0) * 1_000_000)
    }
    for summary in summaries { all.add(summary) }
    #expect(all.count == 100)
    #expect(all.byOutcome == [.closed: 90, .reset: 10])
    let rest = all.removing(summaries.prefix(60))
    #expect(rest.count == 40)
    #expect(rest.byOutcome[.reset] == 4)
    #expect(rest.byDuration.reduce(0, +) == 40)
    #expect(all.byDuration == [0, 9, 90, 1, 0, 0, 0])
  }

  @Test(arguments: Language.allCases)
  func wordsNeverMeet(language: Language) {
    var options = DiagramOptions()
    options.language = language
    var all = OverviewAggregate()
    let outcomes = Outcome.allCases
    let summaries = (1...200).map {
      summary($0, outcomes[$0 % outcomes.count], duration: Int64($0) * 7_000_000)
    }
    for summary in summaries { all.add(summary) }
    let header = ReportHeader(captures: [], summary: TraceSummary())
    let figure = OverviewLayout(
      summaries.prefix(60).map { Connection(summary: $0) }, all: all,
      diagrams: [Situations.halfClose.connection], header: header, options: options
    ).figure
    expectApart(figure, "\(language)")
    for text in figure.texts {
      #expect(text.box.minX >= 0 && text.box.maxX <= figure.width)
      #expect(text.box.maxY <= figure.height)
    }
    let words = figure.texts.flatMap(\.words).map(\.text).joined(separator: " ")
    #expect(words.contains("140"))
    #expect(words.contains("199"))
  }

  @Test func ticksAreRoundAndFew() {
    for span: Nanoseconds in [
      1, 7, 999, 33_000_000, 885_000_000, 2_020_000_000, 59_000_000_000, 100_000_000_000,
      3_700_000_000_000, 200_000_000_000_000, 97_000_000_000_000_000, .max / 2,
    ] {
      let ticks = TimeAxis(span: span, from: 0, to: 500).ticks
      #expect((1...9).contains(ticks.count), "\(span): \(ticks.count)")
      #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.at < $1.at })
    }
  }
}

@Suite struct StackingTests {
  @Test func labelsStayWhereThereIsRoom() {
    let items = [10.0, 50, 90].map { Stacking.Item(wanted: $0, height: 12) }
    #expect(Stacking.middles(items, top: 0) == [10, 50, 90])
  }

  @Test func crowdedLabelsShareTheMove() {
    let items = [50.0, 50].map { Stacking.Item(wanted: $0, height: 12) }
    #expect(Stacking.middles(items, top: 0) == [44, 56])
  }

  @Test func theTopHolds() {
    let items = [0.0, 0, 0].map { Stacking.Item(wanted: $0, height: 10) }
    #expect(Stacking.middles(items, top: 100) == [105, 115, 125])
  }

  @Test func noTwoMeetWhateverTheyWant() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<100 {
      let items = (0..<20).map { _ in
        Stacking.Item(
          wanted: .random(in: 0...200, using: &random), height: .random(in: 5...40, using: &random))
      }.sorted { $0.wanted < $1.wanted }
      let middles = Stacking.middles(items, top: 0)
      for index in items.indices.dropLast() {
        let gap = middles[index + 1] - middles[index]
        #expect(gap >= (items[index].height + items[index + 1].height) / 2 - 0.001)
      }
    }
  }
}
