import TCPModel
import Testing
import TimelineFixtures

@testable import Timeline

/// Geometry, checked without any XML.
@Suite struct LadderLayoutTests {
  /// Each run takes other seeds; a failure names its own, to be put here instead.
  private static let seeds: [UInt64] = {
    var random = SystemRandomNumberGenerator()
    return (0..<12).map { _ in random.next() }
  }()

  private static func options(seed: UInt64) -> DiagramOptions {
    var random = SeededGenerator(seed: seed)
    var options = DiagramOptions()
    options.scale = random.pick(DiagramOptions.Scale.allCases)
    options.language = random.pick(Language.allCases)
    options.isExpanded = Bool.random(using: &random)
    options.width = Int.random(in: 600...1600, using: &random)
    return options
  }

  private func layout(_ seed: UInt64) -> LadderLayout {
    let random = RandomConnection(seed: seed)
    return LadderLayout(random.connection, random.header, Self.options(seed: seed))
  }

  @Test(arguments: seeds)
  func wordsNeverMeet(seed: UInt64) {
    let figure = layout(seed).figure
    expectApart(figure, "seed \(seed)")
  }

  @Test(arguments: seeds)
  func nothingLeavesThePicture(seed: UInt64) {
    let figure = layout(seed).figure
    for text in figure.texts {
      let box = text.box
      #expect(
        box.minX >= 0 && box.maxX <= figure.width && box.minY >= 0 && box.maxY <= figure.height,
        "\(text.words.map(\.text)) leaves the picture, seed \(seed)")
    }
  }

  @Test(arguments: seeds)
  func noArrowGoesBackInTime(seed: UInt64) {
    let layout = layout(seed)
    for (index, height) in layout.heights.enumerated() {
      #expect(height.arrival >= height.departure, "row \(index), seed \(seed)")
      #expect(height.lastArrival >= height.lastDeparture, "row \(index), seed \(seed)")
      #expect(height.lastDeparture >= height.departure, "row \(index), seed \(seed)")
    }
  }

  @Test(arguments: seeds)
  func everyLifelineIsInTheOrderOfTime(seed: UInt64) {
    let layout = layout(seed)
    for side in Side.allCases {
      var instants: [(time: Nanoseconds, y: Double)] = []
      for (row, height) in zip(layout.ladder.rows, layout.heights) {
        if row.isBand {
          expectOrdered(instants, "\(side), seed \(seed)")
          instants = []
        } else {
          instants.append(
            row.from == side
              ? (row.first.departure, height.departure) : (row.first.arrival, height.arrival))
        }
      }
      expectOrdered(instants, "\(side), seed \(seed)")
    }
  }

  private func expectOrdered(_ instants: [(time: Nanoseconds, y: Double)], _ comment: String) {
    let sorted = instants.sorted { ($0.time, $0.y) < ($1.time, $1.y) }
    for (earlier, later) in zip(sorted, sorted.dropFirst()) where earlier.time < later.time {
      #expect(earlier.y <= later.y + 0.001, "at \(later.time), \(comment)")
    }
  }

  @Test(arguments: seeds)
  func rowsAreInTheOrderOfTheCapture(seed: UInt64) {
    let layout = layout(seed)
    let places = LadderGutter(layout.ladder).places(
      layout.heights, layout.ladder, layout.options.scale
    ).compactMap(\.self)
    for (upper, lower) in zip(places, places.dropFirst()) {
      #expect(upper < lower, "seed \(seed)")
    }
  }

  @Test func theSamePictureEveryTime() {
    let random = RandomConnection(seed: 7)
    let options = DiagramOptions()
    let first = LadderLayout(random.connection, random.header, options).figure
    let second = LadderLayout(random.connection, random.header, options).figure
    #expect(first.texts == second.texts)
  }

  @Test func anEmptyConnectionHasAPicture() {
    let connection = ConnectionScript("").connection
    let header = ReportHeader(captures: [], summary: TraceSummary())
    expectApart(LadderLayout(connection, header, DiagramOptions()).figure, "empty")
  }
}

/// No line of text meets another.
func expectApart(_ figure: Figure, _ comment: String) {
  let lines = figure.texts.map { (line: $0, box: $0.box) }
    .map { (line: $0.line, box: $0.box, top: $0.box.minY, bottom: $0.box.maxY) }
    .sorted { $0.top < $1.top }
  for (index, one) in lines.enumerated() {
    for other in lines[(index + 1)...] {
      if other.top > one.bottom { break }
      let isApart = !one.box.overlaps(other.box, tolerance: 0.01)
      #expect(
        isApart,
        "\(one.line.words.map(\.text)) and \(other.line.words.map(\.text)), \(comment)")
    }
  }
}
