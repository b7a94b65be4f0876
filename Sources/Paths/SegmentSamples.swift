import Support
import TCPModel

/// One in so many of a point's segments, kept for comparing clocks: what they are known by at another point
/// is not known before the connections are.
///
/// All of a small capture are. Of a large one those are kept whose relative numbers have a small hash, so that
/// other points choose the same ones.
struct SegmentSamples {
  /// Kept are at least as many, and fewer than twice as many.
  private static let limit = 1 << 16

  struct Sample: BitwiseCopyable {
    var time: Int64
    /// Its number among all segments of the point.
    var ordinal: Int64
    var place: FramePlace
    var sequence: UInt32
    /// 0 without an ACK flag.
    var acknowledgment: UInt32
    var payloadLength: UInt32
    /// 0 without the option.
    var timestamp: UInt32
    fileprivate var hash: UInt32
    var sight: Int32
    var identification: UInt16
    var flags: TCPFlags
    var from: End
    var hasTimestamp: Bool
  }

  private(set) var all: [Sample] = []
  /// Hashes below it are kept.
  private(set) var threshold: UInt64 = 1 << 32

  mutating func note(
    _ segment: Segment, sight: Int, bases: (own: UInt32, peer: UInt32), ordinal: Int64
  ) {
    let hasACK = segment.flags.contains(.ack)
    let flags = segment.flags.intersection(.controlACK)
    let hasTimestamp = segment.options.kinds.contains(.timestamps)
    let sequence = segment.sequence.rawValue
    let acknowledgment = hasACK ? segment.acknowledgment.rawValue : 0
    let stamp = hasTimestamp ? segment.options.timestampValue : 0
    let numbers =
      UInt64(sequence &- bases.own) << 32 | UInt64(hasACK ? acknowledgment &- bases.peer : 0)
    let rest = UInt64(segment.payloadLength) << 8 | UInt64(flags.rawValue)
    // What a connection has of its own keeps the handshakes of all from being chosen together.
    let own = hasTimestamp ? UInt64(stamp) : UInt64(segment.ipIdentification) << 32
    let hash = UInt32(
      truncatingIfNeeded: FoldedHash.fold(FoldedHash.fold(numbers, rest) ^ own, 0x5851_F42D) >> 16)
    guard UInt64(hash) < threshold else { return }
    all.append(
      Sample(
        time: segment.time.nanoseconds, ordinal: ordinal,
        place: FramePlace(capture: segment.capture, frame: segment.frame), sequence: sequence,
        acknowledgment: acknowledgment, payloadLength: segment.payloadLength, timestamp: stamp,
        hash: hash, sight: Int32(truncatingIfNeeded: sight),
        identification: segment.ipIdentification, flags: flags, from: segment.from,
        hasTimestamp: hasTimestamp))
    while all.count >= 2 * Self.limit, threshold > 1 {
      threshold /= 2
      all.removeAll { UInt64($0.hash) >= threshold }
    }
  }

  /// Gives the captures other numbers.
  mutating func move(_ captures: [UInt16]) {
    for index in all.indices { all[index].place.move(captures) }
  }

  /// Those that a point with another threshold has kept too.
  func shared(with other: SegmentSamples) -> some Sequence<Sample> {
    let threshold = min(threshold, other.threshold)
    return all.lazy.filter { UInt64($0.hash) < threshold }
  }
}
