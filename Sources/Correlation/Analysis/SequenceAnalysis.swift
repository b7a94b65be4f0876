import TCPModel

/// The sequence analysis of Wireshark 4 (its user guide, "TCP Analysis"), so that a user who looks
/// at both sees the same numbers. Its quirks are kept on purpose; what we think ourselves is in
/// `Coverage` and `EndpointStates`.
///
/// Everything here is O(1) a segment: a handful of words per direction, no list of segments.
struct SequenceAnalysisRecord: BitwiseCopyable {
  /// When the highest sequence number was sent, and when the last segment was.
  var nextSequenceTime = Timestamp(nanoseconds: 0)
  var lastSegmentTime = Timestamp(nanoseconds: 0)
  var baseSequence = SequenceNumber(0)
  /// 0 while nothing was sent: Wireshark's own sign for "unknown".
  var nextSequence = SequenceNumber(0)
  /// The end of the contiguous data, what the peer may acknowledge without surprise.
  var maxToBeAcked = SequenceNumber(0)
  var lastACK = SequenceNumber(0)
  /// One more than the window, so that a packed record's difference to a blank one is small.
  private var windowAndOne: UInt32 = 0
  var duplicateACKs: Int32 = 0
  var windowScale: Int8 = WindowScale.unknown
  var bits: Bits = []

  struct Bits: OptionSet, BitwiseCopyable {
    var rawValue: UInt8
    static let baseKnown = Bits(rawValue: 1 << 0)
    /// After a SYN, until the first segment with ACK alone: its window is not scaled yet.
    static let awaitsFirstACK = Bits(rawValue: 1 << 1)
    static let lastWasKeepAlive = Bits(rawValue: 1 << 2)
    static let lastWasZeroWindowProbe = Bits(rawValue: 1 << 3)
    static let lastWasProbe = Bits(rawValue: 1 << 2 | 1 << 3)
  }

  enum WindowScale {
    /// No SYN seen.
    static let unknown: Int8 = -1
    /// A SYN without the option: nobody scales (RFC 7323 2.2).
    static let unused: Int8 = -2
  }

  /// The last window as in the header; `.max` before the first segment.
  var window: UInt32 {
    @inline(__always) get { windowAndOne &- 1 }
    @inline(__always) set { windowAndOne = newValue &+ 1 }
  }

  /// How far to shift a window that is scaled.
  @inline(__always)
  var shift: UInt32 { windowScale > 0 ? UInt32(windowScale) : 0 }

  /// Whether data up to there leaves no room in this endpoint's window, as far as that is known.
  @inline(__always)
  func isFilled(by end: SequenceNumber) -> Bool {
    guard windowScale != WindowScale.unknown else { return false }
    return end == edge
  }

  /// What its peer may send at most, where its window was seen and its scale is known.
  @inline(__always)
  var edge: SequenceNumber {
    lastACK + window &<< (bits.contains(.awaitsFirstACK) ? 0 : shift)
  }
}

extension SequenceAnalysisRecord {
  /// For `ConnectionRecord.fold`: the last step.
  @inline(__always)
  mutating func moveAnchor(_ sign: Int64) {
    nextSequence.rawValue &+= UInt32(truncatingIfNeeded: sign) &* baseSequence.rawValue
  }

  /// For `EndpointRecord.fold`.
  @inline(__always)
  mutating func fold(_ latest: Timestamp, peer: SequenceAnalysisRecord) {
    lastSegmentTime.fold(latest)
    maxToBeAcked.fold(nextSequence)
    lastACK.fold(peer.nextSequence)
  }
}

/// The two times of a connection that Wireshark's reordering threshold needs.
struct InitialRoundTrip: BitwiseCopyable {
  var latestSYN = Timestamp(nanoseconds: 0)
  /// From the latest SYN to the first segment with ACK and without SYN, of either side; 0 unknown.
  var value: Nanoseconds = 0

  /// A segment with ACK and without SYN.
  @inline(__always)
  mutating func note(_ segment: SegmentView) {
    if latestSYN.nanoseconds != 0, value == 0 { value = segment.time.since(latestSYN) }
  }

  /// For `ConnectionRecord.fold`.
  @inline(__always)
  mutating func fold(start: Timestamp, ack: Nanoseconds) {
    latestSYN.fold(start)
    value.fold(ack)
  }
}

enum SequenceAnalysis {
  private static let fastRetransmissionLimit: UInt64 = 20_000_000
  /// Used while the initial round-trip time is not known.
  private static let defaultReorderingLimit: UInt64 = 3_000_000

