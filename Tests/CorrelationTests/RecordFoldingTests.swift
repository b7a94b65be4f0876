import Foundation
import TCPModel
import TestSupport
import Testing
import TraceParsing

@testable import Correlation

/// A record that was folded and unfolded has the bytes it had.
@Suite struct RecordFoldingTests {
  private let seed = SeededGenerator.seed

  @Test func samples() throws {
    var records = Records()
    for path in try FileManager.default.subpathsOfDirectory(atPath: Repository.samples.path)
      .sorted()
    {
      let file = Repository.samples.appendingPathComponent(path)
      guard var reader = try? CaptureReader(path: file.path) else { continue }
      var batch = SegmentBatch()
      while (try? reader.read(into: &batch)) == true {
        for index in 0..<batch.count { records.ingest(batch.span[index]) }
      }
    }
    #expect(records.count > 20)
    for index in 0..<records.count {
      #expect(Records.isKept(records.record(at: index)), "record \(index)")
    }
  }

  /// Whatever a damaged capture leaves in the fields that others are counted from.
  @Test func anyNumbers() {
    var random = SeededGenerator(seed: seed)
    for round in 0..<300 {
      var records = Records()
      for segment in RandomConnection(seed: seed, number: UInt16(round)).segments {
        records.ingest(segment)
      }
      guard records.count > 0 else { continue }
      var record = records.record(at: 0)
      for change in Records.changes where random.once(in: 2) {
        change(&record, Int64(truncatingIfNeeded: random.next()))
      }
      #expect(Records.isKept(record), "seed \(seed), round \(round)")
    }
  }
}

private struct Records: ~Copyable {
  private var tracker = ConnectionTracker(phaseLimit: 8)
  private var flows: [FlowKey: Int] = [:]

  var count: Int { tracker.records.count }

  mutating func record(at index: Int) -> ConnectionRecord {
    var record = tracker.records.look(at: index).pointee
    record.chain.removeAll()
    return record
  }

  mutating func ingest(_ segment: Segment) {
    withUnsafePointer(to: segment) { pointer in
      let view = SegmentView(pointer)
      if flows[segment.key] == nil {
        _ = tracker.begin(view, reusesPorts: false)
        flows[segment.key] = count - 1
      }
      guard let index = flows[segment.key] else { return }
      _ = tracker.ingest(
        view, SegmentPayloads(), tracker.records.open(index, now: segment.time))
    }
  }

  static func isKept(_ record: ConnectionRecord) -> Bool {
    var folded = record
    folded.fold()
    folded.unfold()
    return bytes(of: folded) == bytes(of: record)
  }

  private static func bytes(of record: ConnectionRecord) -> [UInt8] {
    withUnsafeBytes(of: record) { Array($0.prefix(ConnectionRecord.packedSize)) }
  }

  typealias Change = @Sendable (inout ConnectionRecord, Int64) -> Void

  /// References and what is folded against them.
  static let changes: [Change] = [
    { $0.start.nanoseconds = $1 }, { $0.latest.nanoseconds = $1 }, { $0.firstFrame = $1 },
    { $0.lastFrame = $1 }, { $0.initial.latestSYN.nanoseconds = $1 }, { $0.initial.value = $1 },
    { $0.handshake.ack = $1 }, { $0.handshake.synACK = $1 }, { $0.handshake.latestSYNACK = $1 },
    { $0.handshake.latestSYN = Instant(at: $1, frame: $1 &+ 1) },
    { $0.teardown.start = $1 }, { $0.teardown.secondFIN = $1 }, { $0.teardown.end = $1 },
    { $0.teardown.startFrame = $1 }, { $0.teardown.secondACKFrame = $1 },
    { $0.phases.wait = $1 }, { $0.phases.longestWait = $1 }, { $0.phases.serverTime = $1 },
    { $0.phases.idle = $1 }, { $0.phases.longestIdle = $1 }, { $0.phases.lastIdle = $1 },
    { $0.phases.start = $1 }, { $0.phases.handshake = $1 }, { $0.phases.send = $1 },
    { $0.low.firstPayload = $1 }, { $0.high.firstPayload = $1 },
    { $0.low.analysis.baseSequence = SequenceNumber(UInt32(truncatingIfNeeded: $1)) },
    { $0.high.analysis.nextSequence = SequenceNumber(UInt32(truncatingIfNeeded: $1)) },
    { $0.low.analysis.lastSegmentTime.nanoseconds = $1 },
    { $0.high.analysis.nextSequenceTime.nanoseconds = $1 },
    { $0.low.payloadBytes = $1 }, { $0.low.coverage.uniqueBytes = $1 },
    { $0.high.coverage.acked = SequenceNumber(UInt32(truncatingIfNeeded: $1)) },
    { $0.high.roundTrip.sum = $1 }, { $0.high.roundTrip.min = $1 },
    { $0.low.pendingACK = Instant(at: $1, frame: $1 &+ 1) },
    { $0.low.isn = SequenceNumber(UInt32(truncatingIfNeeded: $1)) },
    { $0.high.ttl = UInt8(truncatingIfNeeded: $1) },
    { $0.low.mss = UInt16(truncatingIfNeeded: $1) },
  ]
}
