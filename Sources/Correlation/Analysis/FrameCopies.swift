import TCPModel

// The same frame captured again: a mirror port, several interfaces, both sides of a router, a network
// that duplicates. Which segments are copies is judged against the twin: the age is counted from there.

extension EndpointRecord {
  /// Remembered of a segment, to know it again.
  struct Print: BitwiseCopyable {
    var fingerprint: UInt32 = 0
    /// When it was captured, in units of 4,096 ns, and below that its time to live; the time comes round
    /// after 68 s.
    private var tickAndTTL: UInt32 = 0

    init() {}

    @inline(__always)
    init(_ fingerprint: UInt32, _ segment: SegmentView) {
      self.fingerprint = fingerprint
      tickAndTTL =
        UInt32(truncatingIfNeeded: segment.time.nanoseconds >> 12) << 8 | UInt32(segment.ttl)
    }

    var ttl: UInt8 { UInt8(truncatingIfNeeded: tickAndTTL) }

    /// From another one to this one, in both directions of time.
    func age(since other: Print) -> Nanoseconds {
      let ticks = Int32(bitPattern: (tickAndTTL & ~0xFF) &- (other.tickAndTTL & ~0xFF)) >> 8
      return Nanoseconds(ticks) << 12
    }
  }

  /// The kernel gives a segment sent again another IP identification or time stamp. Where there are
  /// neither, or one host's identifications are all the same, only copies closer to their twin than any
  /// retransmission are believed.
  ///
  /// - Parameter peerHasCopies: Of segments of the peer there were copies.
  @inline(__always)
  mutating func isCopy(_ segment: SegmentView, peerHasCopies: Bool) -> Bool {
    let print = EndpointRecord.fingerprint(segment)
    if print == recent[0].fingerprint || print == recent[1].fingerprint
      || print == recent[2].fingerprint || print == recent[3].fingerprint,
      isCloseToTwin(segment, print, peerHasCopies)
    {
      bits.insert(.hasCopies)
      return true
    }
    remember(segment, print)
    return false
  }

  @inline(__always)
  mutating func remember(_ segment: SegmentView, _ fingerprint: UInt32) {
    recent[Int(segments & 3)] = Print(fingerprint, segment)
  }

  private func isCloseToTwin(
    _ segment: SegmentView, _ print: UInt32, _ peerHasCopies: Bool
  ) -> Bool {
    let now = Print(print, segment)
    for index in 0..<4 where recent[index].fingerprint == print {
      let limit = closeness(segment, to: recent[index], peerHasCopies)
      if abs(now.age(since: recent[index])) <= limit { return true }
    }
    return false
  }

  /// Whether it is the very packet of before, sent again after a time-out; it is remembered itself by now.
  func repeatsTwin(_ segment: SegmentView) -> Bool {
    let now = Print(EndpointRecord.fingerprint(segment), segment)
    for index in 0..<4 where recent[index].fingerprint == now.fingerprint {
      if recent[index].ttl == now.ttl, now.age(since: recent[index]) > EndpointRecord.longestTwin {
        return true
      }
    }
    return false
  }

  private func hasSentSince(_ twin: Print) -> Bool {
    for index in 0..<4 where recent[index].fingerprint != 0 {
      if recent[index].age(since: twin) > 0 { return true }
    }
    return false
  }

