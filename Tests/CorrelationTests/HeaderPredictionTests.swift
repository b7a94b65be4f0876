import Foundation
import TCPModel
import TestSupport
import Testing
import TraceParsing

@testable import Correlation

/// A segment that is predicted leaves the very bytes that the long way would have left.
@Suite struct HeaderPredictionTests {
  private let seed = SeededGenerator.seed

  @Test func randomConnections() {
    var ways = BothWays()
    for round in 0..<300 {
      ways.ingest(RandomConnection(seed: seed, number: UInt16(round)).segments)
    }
    #expect(ways.difference == nil, "seed \(seed)")
    #expect(ways.predicted * 2 > ways.segments, "seed \(seed)")
  }

  @Test(arguments: Damage.allCases)
  func anyDamage(_ damage: Damage) {
    var random = SeededGenerator(seed: seed)
    var ways = BothWays()
    for round in 0..<100 {
      let truth = RandomConnection(seed: seed, number: UInt16(round))
      ways.ingest(damage.applied(to: truth.segments, &random))
    }
    #expect(ways.difference == nil, "seed \(seed)")
  }

  /// What lies in line but for one field: every condition of the prediction is met at its edge.
  @Test func almostInLine() {
    var random = SeededGenerator(seed: seed)
    var ways = BothWays()
    for round in 0..<600 {
      var segments = RandomConnection(seed: seed, number: UInt16(round)).segments
      for index in segments.indices where random.once(in: 3) {
        segments[index].change(&random)
      }
      ways.ingest(segments)
    }
    #expect(ways.difference == nil, "seed \(seed)")
    #expect(ways.predicted > 0, "seed \(seed)")
  }

  @Test func samples() throws {
    try compare(Repository.samples)
  }

  @Test(.enabled(if: Outside.corpus != nil, "TCPTIMELINE_CORPUS names no folder of captures"))
  func everyCaptureOfTheCorpus() throws {
    try compare(URL(fileURLWithPath: Outside.corpus ?? ""))
  }

  private func compare(_ folder: URL) throws {
    var segments = 0
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() {
      let file = folder.appendingPathComponent(path)
      guard var reader = try? CaptureReader(path: file.path) else { continue }
      var batch = SegmentBatch()
      var ways = BothWays()
      while (try? reader.read(into: &batch)) == true {
        for index in 0..<batch.count { ways.ingest(batch.span[index]) }
      }
      #expect(ways.difference == nil, "\(path)")
      segments += ways.segments
    }
    #expect(segments > 1000)
  }
}

/// Two trackers: one predicts, the other one takes the long way always.
private struct BothWays: ~Copyable {
  private var predicting = ConnectionTracker(phaseLimit: 8)
  private var thorough = ConnectionTracker(phaseLimit: 8)
  private var flows: [FlowKey: Int] = [:]
  private(set) var segments = 0
  private(set) var predicted = 0
  /// Where the first difference is.
  private(set) var difference: String?

  mutating func ingest(_ segments: [Segment]) {
    for segment in segments { ingest(segment) }
  }

  mutating func ingest(_ segment: Segment) {
    withUnsafePointer(to: segment) { ingest(segment, SegmentView($0)) }
  }

  private mutating func ingest(_ segment: Segment, _ view: SegmentView) {
    guard difference == nil else { return }
    segments += 1
    var reusesPorts = false
    if let index = flows[segment.key] {
      reusesPorts = predicting.records.open(index, now: segment.time).pointee
        .isBegunAnew(by: view)
    }
    if flows[segment.key] == nil || reusesPorts {
      _ = predicting.begin(view, reusesPorts: reusesPorts)
      _ = thorough.begin(view, reusesPorts: reusesPorts)
      flows[segment.key] = predicting.records.count - 1
    }
    guard let index = flows[segment.key] else { return }
    let one = predicting.records.open(index, now: segment.time)
    let other = thorough.records.open(index, now: segment.time)
    if predicts(view, one.pointee) { predicted += 1 }
    other.pointee.prediction = .nothing
    let verdict = predicting.ingest(view, SegmentPayloads(), one)
    let expected = thorough.ingest(view, SegmentPayloads(), other)
    let prediction = one.pointee.prediction
    one.pointee.prediction = other.pointee.prediction
    let isEqual = memcmp(one, other, MemoryLayout<ConnectionRecord>.size) == 0
    if !isEqual || verdict != expected { describe(segment, one, other, verdict, expected) }
    one.pointee.prediction = prediction
  }

  private func predicts(_ segment: SegmentView, _ record: ConnectionRecord) -> Bool {
    var copy = record
    var journal = Journal()
    copy.chain = Journal.Chain()
    return withUnsafeMutablePointer(to: &journal) { journal in
      var sink = Sink(journal: journal)
      return switch copy.prediction {
      case .inLine: copy.ingestInLine(segment, &sink)
      case .opening, .answer: copy.ingestOpening(segment, &sink)
      case .nothing, .verdictOnSYN: false
      }
    }
  }

  private mutating func describe(
    _ segment: Segment, _ one: UnsafePointer<ConnectionRecord>,
    _ other: UnsafePointer<ConnectionRecord>, _ verdict: SegmentVerdict,
    _ expected: SegmentVerdict
  ) {
    let left = UnsafeRawBufferPointer(start: one, count: MemoryLayout<ConnectionRecord>.size)
    let right = UnsafeRawBufferPointer(start: other, count: MemoryLayout<ConnectionRecord>.size)
    let places = zip(left, right).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
    difference =
      "segment \(segments), frame \(segment.frame): bytes \(places), verdict \(verdict.rawValue)"
      + ", not \(expected.rawValue)"
  }
}

extension Segment {
  fileprivate mutating func change(_ random: inout SeededGenerator) {
    let near: [UInt32] = [0, 1, 2, 1000, 1448, 0xFFFF_FFFF, 0xFFFF_FFFE, 0x4000_0000, 0x8000_0000]
    let step = near[random.number(0...near.count - 1)]
    switch random.number(0...14) {
    case 0: sequence = sequence + step
    case 1: acknowledgment = acknowledgment + step
    case 2: payloadLength = payloadLength &+ step & 0xFFFF
    case 3: payloadLength = UInt32(random.number(0...1))
    case 4: window = [0, 1, 100, 0xFFFF][random.number(0...3)]
    case 5: flags = TCPFlags(rawValue: UInt16(random.number(0...511)))
    case 6: flags.insert(.fin)
    case 7: flags.remove(.ack)
    case 8: options.kinds = TCPOptions.Kinds(rawValue: UInt16(random.number(0...65_535)))
    case 9: time = Timestamp(nanoseconds: time.nanoseconds - Int64(random.number(0...50_000_000)))
    case 10: isHeaderDamaged = true
    case 11: isHeaderCut = true
    case 12: ipIdentification = UInt16(random.number(0...3))
    case 13: options.timestampValue = options.timestampValue &+ step
    default: (sequence, acknowledgment) = (acknowledgment, sequence)
    }
  }
}
