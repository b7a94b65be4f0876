import Support
import TCPModel

/// Finds segments that both points saw, each the only one of its kind, evenly chosen and no more than
/// what clocks need: one walk through the first point's segments, then one through the second one's.
struct ClockSampler {
  /// Samples looked for; half as many again may be found.
  private static let limit = 1 << 16

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
  }

  private var entries: [UInt64: Entry] = [:]
  /// One of so many segments is taken.
  private let share: UInt64

  init(segments: Int64) {
    share = UInt64(max(1, segments / Int64(ClockSampler.limit)))
  }

  /// What a segment is known by at both points, by the first point's numbers.
  private func key(_ segment: Segment, _ pair: SightPair, _ lane: Int32, isSecond: Bool) -> UInt64 {
    let side: Side = lane & 1 == 0 ? .client : .server
    let sequence =
      isSecond ? segment.sequence.rawValue &- pair.delta[side] : segment.sequence.rawValue
    var acknowledgment: UInt32 = 0
    if segment.flags.contains(.ack) {
      acknowledgment = segment.acknowledgment.rawValue
      if isSecond { acknowledgment &-= pair.delta[side.peer] }
    }
    let flags = UInt64(segment.flags.intersection(.controlACK).rawValue)
    let stamp =
      pair.keepsTimestamps[side] && segment.options.kinds.contains(.timestamps)
      ? segment.options.timestampValue : 0
    let words = FoldedHash.fold(
      UInt64(sequence) << 32 | UInt64(acknowledgment),
      UInt64(segment.payloadLength) << 8 | flags)
    return FoldedHash.fold(
      words ^ UInt64(stamp), UInt64(truncatingIfNeeded: lane) &* 0x9E37_79B9_7F4A_7C15)
  }

  mutating func ingestFirst(
    _ segment: Segment, _ pair: SightPair, _ lane: Int32, ordinal: Int64, isForward: Bool
  ) {
    let key = key(segment, pair, lane, isSecond: false)
    guard key % share == 0 else { return }
    if entries[key] != nil {
      entries[key]?.copies = 2
    } else if entries.count < 4 * ClockSampler.limit {
      entries[key] = Entry(
        ordinal: ordinal, time: segment.time.nanoseconds,
        identification: segment.ipIdentification, isForward: isForward, lane: lane, copies: 1,
        otherCopies: 0, otherOrdinal: 0, otherTime: 0, otherIdentification: 0,
        otherPlace: FramePlace(capture: 0, frame: 0))
    }
  }

  mutating func ingestSecond(
    _ segment: Segment, _ pair: SightPair, _ lane: Int32, ordinal: Int64
  ) {
    let key = key(segment, pair, lane, isSecond: true)
    guard key % share == 0, var entry = entries[key] else { return }
    entry.otherCopies = min(2, entry.otherCopies + 1)
    entry.otherOrdinal = ordinal
    entry.otherTime = segment.time.nanoseconds
    entry.otherIdentification = segment.ipIdentification
    entry.otherPlace = FramePlace(capture: segment.capture, frame: segment.frame)
    entries[key] = entry
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
  func leastWays(
    _ clocks: (first: PointClock, second: PointClock)
  ) -> [Int32: Int64] {
    unique.reduce(into: [:]) { least, entry in
      let first = clocks.first.time(entry.time, ordinal: entry.ordinal)
      let second = clocks.second.time(entry.otherTime, ordinal: entry.otherOrdinal)
      let way = entry.isForward ? second &- first : first &- second
      least[entry.lane] = min(least[entry.lane] ?? .max, way)
    }
  }

  /// By lane, and of all lanes of a direction together under -1 (forward) and -2.
  var identifications: [Int32: Identifications] {
    var found: [Int32: Identifications] = [:]
    for entry in unique where entry.identification != 0 || entry.otherIdentification != 0 {
      for lane in [entry.lane, entry.isForward ? -1 : -2] {
        if entry.identification == entry.otherIdentification {
          found[lane, default: Identifications()].equal += 1
        } else {
          found[lane, default: Identifications()].different += 1
        }
      }
    }
    return found
  }
}