  /// How far a copy may be from its twin; negative where nothing but the numbers is the same.
  private func closeness(
    _ segment: SegmentView, to twin: Print, _ peerHasCopies: Bool
  ) -> Nanoseconds {
    if segment.ipIdentification != 0, bits.contains(.identificationVaries) {
      // Hosts and load balancers that keep the packet send it again as it was, after their RTO; what was
      // captured on either side of a router has lived shorter there.
      return segment.ttl == twin.ttl ? EndpointRecord.longestTwin : 1_000_000_000
    }
    // No host repeats a SYN or SYN/ACK sooner: RFC 6298 2.1 asks for a second, and some kernels can be
    // told to wait 200 ms. But one that has met a connection of before resets that and tries again.
    if segment.flags.contains(.syn), !hasSentSince(twin) { return 190_000_000 }
    // One for each segment that still arrives; they are all the same.
    if segment.flags.contains(.rst) { return -1 }
    // Duplicate ACKs (RFC 5681 3.2) are all the same, too.
    let isBare = segment.payloadLength == 0 && !segment.flags.contains(.fin)
    if isBare, !peerHasCopies, !bits.contains(.hasCopies) { return -1 }
    return segment.options.kinds.contains(.timestamps) ? 5_000_000 : 100_000
  }

  /// No retransmission time-out is shorter (RFC 6298 2.4 asks for a second, Linux waits 200 ms), and no
  /// mirror port delays so long.
  private static let longestTwin: Nanoseconds = 150_000_000

  @inline(__always)
  static func fingerprint(_ segment: SegmentView) -> UInt32 {
    let numbers =
      UInt64(segment.sequence.rawValue) << 32 | UInt64(segment.acknowledgment.rawValue)
    let rest =
      UInt64(segment.payloadLength) << 44 | UInt64(segment.flags.rawValue) << 32
      | UInt64(segment.window) << 16 | UInt64(segment.ipIdentification)
    // Never two numbers that may grow alike at the same bits: they would hide each other.
    var hash = numbers &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ hash >> 29 ^ rest) &* 0xBF58_476D_1CE4_E5B9
    hash ^=
      UInt64(segment.options.timestampValue) << 32 | UInt64(segment.options.timestampEcho)
    if segment.options.sackCount > 0 {
      let block = segment.options.sack[0]
      hash &*= 0xD6E8_FEB8_6659_FD93
      hash ^= hash >> 32 ^ UInt64(block.left.rawValue) << 32 ^ UInt64(block.right.rawValue)
    }
    return UInt32(truncatingIfNeeded: (hash &* 0x94D0_49BB_1331_11EB) >> 32) | 1
  }

  @inline(__always)
  mutating func noteSending(_ segment: SegmentView) {
    if segment.options.kinds.contains(.timestamps),
      Int32(bitPattern: segment.options.timestampValue &- newestTimestamp) > 0 || segments == 1
    {
      newestTimestamp = segment.options.timestampValue
    }
    // Linux sends SYN/ACKs with identification 0: it means nothing.
    if segment.ipIdentification != 0, segment.ipIdentification != newestIdentification {
      if newestIdentification != 0 { bits.insert(.identificationVaries) }
      if Int16(bitPattern: segment.ipIdentification &- newestIdentification) > 0
        || newestIdentification == 0
      {
        newestIdentification = segment.ipIdentification
      }
    }
  }

  /// Whether something captured before was sent after this segment: then it is no retransmission
  /// but a copy the network made or delayed.
  func hasSentAfter(_ segment: SegmentView) -> Bool {
    if segment.options.kinds.contains(.timestamps) {
      let step = Int32(bitPattern: segment.options.timestampValue &- newestTimestamp)
      if step != 0 { return step < 0 }
    }
    if segment.ipIdentification == newestIdentification, bits.contains(.identificationVaries),
      segment.ipIdentification != 0, segment.options.kinds.contains(.timestamps)
    {
      // The very packet, captured on two interfaces whose frames were not merged by time.
      return true
    }
    return Identification.order(segment.ipIdentification, after: newestIdentification) == .earlier
  }
}

extension ConnectionRecord {
  /// A frame that was captured twice is known by its fingerprint for a second.
  mutating func forgetCopies(_ now: Timestamp) {
    guard now.since(latest) > 1_000_000_000 else { return }
    withEndpoints(from: .low) { low, high in
      low.recent = InlineArray(repeating: EndpointRecord.Print())
      high.recent = InlineArray(repeating: EndpointRecord.Print())
    }
  }
}
