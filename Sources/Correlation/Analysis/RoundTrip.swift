import TCPModel

/// Round-trip times of what one endpoint sends: one timed segment at a time (RFC 6298 section 4),
/// from the last byte sent to the first ACK that covers it.
///
/// Karn's rule: a segment sent again gives no sample, unless the ACK's time stamp echo says which
/// copy it answers (RFC 7323 4.1).
struct RoundTripRecord: BitwiseCopyable {
  var sum: Nanoseconds = 0
  var min: Nanoseconds = .max
  var max: Nanoseconds = 0
  var samples: UInt32 = 0
  private var bits: Bits = []
  // Of the segment that is timed; 0 while none is.
  private var timedAt = Timestamp(nanoseconds: 0)
  private var timedEnd = SequenceNumber(0)
  private var timestampValue: UInt32 = 0

  struct Bits: OptionSet, BitwiseCopyable {
    var rawValue: UInt8
    static let isTiming = Bits(rawValue: 1 << 0)
    static let wasRepeated = Bits(rawValue: 1 << 1)
    static let hasTimestamp = Bits(rawValue: 1 << 2)
    static let isTimingWithTimestamp = Bits(rawValue: 1 << 0 | 1 << 2)
  }

  /// For `ConnectionRecord.fold`: before the other fields. Of two samples the sum says the second.
  mutating func foldLeast() {
    min.fold(samples > 1 ? sum &- max : sum)
  }

  mutating func fold(latest: Timestamp, next: SequenceNumber) {
    if bits.contains(.isTiming) {
      timedAt.fold(latest)
      timedEnd.fold(next)
    }
    max.fold(sum)
  }

  /// The endpoint sent new data, a SYN or a FIN.
  @inline(__always)
  mutating func sent(_ segment: SegmentView) {
    if bits.contains(.isTiming) { return }
    timedEnd = segment.sequence + segment.sequenceLength
    timedAt = segment.time
    timestampValue = segment.options.timestampValue
    bits = segment.options.kinds.contains(.timestamps) ? .isTimingWithTimestamp : .isTiming
  }

  /// The endpoint sent sequence space again.
  @inline(__always)
  mutating func sentAgain(_ segment: SegmentView) {
    if bits.contains(.isTiming), segment.sequence.isBefore(timedEnd) { bits.insert(.wasRepeated) }
  }

  /// The peer acknowledged up to `segment.acknowledgment`.
  @inline(__always)
  mutating func acknowledged(_ segment: SegmentView) {
    guard bits.contains(.isTiming), timedEnd.isAtOrBefore(segment.acknowledgment) else { return }
    let isSure =
      !bits.contains(.wasRepeated)
      || (bits.contains(.hasTimestamp) && segment.options.kinds.contains(.timestamps)
        && segment.options.timestampEcho == timestampValue)
    let time = segment.time.since(timedAt)
    bits = []
    timedAt = Timestamp(nanoseconds: 0)
    timedEnd = SequenceNumber(0)
    timestampValue = 0
    guard isSure, time >= 0 else { return }
    samples &+= 1
    sum &+= time
    min = Swift.min(min, time)
    max = Swift.max(max, time)
  }

  /// When the segment that is timed was sent; nil while none is.
  var timedSince: Timestamp? { bits.contains(.isTiming) ? timedAt : nil }

  /// What the retransmission timer is set to, at least: Linux's floor above the mean (RFC 6298 has a
  /// second), or the spread that was seen; a second while nothing was measured (RFC 6298 2.1).
  var timeout: Nanoseconds {
    if samples == 0 { return RoundTripRecord.firstTimeout }
    return sum / Int64(samples) &+ Swift.max(RoundTripRecord.leastTimeout, max &- min)
  }

  static let leastTimeout: Nanoseconds = 200_000_000
  private static let firstTimeout: Nanoseconds = 1_000_000_000

  var summary: RoundTrips? {
    samples == 0
      ? nil : RoundTrips(samples: Int64(samples), min: min, mean: sum / Int64(samples), max: max)
  }
}