  /// To be called first for a SYN that repeats the connection's own: Wireshark takes the sequence
  /// state back, because an RST may have moved it (RFC 9293 3.10.7.1).
  @inline(__always)
  static func restoreForRepeatedSYN(_ sender: inout SequenceAnalysisRecord) {
    sender.nextSequence = sender.maxToBeAcked
  }

  @inline(__always)
  static func noteBase(
    _ segment: SegmentView, _ sender: inout SequenceAnalysisRecord,
    _ receiver: inout SequenceAnalysisRecord
  ) {
    if !sender.bits.contains(.baseKnown) {
      sender.baseSequence =
        segment.flags.contains(.syn) ? segment.sequence : segment.sequence - 1
      sender.bits.insert(.baseKnown)
    }
    if !receiver.bits.contains(.baseKnown), segment.flags.contains(.ack) {
      receiver.baseSequence = segment.acknowledgment - 1
      receiver.bits.insert(.baseKnown)
    }
  }

  static func judge(
    _ segment: SegmentView, sender: inout SequenceAnalysisRecord,
    receiver: inout SequenceAnalysisRecord, initial: InitialRoundTrip
  ) -> SegmentVerdict {
    var verdict = SegmentVerdict()
    let sequence = segment.sequence
    let acknowledgment = segment.acknowledgment
    let length = segment.payloadLength
    let window = UInt32(segment.window)
    let isPlain = segment.flags.isDisjoint(with: .control)
    let isAtNext = sequence == sender.nextSequence
    let repeatsACK = acknowledgment == sender.lastACK

    if length == 1, isAtNext, receiver.window == 0 {
      verdict.insert(.zeroWindowProbe)
    } else {
      if window == 0, isPlain { verdict.insert(.zeroWindow) }
      if sender.nextSequence.rawValue != 0, sender.nextSequence.isBefore(sequence),
        !segment.flags.contains(.rst)
      {
        verdict.insert(.previousSegmentLost)
      }
      if length <= 1, isPlain, sequence == sender.nextSequence - 1 { verdict.insert(.keepAlive) }
      if length == 0 {
        if isPlain, isAtNext, repeatsACK {
          verdict.formUnion(judgeRepeatedACK(window, &sender, receiver))
        }
      } else if isPlain {
        if receiver.isFilled(by: sequence + length) { verdict.insert(.windowFull) }
      }
    }

    if !repeatsACK { sender.duplicateACKs = 0 }
    if segment.flags.contains(.ack), receiver.maxToBeAcked.rawValue != 0,
      receiver.maxToBeAcked.isBefore(acknowledgment)
    {
      // Said once for each gap: the limit moves on, or a count of ACKs silences the next ones.
      if receiver.maxToBeAcked.isBefore(receiver.nextSequence) {
        receiver.maxToBeAcked = receiver.nextSequence
        verdict.insert(.ackedUnseen)
      } else {
        if receiver.duplicateACKs == 0 { verdict.insert(.ackedUnseen) }
        receiver.duplicateACKs = -1
      }
    }

    let hasSpace = length > 0 || !segment.flags.isDisjoint(with: .numbered)
    if hasSpace, !verdict.contains(.keepAlive),
      !isAtNext || (sequence + length).isAtOrBefore(receiver.lastACK)
    {
      verdict.formUnion(judgeRepeatedData(segment, sender, receiver, initial))
    }
    remember(segment, verdict, hasSpace, &sender)
    return verdict
  }

  /// A segment without data at the expected place that repeats the last acknowledgment.
  private static func judgeRepeatedACK(
    _ window: UInt32, _ sender: inout SequenceAnalysisRecord,
    _ receiver: SequenceAnalysisRecord
  ) -> SegmentVerdict {
    if window != sender.window { return window != 0 ? .windowUpdate : SegmentVerdict() }
    if window == 0 {
      let isAnswer = receiver.bits.contains(.lastWasZeroWindowProbe)
      return isAnswer ? .zeroWindowProbeACK : SegmentVerdict()
    }
    if receiver.bits.contains(.lastWasKeepAlive) { return .keepAliveACK }
    sender.duplicateACKs = sender.duplicateACKs == -1 ? 1 : sender.duplicateACKs &+ 1
    return .duplicateACK
  }

