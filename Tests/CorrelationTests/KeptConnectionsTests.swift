import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// A limit on connections: what is kept is as it would be without, and everything is counted.
@Suite struct KeptConnectionsTests {
  private let seed = SeededGenerator.seed

  private func segments(_ count: Int) -> [Segment] {
    var random = SeededGenerator(seed: seed)
    var segments: [Segment] = []
    for number in 0..<UInt16(count) {
      let start = 1_700_000_000_000_000_000 + Int64(random.number(0...2_000)) * 1_000_000
      segments += RandomConnection(seed: seed, number: number, start: start).segments
    }
    segments.sort { $0.time < $1.time }
    for index in segments.indices { segments[index].frame = Int64(index + 1) }
    return segments
  }

  /// Open and packed records are let go, and their places taken again.
  @Test(arguments: [(300, 4096), (300, 8), (40, 8), (8, 4), (1, 4)])
  func whatIsKeptIsAsWithoutALimit(_ limit: Int, _ slots: Int) {
    let segments = segments(400)
    var all = Correlator()
    all.ingest(segments.span)
    all.finish()
    var some = Correlator(
      phaseLimit: 8, RecordStore.Limits(first: slots, most: slots, share: .max, kept: limit))
    some.ingest(segments.span)
    some.finish()
    let kept = some.indices
    #expect(kept.count <= limit && kept.count >= limit * 7 / 8 - 1, "seed \(seed)")
    #expect(some.count == kept.count + some.gone)
    #expect(some.totals.tcpSegments == all.totals.tcpSegments, "seed \(seed)")
    #expect(some.totals.payloadBytes == all.totals.payloadBytes, "seed \(seed)")
    #expect(some.totals.byOutcome.values.reduce(0, +) == some.count)
    var byFrame: [Int64: Int] = [:]
    for index in 0..<all.count { byFrame[all.summary(at: index).firstFrame] = index }
    var same = 0
    for index in kept {
      let connection = some.connection(at: index)
      guard let other = byFrame[connection.summary.firstFrame] else { continue }
      var expected = all.connection(at: other)
      expected.summary.id = connection.summary.id
      // Who had the ports before, and after, may be gone.
      expected.summary.reusesPorts = connection.summary.reusesPorts
      expected.summary.nextUseOfPorts = connection.summary.nextUseOfPorts
      same += expected.image == connection.image ? 1 : 0
    }
    // With a low limit all are let go while they go on, and begin anew at other frames.
    if limit == 300 { #expect(same > kept.count / 2, "seed \(seed): \(same) of \(kept.count)") }
  }

  @Test func aLimitThatIsNotReachedChangesNothing() {
    let segments = segments(50)
    var all = Correlator()
    all.ingest(segments.span)
    all.finish()
    var same = Correlator(mostConnections: all.count)
    same.ingest(segments.span)
    same.finish()
    #expect(same.gone == 0 && same.indices == Array(0..<all.count))
    for index in 0..<all.count {
      #expect(same.connection(at: index).image == all.connection(at: index).image)
    }
  }

  @Test func theFlowTableFindsWhatIsLeft() {
    var random = SeededGenerator(seed: seed)
    var table = FlowTable()
    var hashes: [Int: UInt32] = [:]
    for index in 0..<4_000 {
      // Few hashes, so that they run into each other.
      let hash = UInt32(random.number(0...600)) &* 2_654_435_761 >> 20
      table.set(table.find(hash) { _ in false }, to: index, hash: hash)
      hashes[index] = hash
      if hashes.count > 300, let oldest = hashes.keys.min() {
        let gone = random.once(in: 3) ? oldest : random.pick(hashes.keys.sorted())
        table.remove(gone, hash: hashes[gone] ?? 0)
        hashes[gone] = nil
      }
    }
    for (index, hash) in hashes {
      let position = table.find(hash) { $0 == index }
      #expect(table.index(at: position) == index, "seed \(seed)")
    }
  }
}
