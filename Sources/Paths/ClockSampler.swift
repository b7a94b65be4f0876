import Support
import TCPModel

/// Finds segments that both points saw, each the only one of its kind.
struct ClockSampler {
  private struct Entry: BitwiseCopyable {
    var ordinal: Int64
    var time: Int64
    var identification: UInt16
    var isForward: Bool
    var lane: Int32
    /// Of the first point, up to 2.
    var copies: UInt8
    var otherCopies: UInt8
    var otherOrdinal: Int64
    var otherTime: Int64
    var otherIdentification: UInt16
    var otherPlace: FramePlace
  }

  /// Whether identifications were the same at both points.
  struct Identifications: BitwiseCopyable {
    var equal: UInt32 = 0
    var different: UInt32 = 0

    mutating func note(_ isEqual: Bool) {
      if isEqual { equal += 1 } else { different += 1 }
    }
  }

  private var entries: [UInt64: Entry] = [:]

  /// - Parameter lane: Whose a segment of one of the points is: the pair's number, the pair, the side that sent
  ///   it, and whether it went from the first point to the second; nil where it is nobody's.
  init(
    _ first: SegmentSamples, _ second: SegmentSamples,
    lane: (SegmentSamples.Sample, _ isSecond: Bool) -> SampledLane?
  ) {
    for sample in first.shared(with: second) {
      guard let lane = lane(sample, false) else { continue }
      let key = Self.key(sample, lane, isSecond: false)
      if entries[key] != nil {
        entries[key]?.copies = 2
      } else {
        entries[key] = Entry(
          ordinal: sample.ordinal, time: sample.time, identification: sample.identification,
          isForward: lane.isForward, lane: lane.number, copies: 1, otherCopies: 0, otherOrdinal: 0,
          otherTime: 0, otherIdentification: 0, otherPlace: FramePlace(capture: 0, frame: 0))
      }
    }
    for sample in second.shared(with: first) {
      guard let lane = lane(sample, true) else { continue }
      let key = Self.key(sample, lane, isSecond: true)
      guard var entry = entries[key] else { continue }
      entry.otherCopies = min(2, entry.otherCopies + 1)
      entry.otherOrdinal = sample.ordinal
      entry.otherTime = sample.time
      entry.otherIdentification = sample.identification
      entry.otherPlace = sample.place
      entries[key] = entry
    }
  }

  init() {}

  /// What a segment is known by at both points, by the first point's numbers.
  private static func key(
    _ sample: SegmentSamples.Sample, _ lane: SampledLane, isSecond: Bool
  ) -> UInt64 {
    var (sequence, acknowledgment) = (sample.sequence, sample.acknowledgment)
    if isSecond {
      sequence &-= lane.pair.delta[lane.side]
      if sample.flags.contains(.ack) { acknowledgment &-= lane.pair.delta[lane.side.peer] }
    }
    let stamp = lane.pair.keepsTimestamps[lane.side] ? sample.timestamp : 0
    let words = FoldedHash.fold(
      UInt64(sequence) << 32 | UInt64(acknowledgment),
      UInt64(sample.payloadLength) << 8 | UInt64(sample.flags.rawValue))
    return FoldedHash.fold(
      words ^ UInt64(stamp), UInt64(truncatingIfNeeded: lane.number) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// The samples in the order of the second point.
  var samples: [ClockSample] {
    unique.map {
      ClockSample(
        firstOrdinal: $0.ordinal, secondOrdinal: $0.otherOrdinal, firstTime: $0.time,
        secondTime: $0.otherTime, secondPlace: $0.otherPlace,
        isForward: $0.isForward)
    }.sorted { ($0.secondOrdinal, $0.firstOrdinal) < ($1.secondOrdinal, $1.firstOrdinal) }
  }

  private var unique: [Entry] {
    entries.values.filter { $0.copies == 1 && $0.otherCopies == 1 }
  }

  /// By lane the least time one way, with each time told on the first point's clock.
  func findLeastWays(
    _ clocks: (first: PointClock, second: PointClock), _ least: inout [Int64]
  ) {
    for entry in unique {
      let first = clocks.first.time(entry.time, ordinal: entry.ordinal)
      let second = clocks.second.time(entry.otherTime, ordinal: entry.otherOrdinal)
      let way = entry.isForward ? second &- first : first &- second
      least[Int(entry.lane)] = min(least[Int(entry.lane)], way)
    }
  }

  /// By lane, and of all lanes of a direction together.
  func addIdentifications(
    to lanes: inout [Identifications]
  ) -> (forward: Identifications, back: Identifications) {
    var all = (forward: Identifications(), back: Identifications())
    for entry in unique where entry.identification != 0 || entry.otherIdentification != 0 {
      let isEqual = entry.identification == entry.otherIdentification
      lanes[Int(entry.lane)].note(isEqual)
      if entry.isForward { all.forward.note(isEqual) } else { all.back.note(isEqual) }
    }
    return all
  }
}

/// One direction of a connection that two points saw.
struct SampledLane {
  var number: Int32
  var pair: SightPair
  var side: Side
  var isForward: Bool
}
