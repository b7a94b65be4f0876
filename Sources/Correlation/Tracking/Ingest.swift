import TCPModel

// What one segment does to one connection. This is the hot loop's body: no allocation, no
// reference, no existential; everything is in the record, the hole pool and the journal.

extension ConnectionRecord {
  mutating func ingest(_ segment: SegmentView, _ sink: inout Sink, _ pool: inout HolePool) {
    if segment.time < latest {
      if latest.since(segment.time) > CaptureInfo.StepBack.jitter {
        sink.verdict.insert(.clockBackwards)
        bits.insert(.clockBackwards)
      }
      noteEarlier(segment.time.since(start))
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
    if step.gaps > 0 { sink.verdict.insert(.passesGap) }
    zeek.note(segment, gaps: step.gaps)
    if segment.options.sackCount > 0, reportsForeignBytes(segment) {
      sink.verdict.insert(.untranslatedSACK)
    }
    if step.isCopy {
      sink.verdict.insert(.duplicateFrame)
      return
    }
    if step.addition.repeatedBytes > 0 || step.addition.fillsHole {
      judgeRepeat(segment, step, &sink.verdict)
    }
    let moment = Moment(segment, start: start, latest: latest)
    if step.offer != .same { weighOffers(step.offer, moment, &sink.verdict) }
    if step.stalledSince.nanoseconds != .min {
      stall(since: step.stalledSince.since(start), to: moment.clock, &sink)
    }
    if segment.payloadLength > 0, step.addition.newBytes > 0,
      sink.verdict.isDisjoint(with: .probe)
    {
      if self[segment.from].firstPayload == .min {
        self[segment.from].firstPayload = moment.now.at
      }
      let isWhole = sink.verdict.isDisjoint(with: [.ackedUnseen, .previousSegmentLost])
      if exchange(fromClient: segment.from == client, isWhole: isWhole, moment.clock, &sink) {
        sink.verdict.insert(.opensExchange)
      }
    }
    if !step.isForeignAnswer || segment.flags.contains(.rst) { moveStates(moment, &sink) }
    self[segment.from].bits.insert(.spoke)
  }
}

extension ConnectionRecord {
  /// A clock that is more than a day off tells nothing.
  private mutating func noteEarlier(_ at: Nanoseconds) {
    if at < earliest, at > -86_400_000_000_000 { earliest = at }
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
  /// A SYN/ACK that answers another SYN than the receiver's, or one that somebody else has answered: it moves nobody.
  var isForeignAnswer = false
  /// Which of two SYN/ACKs with different numbers it is, or acknowledges.
  var offer = Offer.same
  /// Since when the sender had acknowledged nothing of what was under way, if too long; `.min` if not.
  var stalledSince = Timestamp(nanoseconds: .min)

  /// What a segment has to do with another SYN/ACK than the latest one.
  enum Offer: BitwiseCopyable {
    /// Nothing.
    case same
    /// A SYN/ACK with a number of its own.
    case another
    /// The one before the latest, once more.
    case again
    /// The latest one is acknowledged, or the one before it.
    case settlesLatest, settlesOther
  }

  @inline(__always)
  init(
    _ segment: SegmentView, _ sender: inout EndpointRecord, _ receiver: inout EndpointRecord,
    _ initial: inout InitialRoundTrip, _ pool: inout HolePool
  ) {
    // Before the analysis, which takes the time of the segment before this one.
    isCopy =
      !segment.isHeaderDamaged
      && sender.isCopy(segment, peerHasCopies: receiver.bits.contains(.hasCopies))
    if segment.flags.contains(.syn), segment.flags.contains(.ack) {
      isForeignAnswer = receiver.hasNotSent(segment.acknowledgment)
    }
    count(segment, &sender)
    if segment.isHeaderDamaged { return }
    let heard = sender.analysis.lastSegmentTime
    let window = sender.analysis.window
    let edge = sender.analysis.edge
    analyse(segment, &sender, &receiver, &initial)
    if verdict.contains(.zeroWindow), window != 0 {
      sender.noteClosing(of: edge, usedUntil: receiver.coverage.highest)
    }
    if receiver.bits.contains(.hasOtherOffer), segment.flags.contains(.ack),
      segment.flags.isDisjoint(with: [.syn, .rst])
    {
      offer = receiver.settleOffer(segment.acknowledgment)
    }
    gaps = receiver.coverage.gaps(passedBy: segment, pool)
    if isCopy || segment.flags.contains(.rst) || isForeignAnswer { return }
    addition = sender.coverage.add(segment, &pool)
    if addition.advances { sender.roundTrip.sent(segment) }
    if addition.repeatedBytes > 0 {
      sender.roundTrip.sentAgain(segment)
      isOutdated = sender.hasSentAfter(segment) && !sender.repeatsTwin(segment)
    }
    sender.noteSending(segment)
    if segment.flags.contains(.ack) {
      if segment.time.since(heard) >= RoundTripRecord.leastTimeout, receiver.coverage.isAcked,
        receiver.coverage.acked.isBefore(segment.acknowledgment),
        segment.acknowledgment.isAtOrBefore(receiver.coverage.highest)
      {
        stalledSince =
          receiver.silence(heard: heard, peerWindow: window, until: segment.time)
          ?? Timestamp(nanoseconds: .min)
      }
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
      verdict.formUnion(noteSYN(segment, &sender))
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
    if segment.flags.isDisjoint(with: [.syn, .rst]) { sender.latestTTL = segment.ttl }
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

  private mutating func noteSYN(
    _ segment: SegmentView, _ sender: inout EndpointRecord
  ) -> SegmentVerdict {
    let isBaseKnown = sender.analysis.bits.contains(.baseKnown)
    let isFirst = sender.bits.isDisjoint(with: .anySYNSent)
    if !isForeignAnswer, !isCopy {
      if isFirst {
        sender.begin(segment)
      } else if segment.flags.contains(.ack), segment.sequence != sender.isn {
        if sender.isOfferTaken {
          isForeignAnswer = true
        } else {
          offer = sender.takeOtherOffer(segment)
        }
      }
    }
    var verdict = SegmentVerdict()
    if segment.flags.contains(.ack) {
      if !isForeignAnswer {
        if !isCopy, offer != .another, segment.sequence == sender.isn,
          sender.bits.contains(.synACKSent)
        {
          sender.bits.insert(.synACKRepeated)
        }
        sender.bits.insert(.synACKSent)
      }
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

extension EndpointRecord {
  /// Its window closes, which had this edge before: who could have sent a full segment more had nothing to send.
  fileprivate mutating func noteClosing(of edge: SequenceNumber, usedUntil end: SequenceNumber) {
    let segment = mss == 0 ? 1460 : Int32(mss)
    if end.distance(to: edge) >= segment {
      bits.insert(.closedWithRoom)
    } else {
      bits.remove(.closedWithRoom)
    }
  }

  /// The sequence space begins with this SYN or SYN/ACK.
  fileprivate mutating func begin(_ segment: SegmentView) {
    isn = segment.sequence
    noteOffer(segment)
    // A forged segment before the true SYN must not decide where the sequence space begins; what its sender
    // sent lies behind it.
    let forged = Int64(coverage.first.distance(to: segment.sequence))
    if coverage.isStarted, forged > 0 || forged < -(1 << 20) {
      coverage.isStarted = false
      coverage.isAcked = false
    }
  }

  /// The peer has acknowledged its SYN/ACK: one with another number comes too late.
  fileprivate var isOfferTaken: Bool { coverage.isAcked && isn.isBefore(coverage.acked) }

  /// Another SYN/ACK, with another number to begin with: a load balancer, a SYN proxy or another host
  /// answered too. The one that the peer acknowledges counts; until then the newer one.
  fileprivate mutating func takeOtherOffer(_ segment: SegmentView) -> SegmentStep.Offer {
    guard !bits.contains(.synSent), coverage.holes == 0 else { return .same }
    let isAgain = bits.contains(.hasOtherOffer) && segment.sequence == otherOffer.isn
    otherOffer = Offer(isn: isn, kinds: offered, mss: mss, windowShift: windowShift)
    bits.insert(.hasOtherOffer)
    restart(at: segment.sequence)
    noteOffer(segment)
    return isAgain ? .again : .another
  }

  /// The peer acknowledged a SYN/ACK of this endpoint, which sent two.
  fileprivate mutating func settleOffer(
    _ acknowledgment: SequenceNumber
  ) -> SegmentStep.Offer {
    let isOther = acknowledgment == otherOffer.isn + 1
    guard isOther || acknowledgment == isn + 1 else { return .same }
    bits.remove(.hasOtherOffer)
    guard isOther else { return .settlesLatest }
    offered = otherOffer.kinds
    mss = otherOffer.mss
    windowShift = otherOffer.windowShift
    restart(at: otherOffer.isn)
    coverage.open(at: isn)
    analysis.baseSequence = isn
    return .settlesOther
  }

  private mutating func restart(at sequence: SequenceNumber) {
    isn = sequence
    coverage.isStarted = false
    coverage.isAcked = false
    coverage.uniqueBytes = 0
  }

  /// Whether an acknowledgment of its SYN is of something that it did not send, as far as it was
  /// captured.
  @inline(__always)
  fileprivate func hasNotSent(_ acknowledgment: SequenceNumber) -> Bool {
    guard bits.contains(.synSent), coverage.isStarted else { return false }
    let beyond = isn.distance(to: acknowledgment)
    return beyond <= 0 || coverage.highest.isBefore(acknowledgment)
  }
}

// MARK: Our own judgement

extension ConnectionRecord {
  /// A SACK block beyond everything the other end sent, or before its first byte, by more than any gap in a
  /// capture explains: numbers of another sequence space, as behind a firewall that makes its own initial
  /// sequence numbers and does not translate the blocks.
  private func reportsForeignBytes(_ segment: SegmentView) -> Bool {
    let other = self[segment.from.other]
    guard !other.bits.isDisjoint(with: .anySYNSent), other.coverage.isStarted else { return false }
    for index in 0..<Int(min(segment.options.sackCount, 4)) {
      let beyond = other.coverage.highest.distance(to: segment.options.sack[index].left)
      // A window is at most 2^30; what lies further back may have wrapped round.
      if beyond > 1 << 24 || beyond < -(1 << 30) { return true }
      let sent = other.coverage.first.distance(to: other.coverage.highest)
      if sent >= 0, sent < 1 << 24, beyond < -(sent + 1 << 24) { return true }
    }
    return false
  }
}

extension ConnectionRecord {
  /// Two answered the SYN, each with a number of its own: what one of them sends again is no repeat of the other's.
  private mutating func weighOffers(
    _ offer: SegmentStep.Offer, _ moment: Moment, _ verdict: inout SegmentVerdict
  ) {
    switch offer {
    case .same: break
    case .another: handshake.takeOtherAnswer(moment.now.at)
    case .again:
      handshake.swapAnswers()
      handshake.synACKRetransmissions = handshake.synACKRetransmissions.addingClamped(1)
      self[moment.sender].coverage.retransmittedSegments &+= 1
      verdict.insert([.synACKRetransmission, .resent])
    case .settlesLatest, .settlesOther:
      if offer == .settlesOther { handshake.settleForOther() }
      self[moment.sender.other].coverage.retransmittedSegments &-=
        UInt32(handshake.otherRetransmissions)
      handshake.otherRetransmissions = 0
    }
  }

  private mutating func judgeRepeat(
    _ segment: SegmentView, _ step: SegmentStep, _ verdict: inout SegmentVerdict
  ) {
    let addition = step.addition
    if !verdict.isDisjoint(with: .probe) { return }
    let sender = segment.from
    if step.isOutdated || isCopyInBurst(segment, step) {
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
    } else if let doubt = addition.doubt {
      judgeByTimes(segment, doubt, &verdict)
    }
    guard verdict.contains(.resent) else { return }
    if self[sender].coverage.isAcked, segment.sequence == self[sender].coverage.acked {
      verdict.insert(.resentFirst)
    }
    let isOnlyInPart = addition.repeatedBytes > 0 && !addition.isLateCopy
    let sent = isOnlyInPart ? addition.repeatedBytes : segment.payloadLength
    self[sender].coverage.retransmittedBytes &+= Int64(min(sent, segment.payloadLength))
    self[sender].coverage.retransmittedSegments &+= segmentsOnTheWire(segment)
  }

  /// How many segments were sent again here though an acknowledgment of all they hold had been captured.
  func needlessSegments(_ segment: SegmentView, _ verdict: SegmentVerdict) -> UInt32 {
    let sent = self[segment.from].coverage
    let end = segment.sequence + segment.sequenceLength
    guard verdict.contains(.resent), !segment.flags.contains(.syn), sent.isAcked,
      end.isAtOrBefore(sent.acked)
    else { return 0 }
    return segmentsOnTheWire(segment)
  }

  /// An ACK of these has another reason.
  private static let answersElse: SegmentVerdict = [
    .keepAliveACK, .zeroWindowProbeACK, .challengeACK, .duplicateFrame, .windowUpdate,
  ]

  /// A duplicate ACK though nothing is under way to its sender, and no news of Multipath TCP (RFC 8684 3.3.1).
  func answersOldData(_ segment: SegmentView, _ verdict: SegmentVerdict) -> Bool {
    let sent = self[segment.from.other].coverage
    return verdict.isDisjoint(with: ConnectionRecord.answersElse)
      && segment.options.kinds.isDisjoint(with: [.sack, .multipath])
      && sent.isAcked
      && sent.holes == 0 && sent.acked == sent.highest && segment.acknowledgment == sent.acked
  }

  /// Frames of the connection are captured twice, and something new was sent just before: no time-out is over,
  /// and without a report of a loss nothing else repeats.
  private func isCopyInBurst(_ segment: SegmentView, _ step: SegmentStep) -> Bool {
    let (sender, receiver) = (segment.from, segment.from.other)
    guard self[sender].bits.union(self[receiver].bits).contains(.hasCopies),
      step.addition.repeatedBytes == segment.payloadLength, segment.payloadLength > 0,
      // A copy of an acknowledgment looks like a duplicate one.
      self[receiver].analysis.duplicateACKs <= (self[receiver].bits.contains(.hasCopies) ? 1 : 0)
    else { return false }
    let age = segment.time.since(self[sender].analysis.nextSequenceTime)
    return age < min(1_000_000, self[sender].roundTrip.min / 2)
  }

  /// The ACKs of the other direction are the last witness of a segment that fills a hole.
  private func judgeByTimes(
    _ segment: SegmentView, _ doubt: Hole.Times, _ verdict: inout SegmentVerdict
  ) {
    let receiver = self[segment.from.other]
    let isWitnessed = receiver.segments > receiver.rstSegments
    switch isWitnessed
      ? doubt.wasSentAgain(segment, senderRoundTrip: receiver.roundTrip.min) : nil
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

  /// The active opener. Without a SYN or SYN/ACK who is a server elsewhere is one here too; else a guess
  /// from the ports.
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
    if lowAnswered, highAnswered { return (firstSYNSender.other, .synACK) }
    if lowAnswered { return (.high, .synACK) }
    if highAnswered { return (.low, .synACK) }
    switch bits.intersection([.lowServes, .highServes]) {
    case .lowServes: return (.high, .port)
    case .highServes: return (.low, .port)
    default: break
    }
    if let client = key.clientByPorts { return (client, .port) }
    return (firstSender, .firstSegment)
  }
}

extension UInt16 {
  func addingClamped(_ value: UInt16) -> UInt16 {
    let (sum, overflow) = addingReportingOverflow(value)
    return overflow ? .max : sum
  }
}
