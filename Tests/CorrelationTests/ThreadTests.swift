import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// The result does not depend on the number of threads, nor on when they are waited for.
@Suite struct ThreadTests {
  private static let seed = SeededGenerator.seed

  /// Connections that overlap, more segments than all chunks hold together.
  private static let segments: [Segment] = {
    var random = SeededGenerator(seed: seed)
    var segments: [Segment] = []
    var number: UInt16 = 0
    while segments.count < 20_000 {
      let start = 1_700_000_000_000_000_000 + Int64(random.number(0...10_000)) * 1_000_000
      segments += RandomConnection(seed: seed, number: number, start: start).segments
      number += 1
    }
    segments.sort { $0.time < $1.time }
    for index in segments.indices { segments[index].frame = Int64(index + 1) }
    return segments
  }()

  private struct Result: Equatable {
    var connections: [ConnectionImage] = []
    var places: [[Int64]] = []
    var glances: [ConnectionGlance] = []
    var totals: TraceSummary

    init(threads: Int, count: Int, batch: Int, isInterrupted: Bool = false) {
      var correlator = Correlator(threads: threads)
      var start = 0
      while start < count {
        let end = min(count, start + batch)
        correlator.ingest(Array(ThreadTests.segments[start..<end]).span)
        if isInterrupted { correlator.finish() }
        start = end
      }
      self.init(&correlator)
    }

    init(_ correlator: inout Correlator) {
      correlator.finish()
      let parts = Set((0..<correlator.count).map { correlator.part(of: $0) })
      #expect(parts == Set(0..<correlator.parts), "every thread has flows")
      totals = correlator.totals
      for index in 0..<correlator.count {
        let connection = correlator.connection(at: index)
        let summary = connection.summary
        connections.append(connection.image)
        places.append([
          Int64(summary.id), summary.firstFrame, Int64(summary.client.port), summary.lastFrame,
        ])
        glances.append(correlator.glance(at: index))
      }
    }
  }

  /// Whether or not their records were packed in between.
  @Test(arguments: [(1, 4096), (1, 16), (3, 16)])
  func onlyTheFirstOnesHaveListsWhereNoMoreAreWanted(_ threads: Int, _ slots: Int) {
    var all = Correlator()
    all.ingest(ThreadTests.segments.span)
    var correlator = Correlator(
      threads: threads, phaseLimit: 8,
      RecordStore.Limits(first: slots, most: slots, share: .max, lists: 1))
    correlator.ingest(ThreadTests.segments.span)
    correlator.finish()
    #expect(correlator.count == all.count)
    #expect(correlator.totals == all.totals)
    #expect(correlator.connection(at: 0).image == all.connection(at: 0).image)
    for index in 0..<all.count {
      let summary = Connection(summary: correlator.summary(at: index))
      #expect(summary.image == Connection(summary: all.summary(at: index)).image, "\(index)")
      // Each thread keeps the lists of the first connection it has.
      if index > 0, correlator.part(of: index) == correlator.part(of: 0) {
        #expect(correlator.connection(at: index).image == summary.image, "\(index)")
      }
    }
  }

  @Test(arguments: [2, 3, 99])
  func anyNumber(of threads: Int) {
    let alone = Result(threads: 1, count: ThreadTests.segments.count, batch: 256)
    let together = Result(threads: threads, count: ThreadTests.segments.count, batch: 256)
    #expect(together == alone, "seed \(ThreadTests.seed)")
  }

  /// Less than a chunk: nobody is woken.
  @Test func fewSegments() {
    let alone = Result(threads: 1, count: 1_000, batch: 256)
    #expect(Result(threads: 2, count: 1_000, batch: 256) == alone, "seed \(ThreadTests.seed)")
  }

  /// Of the others' segments only the ends mean anything, but of SYNs.
  @Test(arguments: [2, 3])
  func eachThreadTakesAllForItself(_ threads: Int) {
    let alone = Result(threads: 1, count: ThreadTests.segments.count, batch: 256)
    var correlator = Correlator(threads: threads)
    for share in correlator.shares {
      let seen = ThreadTests.segments.map { segment in
        if segment.flags.contains(.syn) || share.has(segment.key) { return segment }
        var stranger = ThreadTests.segments[0]
        stranger.key = segment.key
        stranger.flags = []
        return stranger
      }
      var start = 0
      while start < seen.count {
        let end = min(seen.count, start + 100 * (share.number + 1))
        correlator.ingest(Array(seen[start..<end]).span, SegmentPayloads(), for: share)
        start = end
      }
    }
    let areEven = correlator.haveSharesSeenTheSame
    #expect(areEven)
    #expect(Result(&correlator) == alone, "seed \(ThreadTests.seed)")
  }

  @Test func whoMissesSegmentsIsFound() {
    let correlator = Correlator(threads: 2)
    let segments = Array(ThreadTests.segments.prefix(10))
    correlator.ingest(segments.span, SegmentPayloads(), for: correlator.shares[0])
    let areEven = correlator.haveSharesSeenTheSame
    #expect(!areEven)
    correlator.ingest(segments.span, SegmentPayloads(), for: correlator.shares[1])
    let areEvenNow = correlator.haveSharesSeenTheSame
    #expect(areEvenNow)
  }

  @Test func moreAfterAWait() {
    let alone = Result(threads: 1, count: 20_000, batch: 5_000)
    let together = Result(threads: 2, count: 20_000, batch: 5_000, isInterrupted: true)
    #expect(together == alone, "seed \(ThreadTests.seed)")
  }

  @Test func nothing() {
    var correlator = Correlator(threads: 4)
    correlator.finish()
    #expect(correlator.count == 0)
    #expect(correlator.totals == TraceSummary())
  }
}
