import TCPModel

// What one segment does to one connection. This is the hot loop's body: no allocation, no
// reference, no existential; everything is in the record, the hole pool and the journal.

extension ConnectionRecord {
  mutating func ingest(
    _ segment: Segment, _ log: PhaseLog, _ journal: inout Journal, _ pool: inout HolePool
  ) -> SegmentVerdict {
    let at = segment.time.since(start)
    let now = Instant(at: at, frame: segment.frame)
    var verdict: SegmentVerdict = []
    if segment.time < latest {
      verdict.insert(.clockBackwards)
      bits.insert(.clockBackwards)
    } else {
      latest = segment.time
    }
    lastFrame = segment.frame
    let opensAnew =
      segment.flags.contains(.syn)
      && low.bits.union(high.bits).isDisjoint(with: .synSent)
    if opensAnew { lowSYNCameFirst = segment.isFromLow }
    if segment.isFromLow {
      verdict.formUnion(
        ConnectionRecord.count(segment, sender: &low, receiver: &high, initial: &initial))
    } else {
      verdict.formUnion(
        ConnectionRecord.count(segment, sender: &high, receiver: &low, initial: &initial))
    }
    if opensAnew || low.segments &+ high.segments == 1 { clientIsLow = role.isLow }
    if segment.isHeaderDamaged { return verdict.union(.headerDamaged) }
    zeek.note(segment, gaps: self[!segment.isFromLow].coverage.gaps(passedBy: segment, pool))
    if isCopy(segment) { return verdict.union(.duplicateFrame) }
    cover(segment, now, log, &verdict, &journal, &pool)
    verdict.formUnion(moveStates(segment, now, log, &journal))
    if segment.isFromLow { low.bits.insert(.spoke) } else { high.bits.insert(.spoke) }
    return verdict
  }

  /// Totals and Wireshark's analysis: every captured segment counts.
  @inline(__always)
  private static func count(
    _ segment: Segment, sender: inout EndpointRecord, receiver: inout EndpointRecord,
    initial: inout InitialRoundTrip
  ) -> SegmentVerdict {
    sender.segments &+= 1
    sender.ipBytes &+= Int64(segment.ipLength)
    sender.payloadBytes &+= Int64(segment.payloadLength)
    var verdict: SegmentVerdict = []
    let flags = segment.flags
    if !flags.isDisjoint(with: [.syn, .fin, .rst]) {
      if flags.contains(.syn) {
        sender.synSegments &+= 1
        verdict.formUnion(noteSYN(segment, &sender))
      }
      if flags.contains(.fin) { sender.finSegments &+= 1 }
      if flags.contains(.rst) {
        sender.rstSegments &+= 1
        sender.bits.insert(.rstSent)
      }
    }
    if segment.isHeaderDamaged { return verdict }
    if sender.analysis.window == 0, segment.window != 0 { verdict.insert(.windowOpens) }
    if sender.segments == 1 { sender.ttl = segment.ttl }
    sender.acknowledgmentStep = sender.analysis.lastACK.distance(to: segment.acknowledgment)
    SequenceAnalysis.noteBase(segment, &sender.analysis, &receiver.analysis)
    verdict.formUnion(
      SequenceAnalysis.judge(
        segment, sender: &sender.analysis, receiver: &receiver.analysis, initial: initial))
    SequenceAnalysis.noteHandshake(
      segment, sender: &sender.analysis, receiver: &receiver.analysis, initial: &initial)
    let shift = sender.analysis.windowScale
    let isScaled = shift > 0 && !flags.contains(.syn)
    sender.maxWindow = max(
      sender.maxWindow, UInt32(segment.window) &<< UInt32(isScaled ? shift : 0))
    return verdict
  }

  private static func noteSYN(
    _ segment: Segment, _ sender: inout EndpointRecord
  ) -> SegmentVerdict {
    let isBaseKnown = sender.analysis.bits.contains(.baseKnown)
    if sender.bits.isDisjoint(with: [.synSent, .synACKSent]) {
      sender.isn = segment.sequence
      sender.offered = segment.options.kinds
      sender.mss = segment.options.mss
      sender.windowShift = segment.options.windowScale
      // A forged segment before the true SYN must not decide where the sequence space begins.
      if sender.coverage.isStarted,
        abs(Int64(sender.coverage.first.distance(to: segment.sequence))) > 1 << 20
      {
        sender.coverage.isStarted = false
        sender.coverage.isAcked = false
      }
    }
    var verdict: SegmentVerdict = []
    if segment.flags.contains(.ack) {
      if sender.bits.contains(.synACKSent) { sender.bits.insert(.synACKRepeated) }
      sender.bits.insert(.synACKSent)
      if isBaseKnown, segment.sequence != sender.analysis.baseSequence {
        sender.analysis.baseSequence = segment.sequence
        verdict.insert(.portReused)
      }
    } else {
      sender.bits.insert(.synSent)
      if isBaseKnown, segment.sequence == sender.analysis.baseSequence {
        SequenceAnalysis.restoreForRepeatedSYN(&sender.analysis)
      }
    }
    return verdict
  }

