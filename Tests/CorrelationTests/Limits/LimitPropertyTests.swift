import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What holds for every transfer, whole or in part.
@Suite struct LimitPropertyTests {
  private let seed = SeededGenerator.seed

  private func randomModel(_ random: inout SeededGenerator) -> UploadModel {
    var model = UploadModel()
    model.roundTrip = Int64(random.number(4...90)) * 1_000_000
    if random.number(0...2) == 0 { model.window = Int64(random.number(8...64)) * 1024 }
    if random.number(0...2) == 0 {
      model.mostCongestionWindow = Int64(random.number(10...60)) * 1448
      // Two windows that are full together are either's.
      if abs(model.window - model.mostCongestionWindow) < 4 * 1448 { model.window = 4_000_000 }
    }
    if random.number(0...3) == 0 { model.rate = Int64(random.number(2...20)) * 1_000_000 }
    if random.number(0...3) == 0 { model.pacing = Int64(random.number(3...20)) * 1_000_000 }
    model.hasNagle = random.number(0...1) == 0
    model.delaysACKs = random.number(0...1) == 0
    model.hasTimestamps = random.number(0...3) > 0
    model.countsPackets = random.number(0...3) > 0
    var at: Nanoseconds = 0
    for _ in 0..<random.number(1...6) {
      model.writes.append((at, Int64(random.number(1...120_000))))
      at += Int64(random.number(0...300)) * 1_000_000
    }
    return model
  }

  @Test func timesAreWholeAndBlameIsTheDuration() throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<30 {
      let note = Comment("seed \(seed), round \(round)")
      let model = randomModel(&random)
      for place in [UploadModel.Place.sender, .receiver] {
        var segments = model.segments(at: place)
        // Losses, cuts, captures that begin late.
        for _ in 0..<random.number(0...4) {
          segments.remove(at: random.number(0...(segments.count - 2)))
        }
        if random.number(0...2) == 0 { segments.removeFirst(segments.count / 3) }
        for connection in Analysis(segments).connections {
          connection.expectWholeTimes(note)
        }
      }
    }
  }

  /// Who knows less says less: no party gets time it did not have.
  @Test func lessKnowledgeMovesTimeToUnknown() throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<30 {
      let model = randomModel(&random)
      var blind = model
      blind.hasTimestamps = false
      blind.countsPackets = false
      var stamped = model
      stamped.hasTimestamps = true
      stamped.countsPackets = true
      blind.segment = stamped.segment
      let whole = try #require(owners(stamped.segments(at: .receiver)))
      let note = Comment("seed \(seed), round \(round)")
      let partial = try #require(owners(blind.segments(at: .receiver)))
      expect(partial, noMoreThan: whole, "without time stamps", note)
      let atSender = stamped.segments(at: .sender)
      let late = try #require(owners(Array(atSender.dropFirst(3))))
      expect(late, noMoreThan: try #require(owners(atSender)), "cut at the start", note)
    }
  }

  private func owners(_ segments: [Segment]) -> [Limit.Owner: Nanoseconds]? {
    guard let limits = Analysis(segments).connections.first?.summary.limits.client else {
      return nil
    }
    var owners: [Limit.Owner: Nanoseconds] = [:]
    for limit in Limit.allCases { owners[limit.owner, default: 0] += limits.times[limit] }
    return owners
  }

  private func expect(
    _ partial: [Limit.Owner: Nanoseconds], noMoreThan whole: [Limit.Owner: Nanoseconds],
    _ what: String, _ note: Comment
  ) {
    let total = whole.values.reduce(0, +)
    for owner in [Limit.Owner.program, .sender, .receiver, .path] {
      let more = partial[owner, default: 0] - whole[owner, default: 0]
      #expect(more <= max(total / 10, 8_000_000), "\(what): \(owner) \(note)")
    }
  }
}

extension Connection {
  /// The intervals have no gaps and make the sums, and the blame makes the duration.
  func expectWholeTimes(_ note: Comment) {
    #expect(summary.blame?.total == summary.duration, note)
    for party in Blame.Party.allCases { #expect((summary.blame?[party] ?? -1) >= 0, note) }
    guard let intervals = limitIntervals else { return }
    for side in Side.allCases {
      guard let limits = summary.limits[side] else { continue }
      var times = LimitTimes()
      for interval in intervals[side] { times[interval.limit] += interval.duration }
      for limit in Limit.allCases { #expect(times[limit] == limits.times[limit], note) }
      for (one, next) in zip(intervals[side], intervals[side].dropFirst()) {
        #expect(one.end == next.start, note)
      }
    }
  }
}
