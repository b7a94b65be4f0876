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

  @inline(__always)
  mutating func note(
    _ segment: UnsafePointer<Segment>, sight: Int, _ table: SightTable, ordinal: Int64,
    capture: UInt16
  ) {
    let hasACK = segment.pointee.flags.contains(.ack)
    let flags = segment.pointee.flags.intersection(.controlACK)
    let hasTimestamp = segment.pointee.options.kinds.contains(.timestamps)
    let sequence = segment.pointee.sequence.rawValue
    let acknowledgment = hasACK ? segment.pointee.acknowledgment.rawValue : 0
    let stamp = hasTimestamp ? segment.pointee.options.timestampValue : 0
    let bases = table.bases(sight, from: segment.pointee.from)
    let numbers =
      UInt64(sequence &- bases.own) << 32 | UInt64(hasACK ? acknowledgment &- bases.peer : 0)
    let rest = UInt64(segment.pointee.payloadLength) << 8 | UInt64(flags.rawValue)
    // What a connection has of its own keeps the handshakes of all from being chosen together.
    let own = hasTimestamp ? UInt64(stamp) : UInt64(segment.pointee.ipIdentification) << 32
    let hash = UInt32(
      truncatingIfNeeded: FoldedHash.fold(FoldedHash.fold(numbers, rest) ^ own, 0x5851_F42D) >> 16)
    guard UInt64(hash) < threshold else { return }
    keep(
      Sample(
        time: segment.pointee.time.nanoseconds, ordinal: ordinal,
        place: FramePlace(capture: capture, frame: segment.pointee.frame), sequence: sequence,
        acknowledgment: acknowledgment, payloadLength: segment.pointee.payloadLength,
        timestamp: stamp, hash: hash, sight: Int32(truncatingIfNeeded: sight),
        identification: segment.pointee.ipIdentification, flags: flags,
        from: segment.pointee.from, hasTimestamp: hasTimestamp))
  }

  private mutating func keep(_ sample: Sample) {
    all.append(sample)
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