  /// Data, a SYN or a FIN that does not advance the sequence number: a repeat, or late.
  private static func judgeRepeatedData(
    _ segment: SegmentView, _ sender: SequenceAnalysisRecord,
    _ receiver: SequenceAnalysisRecord, _ initial: InitialRoundTrip
  ) -> SegmentVerdict {
    let sequence = segment.sequence
    let length = segment.payloadLength
    // Data right after a one-byte probe is new, though it begins where the probe began.
    let followsProbe = length > 1 && sender.nextSequence - 1 == sequence
    let isBehind =
      sender.nextSequence.rawValue != 0 && sequence.isBefore(sender.nextSequence) && !followsProbe

    if length > 0, receiver.lastACK.rawValue != 0,
      (sequence + length).isAtOrBefore(receiver.lastACK)
    {
      return SegmentVerdict.spuriousRetransmission.union(.retransmission)
    }
    guard isBehind else { return SegmentVerdict() }
    // Differences are taken as unsigned, as Wireshark does: an earlier time counts as very late.
    let sinceACK = UInt64(bitPattern: segment.time.since(receiver.lastSegmentTime))
    // So is the number of duplicate ACKs: after an ACK of what was not captured it counts as enough.
    if UInt32(bitPattern: receiver.duplicateACKs) >= 2, receiver.lastACK == sequence,
      sinceACK < fastRetransmissionLimit
    {
      return SegmentVerdict.fastRetransmission.union(.retransmission)
    }
    let sinceNext = UInt64(bitPattern: segment.time.since(sender.nextSequenceTime))
    let limit =
      initial.value == 0 ? defaultReorderingLimit : UInt64(bitPattern: initial.value)
    let virtual: UInt32 = segment.flags.isDisjoint(with: .numbered) ? 0 : 1
    if sinceNext < limit, sender.nextSequence != sequence + length + virtual {
      return .outOfOrder
    }
    return .retransmission
  }

  @inline(__always)
  private static func remember(
    _ segment: SegmentView, _ verdict: SegmentVerdict, _ hasSpace: Bool,
    _ sender: inout SequenceAnalysisRecord
  ) {
    let isProbe = verdict.contains(.zeroWindowProbe)
    let virtual: UInt32 = segment.flags.isDisjoint(with: .numbered) ? 0 : 1
    let next = segment.sequence + segment.payloadLength + virtual
    if !isProbe {
      if sender.nextSequence.isBefore(next) || sender.nextSequence.rawValue == 0 {
        sender.nextSequence = next
        sender.nextSequenceTime = segment.time
      }
      if segment.sequence == sender.maxToBeAcked || sender.maxToBeAcked.rawValue == 0 {
        sender.maxToBeAcked = sender.nextSequence
      }
    }
    sender.window = UInt32(segment.window)
    sender.lastACK = segment.acknowledgment
    sender.lastSegmentTime = segment.time
    sender.bits.remove(.lastWasProbe)
    if verdict.contains(.keepAlive) { sender.bits.insert(.lastWasKeepAlive) }
    if isProbe { sender.bits.insert(.lastWasZeroWindowProbe) }
  }

  /// What Wireshark notes after its judgement: the window scale and the initial round trip.
  @inline(__always)
  static func noteHandshake(
    _ segment: SegmentView, sender: inout SequenceAnalysisRecord,
    receiver: inout SequenceAnalysisRecord, initial: inout InitialRoundTrip
  ) {
    let flags = segment.flags
    if flags.contains(.syn) {
      if !flags.contains(.ack) { initial.latestSYN = segment.time }
      sender.bits.insert(.awaitsFirstACK)
    } else if flags.contains(.ack) {
      initial.note(segment)
      sender.bits.remove(.awaitsFirstACK)
    }
    noteWindowScale(segment, sender: &sender, receiver: &receiver)
  }

  @inline(__always)
  static func noteWindowScale(
    _ segment: SegmentView, sender: inout SequenceAnalysisRecord,
    receiver: inout SequenceAnalysisRecord
  ) {
    let flags = segment.flags
    if segment.options.kinds.contains(.windowScale) {
      sender.windowScale = Int8(min(segment.options.windowScale, 14))
    }
    if flags.contains(.syn) {
      let unused = SequenceAnalysisRecord.WindowScale.unused
      if sender.windowScale == SequenceAnalysisRecord.WindowScale.unknown {
        // What the capture cut off may have been the offer.
        if segment.options.kinds.contains(.cut) { return }
        sender.windowScale = unused
        receiver.windowScale = unused
      } else if flags.contains(.ack), receiver.windowScale == unused {
        sender.windowScale = unused
      }
    }
  }
}