  // MARK: Our own judgement

  private mutating func cover(
    _ segment: Segment, _ now: Instant, _ log: PhaseLog,
    _ verdict: inout SegmentVerdict, _ journal: inout Journal, _ pool: inout HolePool
  ) {
    if segment.flags.contains(.rst) { return }
    let addition: Coverage.Addition
    if segment.isFromLow {
      addition = ConnectionRecord.cover(segment, sender: &low, receiver: &high, &pool)
    } else {
      addition = ConnectionRecord.cover(segment, sender: &high, receiver: &low, &pool)
    }
    if addition.repeatedBytes > 0 || addition.fillsHole {
      judgeRepeat(segment, addition, &verdict)
    }
    if segment.isFromLow { low.noteSending(segment) } else { high.noteSending(segment) }
    if segment.payloadLength > 0, addition.newBytes > 0,
      verdict.isDisjoint(with: [.keepAlive, .zeroWindowProbe])
    {
      if self[segment.isFromLow].firstPayload == .min {
        self[segment.isFromLow].firstPayload = now.at
      }
      if exchange(fromClient: segment.isFromLow == clientIsLow, now, log, &journal) {
        verdict.insert(.opensExchange)
      }
    }
  }

  @inline(__always)
  private static func cover(
    _ segment: Segment, sender: inout EndpointRecord, receiver: inout EndpointRecord,
    _ pool: inout HolePool
  ) -> Coverage.Addition {
    let addition = sender.coverage.add(segment, &pool)
    if addition.advances { sender.roundTrip.sent(segment) }
    if addition.repeatedBytes > 0 { sender.roundTrip.sentAgain(segment) }
    if segment.flags.contains(.ack) {
      receiver.coverage.acknowledge(segment.acknowledgment)
      receiver.roundTrip.acknowledged(segment)
    }
    return addition
  }

  private mutating func judgeRepeat(
    _ segment: Segment, _ addition: Coverage.Addition, _ verdict: inout SegmentVerdict
  ) {
    if !verdict.isDisjoint(with: [.keepAlive, .zeroWindowProbe]) { return }
    let sender = segment.isFromLow
    if addition.repeatedBytes > 0, self[sender].hasSentAfter(segment) {
      verdict.insert(.duplicateFrame)
      return
    }
    if segment.flags.contains(.syn) {
      if segment.flags.contains(.ack) {
        // The crossing SYN/ACK of a simultaneous open repeats the number, not the segment.
        if !self[sender].bits.contains(.synACKRepeated) { return }
        handshake.synACKRetransmissions = handshake.synACKRetransmissions.addingClamped(1)
        verdict.insert([.synACKRetransmission, .resent])
      } else {
        handshake.synRetransmissions = handshake.synRetransmissions.addingClamped(1)
        verdict.insert([.synRetransmission, .resent])
      }
    } else if addition.repeatedBytes > 0 || addition.isLateCopy {
      verdict.insert(.resent)
    } else if addition.isAmbiguous,
      !verdict.isDisjoint(with: [.retransmission, .outOfOrder])
    {
      verdict.insert(.ambiguous)
    }
    guard verdict.contains(.resent) else { return }
    let sent = addition.isLateCopy ? addition.newBytes : addition.repeatedBytes
    self[sender].coverage.retransmittedBytes &+= Int64(min(sent, segment.payloadLength))
    self[sender].coverage.retransmittedSegments &+= segmentsOnTheWire(segment)
  }

  /// A super-segment (TSO) stands for as many segments as the kernel counts.
  private func segmentsOnTheWire(_ segment: Segment) -> UInt32 {
    let offered = self[!segment.isFromLow].mss
    let options: UInt16 = segment.options.kinds.contains(.timestamps) ? 12 : 0
    guard offered > options, segment.payloadLength > UInt32(offered - options) else { return 1 }
    let size = UInt32(offered - options)
    return (segment.payloadLength &+ size &- 1) / size
  }

