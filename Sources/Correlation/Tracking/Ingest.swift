import TCPModel

// What one segment does to one connection. This is the hot loop's body: no allocation, no
// reference, no existential; everything is in the record, the hole pool and the journal.

extension ConnectionRecord {
  mutating func ingest(_ segment: SegmentView, _ sink: inout Sink, _ pool: inout HolePool) {
    if segment.time < latest {
      sink.verdict.insert(.clockBackwards)
      bits.insert(.clockBackwards)
    } else {
      latest = segment.time
    }
    lastFrame = segment.frame
    if segment.flags.contains(.syn) {
      let earlier: EndpointRecord.Bits =
        segment.flags.contains(.ack) ? .anySYNSent : .synSent
      if low.bits.union(high.bits).isDisjoint(with: earlier) { firstSYNSender = segment.from }
    }
    var initial = initial
    let step = withEndpoints(from: segment.from) { sender, receiver in
      SegmentStep(segment, &sender, &receiver, &initial, &pool)
    }
    self.initial = initial
    if segment.flags.contains(.syn) { client = role.client }
    sink.verdict.formUnion(step.verdict)
    if segment.isHeaderDamaged {
      sink.verdict.insert(.headerDamaged)
      return
    }
    zeek.note(segment, gaps: step.gaps)
    if step.isCopy {
      sink.verdict.insert(.duplicateFrame)
      return
    }
    if step.addition.repeatedBytes > 0 || step.addition.fillsHole {
      judgeRepeat(segment, step, pool.doubtful, &sink.verdict)
    }
    let moment = Moment(segment, start: start, latest: latest)
    if segment.payloadLength > 0, step.addition.newBytes > 0,
      sink.verdict.isDisjoint(with: .probe)
    {
      if self[segment.from].firstPayload == .min {
        self[segment.from].firstPayload = moment.now.at
      }
      if exchange(fromClient: segment.from == client, moment.clock, &sink) {
        sink.verdict.insert(.opensExchange)
      }
    }
    moveStates(moment, &sink)
    self[segment.from].bits.insert(.spoke)
  }
}

/// What a segment does to the two endpoints before anything is concluded: totals, Wireshark's
/// analysis, sequence space, round trips.
struct SegmentStep: BitwiseCopyable {
  var verdict = SegmentVerdict()
  var addition = Coverage.Addition()
  /// Holes in the receiver's space that the segment's acknowledgment passes over.
  var gaps: UInt32 = 0
  /// The same frame was captured before.
  var isCopy = false
  /// Its sender had sent something later, which was captured before.
  var isOutdated = false

  @inline(__always)
  init(
    _ segment: SegmentView, _ sender: inout EndpointRecord, _ receiver: inout EndpointRecord,
    _ initial: inout InitialRoundTrip, _ pool: inout HolePool
  ) {
    // Before the analysis, which takes the time of the segment before this one.
    isCopy = !segment.isHeaderDamaged && sender.isCopy(segment)
    count(segment, &sender)
    if segment.isHeaderDamaged { return }
    analyse(segment, &sender, &receiver, &initial)
    gaps = receiver.coverage.gaps(passedBy: segment, pool)
    if isCopy || segment.flags.contains(.rst) { return }
    addition = sender.coverage.add(segment, &pool)
    if addition.advances { sender.roundTrip.sent(segment) }
    if addition.repeatedBytes > 0 {
      sender.roundTrip.sentAgain(segment)
      isOutdated = sender.hasSentAfter(segment)
    }
    sender.noteSending(segment)
    if segment.flags.contains(.ack) {
      receiver.coverage.acknowledge(segment.acknowledgment)
      receiver.roundTrip.acknowledged(segment)
      if receiver.coverage.holes != 0 {
        receiver.coverage.noteReport(
          of: segment, isDuplicateACK: verdict.contains(.duplicateACK), &pool)
      }
    }
  }

  /// Every captured segment counts, copies too.
  @inline(__always)
  private mutating func count(_ segment: SegmentView, _ sender: inout EndpointRecord) {
    sender.segments &+= 1
    sender.ipBytes &+= Int64(segment.ipLength)
    sender.payloadBytes &+= Int64(segment.payloadLength)
    let flags = segment.flags
    if flags.isDisjoint(with: .control) { return }
    if flags.contains(.syn) {
      sender.synSegments &+= 1
      verdict.formUnion(SegmentStep.noteSYN(segment, &sender))
    }
    if flags.contains(.fin) { sender.finSegments &+= 1 }
    if flags.contains(.rst) { sender.rstSegments &+= 1 }
  }

  @inline(__always)
  private mutating func analyse(
    _ segment: SegmentView, _ sender: inout EndpointRecord, _ receiver: inout EndpointRecord,
    _ initial: inout InitialRoundTrip
  ) {
    if sender.analysis.window == 0, segment.window != 0 { verdict.insert(.windowOpens) }
    if sender.segments == 1 { sender.ttl = segment.ttl }
    if receiver.segments == 0 {
      let step = sender.analysis.lastACK.distance(to: segment.acknowledgment)
      sender.acknowledgmentStep = step == 0 ? .none : step == 1 ? .one : .other
    }
    SequenceAnalysis.noteBase(segment, &sender.analysis, &receiver.analysis)
    if segment.isHeaderCut {
      sender.analysis.lastSegmentTime = segment.time
    } else {
      verdict.formUnion(
        SequenceAnalysis.judge(
          segment, sender: &sender.analysis, receiver: &receiver.analysis, initial: initial))
    }
    SequenceAnalysis.noteHandshake(
      segment, sender: &sender.analysis, receiver: &receiver.analysis, initial: &initial)
    let shift = segment.flags.contains(.syn) ? 0 : sender.analysis.shift
    sender.maxWindow = max(sender.maxWindow, UInt32(segment.window) &<< shift)
  }

