import Foundation
import Support
import TCPModel
import TestSupport
import Testing

@testable import Timeline

/// Geometry, checked without any XML.
@Suite struct LadderLayoutTests {
  /// Seeds that have failed once.
  private static let found: [UInt64] = [
    1_500_342_704_856_060_864, 12_119_811_232_384_123_539,
  ]

  /// Each run takes other seeds too, `TCPTIMELINE_SEEDS` of them; a failure names its own.
  private static let seeds: [UInt64] = {
    var random = SystemRandomNumberGenerator()
    let count = ProcessInfo.processInfo.environment["TCPTIMELINE_SEEDS"].flatMap(Int.init)
    return found + (0..<(count ?? 12)).map { _ in random.next() }
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
    let random = ArbitraryConnection(seed: seed)
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
        } else if row.from == side ? height.shown.lowerBound == 0 : height.shown.upperBound == 1 {
          instants.append(
            row.from == side
              ? (row.first.departure, height.departure) : (row.first.arrival, height.arrival))
        }
      }
      expectOrdered(instants, "\(side), seed \(seed)")
    }
  }

  @Test(arguments: seeds)
  func noArrowRunsThroughTheWordsOfAnother(seed: UInt64) {
    let layout = layout(seed)
    let boxes = layout.labels.map { $0.lines.map(\.box) }
    for (index, row) in layout.ladder.rows.enumerated() {
      guard case .segment = row.content else { continue }
      let height = layout.heights[index]
      let (tail, tip) = layout.columns.way(row, height)
      guard case .polylines(let pieces, _) = shaft(tail, tip, layout.gaps[index] ?? []) else {
        continue
      }
      for piece in pieces {
        let isClear = boxes.enumerated().allSatisfy { other, boxes in
          other == index
            || boxes.allSatisfy { $0.covered(from: piece[0], to: piece[1], margin: 1.9) == nil }
        }
        #expect(isClear, "row \(index), seed \(seed)")
      }
    }
  }

  /// As pieces in any case.
  private func shaft(_ tail: Point, _ tip: Point, _ gaps: [ClosedRange<Double>]) -> Shape {
    let shaft = Arrow.shaft(from: tail, to: tip, upTo: 1, gaps, Stroke(.text))
    if case .line(let start, let end, let stroke) = shaft {
      return .polylines([[start, end]], stroke)
    }
    return shaft
  }

  private func layout(_ connection: Connection, _ options: DiagramOptions) -> LadderLayout {
    LadderLayout(connection, ReportHeader(captures: [], summary: TraceSummary()), options)
  }

  @Test func arrowsThatCoincideShareTheirWords() {
    let connection = ConnectionScript(
      """
      0 > S
      100 < S.
      200 > . !changes
      200.001 > P. len 10 !opens
      200.002 > P. len 10
      200.003 > P. len 10
      400 < .
      """
    ).connection
    var options = DiagramOptions()
    options.scale = .time
    options.isExpanded = true
    let layout = layout(connection, options)
    let words = layout.labels.flatMap(\.lines).flatMap(\.words).map(\.text)
    #expect(words.contains("+3 more"))
    expectApart(layout.figure, "time scale")
  }

  @Test func whatCoincidesIsNamedTogetherOrBelow() {
    let connection = ConnectionScript(
      """
      0 > S
      100 < S.
      200 > . !changes
      200.001 > P. len 10 !opens
      500 < .
      """
    ).connection
    var options = DiagramOptions()
    options.scale = .time
    let layout = layout(connection, options)
    let lines = layout.figure.texts.map { $0.words.map(\.text).joined(separator: " ") }
    #expect(lines.contains { $0.contains("PSH, ACK") })
    #expect(!lines.contains { $0.contains("more") })
  }

  /// A download seen at the server: the ACK is on its way while the run still goes on.
  private static let crossingACK = """
    0 > S
    0 < S.
    100 > . !changes
    100 > P. len 10 !opens
    101 < . len 1000 !opens
    110 < . len 1000
    150 < . len 1000
    190 < . len 1000
    200 < . 1 len 1000 !retransmission
    230 > . ack 1
    231 < . 1 len 1000 !retransmission
    400 > . ack 5001
    """

  private func crossing(_ scale: DiagramOptions.Scale) -> LadderLayout {
    let script = ConnectionScript(Self.crossingACK, vantage: .server)
    var options = DiagramOptions()
    options.scale = scale
    return layout(script.connection, options)
  }

  @Test func anACKThatLeavesInsideARunIsShort() throws {
    let layout = crossing(.hybrid)
    let index = try #require(layout.heights.firstIndex { $0.isShort })
    let row = layout.ladder.rows[index]
    #expect(layout.heights[index].shown.lowerBound > 0)
    #expect(row.start == 230_000_000)
    let way = layout.columns.way(row, layout.heights[index])
    #expect(way.tip.x == layout.columns.serverLine)
    #expect(way.tail.x > layout.columns.middle)
    expectApart(layout.figure, "short arrow")
  }

  @Test func theEdgesOfARunThatAnACKLeavesInsideAreParallel() throws {
    let layout = crossing(.hybrid)
    let index = try #require(
      layout.ladder.rows.firstIndex { row in
        if case .run = row.content { true } else { false }
      })
    let height = layout.heights[index]
    #expect(
      abs(height.lastArrival - height.arrival - (height.lastDeparture - height.departure)) < 0.001)
  }

  @Test func everyArrowIsWholeOnTheStrictScale() {
    #expect(crossing(.time).heights.allSatisfy { !$0.isShort })
  }

  @Test func noBareACKIsSteep() {
    // Forty segments of one flight, each with a gap before it, and an ACK for each.
    let flight = (0..<40).map { number in
      let (milli, sequence) = (number < 10 ? "0\(number)" : "\(number)", 1 + 2000 * number)
      return """
        2\(milli) < . \(sequence) len 1000 !previous_segment_lost
        2\(milli).1 > . ack 1 !duplicate_ack
        """
    }
    let opening = """
      0 > S
      100 < S.
      100 > . !changes
      101 > P. len 10 !opens
      """
    let script = ConnectionScript(([opening] + flight).joined(separator: "\n"))
    var options = DiagramOptions()
    options.maxRows = 200
    let layout = layout(script.connection, options)
    #expect(layout.heights.contains { $0.isShort && $0.shown.lowerBound == 0 })
    for (row, height) in zip(layout.ladder.rows, layout.heights) where row.from == .client {
      #expect(height.arrival - height.departure < 140)
    }
    expectApart(layout.figure, "steep ACKs")
  }

  @Test func wordsKeepClearOfTheCrossOfWhatWasLost() throws {
    let script = ConnectionScript(
      """
      0 > S
      0 < S.
      100 > . !changes
      100 > P. len 10 !opens
      101 < P. len 1000 !opens
      102 < P. len 1000
      200 > . ack 1001 !duplicate_ack
      201 > . ack 1001 !duplicate_ack
      202 > . ack 1001 !duplicate_ack
      203 < P. 1001 len 1000 !retransmission
      303 > . ack 2001
      """, vantage: .server)
    var options = DiagramOptions()
    options.width = 640
    let layout = layout(script.connection, options)
    let index = try #require(
      layout.ladder.rows.firstIndex { row in
        if case .segment(let segment) = row.content { segment.remarks.fate == .lost } else { false }
      })
    let (tail, tip) = layout.columns.way(layout.ladder.rows[index], layout.heights[index])
    let end = tail.toward(tip, Arrow.lostEnd)
    let cross = OrientedBox(
      pivot: end, left: -Arrow.cross, right: Arrow.cross, top: -Arrow.cross,
      bottom: Arrow.cross, direction: .level)
    let lines = layout.labels[index].lines
    #expect(lines.contains { $0.box.minX < end.x })
    for line in lines { #expect(!line.box.overlaps(cross)) }
  }

  @Test func signsThatWouldLieUponEachOtherAreDrawnOnce() {
    let script = ConnectionScript(
      """
      0 > S
      100 < S.
      200 > . !changes
      200.001 > P. len 10 !opens !previous_segment_lost
      200.002 > P. 1 len 10 !retransmission
      200.003 > P. 1 len 10 !retransmission
      400 < .
      """)
    var options = DiagramOptions()
    options.isExpanded = true
    func crosses(_ scale: DiagramOptions.Scale) -> Int {
      options.scale = scale
      return layout(script.connection, options).figure.shapes.reduce(0) { $0 + signs($1) }
    }
    #expect(crosses(.hybrid) == 2)
    #expect(crosses(.time) == 1)
  }

  /// Heads of the sign of what was sent again.
  private func signs(_ shape: Shape) -> Int {
    switch shape {
    case .group(let group): group.shapes.reduce(0) { $0 + signs($1) }
    case .polygon(let points, _): points.allSatisfy { $0.x < LadderColumns.margin } ? 1 : 0
    case .text, .line, .rectangle, .polyline, .polylines, .polygons, .circle: 0
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
    let random = ArbitraryConnection(seed: 7)
    let options = DiagramOptions()
    let first = LadderLayout(random.connection, random.header, options).figure
    let second = LadderLayout(random.connection, random.header, options).figure
    #expect(first.texts == second.texts)
  }

  @Test func anEmptyConnectionHasAPicture() {
    let connection = ConnectionScript("").connection
    expectApart(layout(connection, DiagramOptions()).figure, "empty")
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
