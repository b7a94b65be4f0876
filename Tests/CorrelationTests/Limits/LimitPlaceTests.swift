import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// How far the sender is, and by whose clock its silence counts.
@Suite struct LimitPlaceTests {
  private let seed = SeededGenerator.seed

  private func client(_ segments: [Segment]) throws -> (limits: TransferLimits, blame: Blame) {
    let summary = try #require(Analysis(segments).connections.first?.summary)
    return (try #require(summary.limits.client), try #require(summary.blame))
  }

  /// The opening took longer than a round trip does: what acknowledgments the data echoes shows how far the
  /// sender is.
  @Test(arguments: [1, 3, 6, 10])
  func aSlowOpeningIsNoDistance(milliseconds: Int64) throws {
    var model = UploadModel()
    model.roundTrip = 8_000_000
    model.openingDelay = milliseconds * 1_000_000
    model.window = 16_384
    model.writes = [(0, 400_000)]
    let (limits, blame) = try client(model.segments(at: .receiver))
    #expect(limits.times[.receiverWindow] > limits.times.total * 8 / 10)
    #expect(blame.server > blame.total * 7 / 10 && blame.client < blame.total / 20)
  }

  /// A longer opening makes less known, and nobody else the culprit.
  @Test func aSlowOpeningFindsNoOtherCulprit() throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<40 {
      var model = UploadModel()
      model.roundTrip = Int64(random.number(4...90)) * 1_000_000
      // Not both: a path and a window that are full together are either's.
      if random.number(0...1) == 0 {
        model.window = Int64(random.number(8...64)) * 1024
      } else if random.number(0...1) == 0 {
        model.rate = Int64(random.number(2...20)) * 1_000_000
      }
      model.delaysACKs = random.number(0...1) == 0
      for write in 0..<Int64(random.number(1...6)) {
        model.writes.append((write * 150_000_000, Int64(random.number(20_000...200_000))))
      }
      let prompt = try client(model.segments(at: .receiver)).blame
      model.openingDelay = Int64(random.number(1...10)) * 1_000_000
      let late = try client(model.segments(at: .receiver)).blame
      let note = Comment("seed \(seed), round \(round): \(model), \(prompt), \(late)")
      // The opening itself is the network's.
      let slack = prompt.total / 10 + 2 * model.openingDelay
      #expect(late.client <= prompt.client + slack, note)
      #expect(late.server <= prompt.server + slack, note)
      #expect(late.network <= prompt.network + slack, note)
    }
  }

  /// The program writes every 60 ms what the bottleneck lets through in 48: for its receiver it is as slow as
  /// for itself.
  @Test func aProgramsPauseIsItsOwnBehindAQueue() throws {
    var model = UploadModel()
    model.rate = 5_000_000
    model.writes = (0..<40).map { (Int64($0) * 60_000_000, 30_000) }
    let blame = try client(model.segments(at: .receiver)).blame
    #expect(blame.client > blame.total * 3 / 4)
  }
}
