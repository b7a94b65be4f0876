import TCPModel
import TestSupport
import Testing

@testable import Paths

/// What must hold for any two captures.
@Suite struct PathPropertyTests {
  private static let seeds = (0..<12).map { SeededGenerator.seed &+ UInt64($0) }

  /// The last three: a repeat whose copies both seem to arrive before they were sent.
  @Test(arguments: seeds + [2_934_976_633_303_702_579, 31_249_469_992_623, 6_644_568_062_530])
  func aCaptureAgainstItselfShiftedAndStretched(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var points = TwoPoints()
    points.hasTimestamps = random.once(in: 2)
    points.hasIdentifications = random.once(in: 2)
    points.pause = random.pick([5_000_000, 900_000_000])
    points.make(&random)
    let shift = Int64(random.number(-100_000_000_000...100_000_000_000))
    let stretch = Double(random.number(-300...300)) * 1e-6
    let begin = try #require(points.first.first).time
    let copy = points.first.map { segment in
      var segment = segment
      let since = Double(segment.time.since(begin))
      segment.time = segment.time.advanced(by: shift + Int64((since * stretch).rounded()))
      segment.capture = 1
      return segment
    }
    let joined = Joined([points.first, copy])
    #expect(joined.paths.count == points.connections)
    #expect(joined.sum(\.lost) == 0)
    #expect(joined.sum(\.duplicated) == 0)
    #expect(joined.sum(\.injected) == 0)
    #expect(joined.sum(\.unknown) == 0)
    #expect(joined.sum(\.matched) == Int64(points.first.count))
    let clock = try #require(joined.clock)
    let (offset, doubt) = (try #require(clock.offset), try #require(clock.uncertainty))
    #expect(abs(offset - shift) <= doubt + 1000, "seed \(seed)")
    #expect(clock.steps.isEmpty)
    if let skew = clock.skewPPM { #expect(abs(skew - stretch * 1e6) < 1) }
    #expect(joined.counted == points.first.count)
  }

  @Test(arguments: seeds)
  func whatIsDroppedIsWhatIsLost(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var points = TwoPoints()
    points.lossShare = random.number(4...40)
    points.hasTimestamps = random.once(in: 2)
    points.offset = Int64(random.number(-50_000_000_000...50_000_000_000))
    points.make(&random)
    let joined = Joined([points.first, points.second])
    for path in joined.paths {
      let client = points.first[Int(path.points[0].first.frame) - 1]
      let port = max(client.key.low.port, client.key.high.port)
      let lost = points.lost[port] ?? PerSide(both: [])
      #expect(path.directions.client.lostFrames.map(\.frame) == lost.client, "seed \(seed)")
      #expect(path.directions.server.lostFrames.map(\.frame) == lost.server, "seed \(seed)")
    }
    #expect(joined.paths.count == points.connections)
    #expect(joined.sum(\.duplicated) == 0, "seed \(seed)")
    #expect(joined.sum(\.injected) == 0, "seed \(seed)")
  }

  @Test(arguments: seeds)
  func whatIsRepeatedByThePathIsCounted(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var points = TwoPoints()
    points.duplicateShare = random.number(4...40)
    points.make(&random)
    let joined = Joined([points.first, points.second])
    let copies = points.duplicated.values.reduce(0) { $0 + $1.client + $1.server }
    #expect(joined.sum(\.duplicated) == copies, "seed \(seed)")
    #expect(joined.sum(\.lost) == 0, "seed \(seed)")
  }

  @Test(arguments: seeds)
  func swappingThePointsSwapsTheAnswer(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var points = TwoPoints()
    points.lossShare = 12
    points.duplicateShare = 20
    points.offset = 3_700_000_000
    points.make(&random)
    let there = Joined([points.first, points.second])
    let back = Joined([points.second, points.first])
    let clocks = (try #require(there.clock?.offset), try #require(back.clock?.offset))
    #expect(abs(clocks.0 + clocks.1) <= 1)
    #expect(there.clock?.uncertainty == back.clock?.uncertainty)
    func fates(_ joined: Joined) -> [[Int64]] {
      joined.paths.map { path in
        [path.directions.client, path.directions.server].flatMap {
          [$0.matched, $0.lost, $0.duplicated, $0.unknown] + $0.lostFrames.map(\.frame)
        }
      }.sorted { $0.lexicographicallyPrecedes($1) }
    }
    #expect(fates(there) == fates(back), "seed \(seed)")
  }

  @Test(arguments: seeds)
  func aDriftIsFound(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var points = TwoPoints()
    points.connections = 1
    points.bursts = 60
    points.pause = 500_000_000
    points.skew = Double(random.number(-300...300)) * 1e-6
    points.offset = Int64(random.number(-5_000_000_000...5_000_000_000))
    points.lossShare = 30
    points.make(&random)
    let clock = try #require(Joined([points.first, points.second]).clock)
    #expect(abs(try #require(clock.skewPPM) - points.skew * 1e6) < 10, "seed \(seed)")
    #expect(clock.steps.isEmpty)
  }

  @Test(arguments: seeds)
  func aStepIsFoundAtItsFrame(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var points = TwoPoints()
    points.connections = 2
    points.bursts = 80
    points.make(&random)
    let size = random.pick([-1, 1]) * Int64(random.number(100_000_000...5_000_000_000))
    let frame = points.second.count / 2
    var second = points.second
    for index in frame..<second.count { second[index].time = second[index].time.advanced(by: size) }
    let joined = Joined([points.first, second])
    let step = try #require(joined.clock?.steps.first)
    #expect(joined.clock?.steps.count == 1)
    #expect(step.point == 1)
    #expect(abs(step.size - size) < 1_000_000, "seed \(seed)")
    #expect(joined.sum(\.lost) == 0, "seed \(seed): \(step.place.frame) instead of \(frame + 1)")
  }
}