  private static func noteSYN(
    _ segment: SegmentView, _ sender: inout EndpointRecord
  ) -> SegmentVerdict {
    let isBaseKnown = sender.analysis.bits.contains(.baseKnown)
    if sender.bits.isDisjoint(with: .anySYNSent) {
      sender.isn = segment.sequence
      sender.noteOffer(segment)
      // A forged segment before the true SYN must not decide where the sequence space begins.
      if sender.coverage.isStarted,
        abs(Int64(sender.coverage.first.distance(to: segment.sequence))) > 1 << 20
      {
        sender.coverage.isStarted = false
        sender.coverage.isAcked = false
      }
    }
    var verdict = SegmentVerdict()
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
}

// MARK: Our own judgement

extension ConnectionRecord {
  private mutating func judgeRepeat(
    _ segment: SegmentView, _ step: SegmentStep, _ hole: Hole?, _ verdict: inout SegmentVerdict
  ) {
    let addition = step.addition
    if !verdict.isDisjoint(with: .probe) { return }
    let sender = segment.from
    if step.isOutdated {
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
    } else if addition.isAmbiguous, let hole {
      judgeByTimes(segment, hole, &verdict)
    }
    guard verdict.contains(.resent) else { return }
    let isOnlyInPart = addition.repeatedBytes > 0 && !addition.isLateCopy
    let sent = isOnlyInPart ? addition.repeatedBytes : segment.payloadLength
    self[sender].coverage.retransmittedBytes &+= Int64(min(sent, segment.payloadLength))
    self[sender].coverage.retransmittedSegments &+= segmentsOnTheWire(segment)
  }

  /// The ACKs of the other direction are the last witness of a segment that fills a hole.
  private func judgeByTimes(
    _ segment: SegmentView, _ hole: Hole, _ verdict: inout SegmentVerdict
  ) {
    let receiver = self[segment.from.other]
    let isWitnessed = receiver.segments > receiver.rstSegments
    switch isWitnessed
      ? hole.wasSentAgain(segment, senderRoundTrip: receiver.roundTrip.min) : nil
    {
    case true: verdict.insert(.resent)
    case false: break
    case nil:
      if !verdict.isDisjoint(with: [.retransmission, .outOfOrder]) { verdict.insert(.ambiguous) }
    }
  }

  /// A super-segment (TSO) stands for as many segments as the kernel counts.
  private func segmentsOnTheWire(_ segment: SegmentView) -> UInt32 {
    let offered = self[segment.from.other].mss
    let options: UInt16 = segment.options.kinds.contains(.timestamps) ? 12 : 0
    guard offered > options, segment.payloadLength > UInt32(offered - options) else { return 1 }
    let size = UInt32(offered - options)
    return (segment.payloadLength &+ size &- 1) / size
  }

  // MARK: Roles

  /// The active opener. Without a SYN or SYN/ACK a guess from the ports.
  @inline(__always)
  var role: (client: End, basis: RoleBasis) {
    // Of two SYNs that cross, the first one's sender.
    let lowOpened = low.bits.contains(.synSent)
    let highOpened = high.bits.contains(.synSent)
    if lowOpened, highOpened { return (firstSYNSender, .syn) }
    if lowOpened { return (.low, .syn) }
    if highOpened { return (.high, .syn) }
    let lowAnswered = low.bits.contains(.synACKSent)
    let highAnswered = high.bits.contains(.synACKSent)
    if lowAnswered, highAnswered { return (firstSYNSender.other, .synAck) }
    if lowAnswered { return (.high, .synAck) }
    if highAnswered { return (.low, .synAck) }
    let lowPort = key.low.port
    let highPort = key.high.port
    if lowPort != highPort { return (lowPort > highPort ? .low : .high, .port) }
    return (firstSender, .firstSegment)
  }
}

extension UInt16 {
  func addingClamped(_ value: UInt16) -> UInt16 {
    let (sum, overflow) = addingReportingOverflow(value)
    return overflow ? .max : sum
  }
}

// MARK: Copies of a frame

extension EndpointRecord {
  /// What its first SYN or SYN/ACK offers.
  @inline(__always)
  mutating func noteOffer(_ segment: SegmentView) {
    offered = segment.options.kinds
    mss = segment.options.mss
    windowShift = segment.options.windowScale
  }

  /// The same frame again: a mirror port, several interfaces, a network that duplicates.
  ///
  /// The kernel gives a segment sent again another IP identification or time stamp. Where there
  /// are neither, or one host's identifications are all the same, only copies closer than any
  /// retransmission are believed.
  @inline(__always)
  mutating func isCopy(_ segment: SegmentView) -> Bool {
    let print = EndpointRecord.fingerprint(segment)
    if print == recent[0] || print == recent[1] || print == recent[2] || print == recent[3],
      isClose(segment)
    {
      return true
    }
    recent[Int(segments & 3)] = print
    return false
  }

  private func isClose(_ segment: SegmentView) -> Bool {
    let age = segment.time.since(analysis.lastSegmentTime)
    let limit: Nanoseconds
    if segment.ipIdentification != 0, bits.contains(.identificationVaries) {
      limit = 1_000_000_000
    } else if segment.flags.intersection(.synACK) == .syn
      || segment.options.kinds.contains(.timestamps)
    {
      limit = 5_000_000
    } else if segment.flags.contains(.rst) {
      // One for each segment that still arrives; they are all the same.
      return false
    } else {
      limit = 100_000
    }
    return age >= -limit && age <= limit
  }

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