  // MARK: Copies of a frame

  /// The same frame again: a mirror port, several interfaces, a network that duplicates.
  ///
  /// The kernel gives a segment sent again another IP identification or time stamp. Where there
  /// are neither, only copies closer than any retransmission are believed.
  private mutating func isCopy(_ segment: Segment) -> Bool {
    let print = ConnectionRecord.fingerprint(segment)
    let isLow = segment.isFromLow
    let recent = self[isLow].recent
    var isKnown = false
    for index in recent.indices where recent[index] == print { isKnown = true }
    if isKnown {
      let age = segment.time.since(isLow ? low.lastSeen : high.lastSeen)
      let limit: Nanoseconds
      if segment.ipIdentification != 0 {
        limit = 1_000_000_000
      } else if segment.options.kinds.contains(.timestamps) {
        limit = 5_000_000
      } else {
        limit = 100_000
      }
      if age >= -limit, age <= limit { return true }
    }
    let slot = Int(self[isLow].segments & 3)
    self[isLow].recent[slot] = print
    if isLow { low.lastSeen = segment.time } else { high.lastSeen = segment.time }
    return false
  }

  @inline(__always)
  private static func fingerprint(_ segment: Segment) -> UInt32 {
    var hash =
      UInt64(segment.sequence.rawValue) << 32 | UInt64(segment.acknowledgment.rawValue)
    hash = (hash ^ UInt64(segment.options.timestampValue)) &* 0x9E37_79B9_7F4A_7C15
    let rest =
      UInt64(segment.payloadLength) << 32 | UInt64(segment.window) << 16
      | UInt64(segment.ipIdentification)
    hash = (hash ^ hash >> 29 ^ rest) &* 0xBF58_476D_1CE4_E5B9
    hash ^= UInt64(segment.flags.rawValue) << 40 ^ UInt64(segment.options.timestampEcho)
    if segment.options.sackCount > 0 {
      hash ^= UInt64(segment.options.sack[0].left.rawValue) << 17
      hash ^= UInt64(segment.options.sack[0].right.rawValue)
    }
    return UInt32(truncatingIfNeeded: (hash &* 0x94D0_49BB_1331_11EB) >> 32) | 1
  }

  // MARK: Roles

  /// The active opener. Without a SYN or SYN/ACK a guess from the ports.
  var role: (isLow: Bool, basis: RoleBasis) {
    // Of two SYNs that cross, the first one's sender.
    let lowOpened = low.bits.contains(.synSent)
    let highOpened = high.bits.contains(.synSent)
    if lowOpened, highOpened { return (lowSYNCameFirst, .syn) }
    if lowOpened { return (true, .syn) }
    if highOpened { return (false, .syn) }
    if low.bits.contains(.synACKSent) { return (false, .synAck) }
    if high.bits.contains(.synACKSent) { return (true, .synAck) }
    let lowPort = key.low.port
    let highPort = key.high.port
    if lowPort != highPort { return (lowPort > highPort, .port) }
    return (firstSegmentIsFromLow, .firstSegment)
  }
}

extension UInt16 {
  func addingClamped(_ value: UInt16) -> UInt16 {
    let (sum, overflow) = addingReportingOverflow(value)
    return overflow ? .max : sum
  }
}

extension EndpointRecord {
  @inline(__always)
  mutating func noteSending(_ segment: Segment) {
    if segment.options.kinds.contains(.timestamps),
      Int32(bitPattern: segment.options.timestampValue &- newestTimestamp) > 0 || segments == 1
    {
      newestTimestamp = segment.options.timestampValue
    }
    // Linux sends SYN/ACKs with identification 0: it means nothing.
    if segment.ipIdentification != 0,
      Int16(bitPattern: segment.ipIdentification &- newestIdentification) > 0
        || newestIdentification == 0
    {
      newestIdentification = segment.ipIdentification
    }
  }

  /// Whether something captured before was sent after this segment: then it is no retransmission
  /// but a copy the network made or delayed.
  func hasSentAfter(_ segment: Segment) -> Bool {
    if segment.options.kinds.contains(.timestamps) {
      let step = Int32(bitPattern: segment.options.timestampValue &- newestTimestamp)
      if step != 0 { return step < 0 }
    }
    return segment.ipIdentification != 0 && newestIdentification != 0
      && Int16(bitPattern: segment.ipIdentification &- newestIdentification) <= 0
  }
}
