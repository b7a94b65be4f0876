import TCPModel

// RSTs, and what a challenge ACK says of them, as `EndpointStates` describes it.

extension ConnectionRecord {
  private enum Acceptance {
    case exact, inWindow, foreign
  }

  mutating func moveByRST(_ moment: Moment, _ sink: inout Sink) {
    let sender = moment.sender
    let now = moment.now
    sink.verdict.insert(.reset)
    if teardown.rstFrame == 0 {
      teardown.rstTTL = moment.segment.ttl
      teardown.rstAcknowledges = bytesAcknowledged(by: moment.segment)
      if showsMore(moment.segment) { bits.insert(.opensUnseen) }
    }
    if bits.contains(.rstIsSuspect), teardown.doubtfulRST.isSet {
      // One of several that were forged together.
      if sender == teardown.doubtfulRSTSender, isSuspect(moment) { return }
      settleDoubtfulRST(moment.clock, &sink)
    }
    if self[sender.other].state == .closed {
      // More RSTs for what was still under way.
      if self[sender].state != .closed {
        settleACK(sender, &sink)
        enter(.closed, sender, now, .observed, &sink)
      }
      return
    }
    switch acceptance(of: moment.segment) {
    case .exact:
      if isSuspect(moment) {
        bits.insert(.rstIsSuspect)
        doubt(now, from: sender)
        noteRST(now, from: sender)
      } else {
        accept(now, moment.clock, from: sender, &sink)
      }
    case .inWindow:
      sink.verdict.insert(.unacceptableRST)
      self[sender.other].bits.insert(.owesChallenge)
      doubt(now, from: sender)
    case .foreign:
      sink.verdict.insert(.unacceptableRST)
      noteRefusal(moment)
    }
  }

  /// The RST ends nothing, or nobody knows yet whether it does.
  func mayGoOn(afterRST verdict: SegmentVerdict) -> Bool {
    verdict.contains(.unacceptableRST) || teardown.doubtfulRST.isSet
  }

  /// Whether a segment came another way than its sender's others. That is no proof: kernels send RSTs with
  /// a time to live of their own.
  private func isSuspect(_ moment: Moment) -> Bool {
    self[moment.sender].origin(ofRST: moment.segment.ttl) != .host
  }

  /// What of the target's data the RST is the first to acknowledge.
  private func bytesAcknowledged(by reset: SegmentView) -> UInt32 {
    let sent = self[reset.from.other].coverage
    guard reset.flags.contains(.ack), sent.isAcked,
      reset.acknowledgment.isAtOrBefore(sent.highest)
    else { return 0 }
    return UInt32(max(0, sent.acked.distance(to: reset.acknowledgment)))
  }

  private mutating func doubt(_ now: Instant, from sender: End) {
    guard !teardown.doubtfulRST.isSet else { return }
    teardown.doubtfulRST = now
    teardown.doubtfulRSTSender = sender
    teardown.targetWentOn = false
  }

  private mutating func noteRST(_ now: Instant, from sender: End) {
    guard teardown.rstFrame == 0 else { return }
    teardown.rstFrame = now.frame
    teardown.rstSender = sender
  }

  /// An RST without ACK answers a SYN, as old firewalls do: it moves no client (RFC 9293 3.10.7.3), but
  /// somebody refused.
  private mutating func noteRefusal(_ moment: Moment) {
    let sender = moment.sender
    guard self[sender].state == .listen, self[sender.other].state == .synSent,
      self[sender.other].bits.contains(.synSent), !moment.segment.flags.contains(.ack),
      !answersACK(moment.segment)
    else { return }
    bits.insert(.refused)
    noteRST(moment.now, from: sender)
  }

  /// An RST without ACK that has the number which its target acknowledged beside the SYN answers that segment,
  /// not the SYN (RFC 9293 3.10.7.1). Who answers a SYN so has no number to give.
  private func answersACK(_ reset: SegmentView) -> Bool {
    let own = self[reset.from].coverage
    return own.isAcked && (reset.sequence.rawValue != 0 || own.acked == reset.sequence)
  }

  /// The RST that is doubtful counts: its target falls silent, or says so by an RST of its own. Whoever
  /// goes on after an RST in its name did not send it.
  mutating func settleDoubtfulRST(_ clock: Instant, _ sink: inout Sink) {
    let reset = teardown.doubtfulRST
    let sender = teardown.doubtfulRSTSender
    guard reset.isSet else { return }
    teardown.doubtfulRST = .none
    guard bits.contains(.rstIsForged) else {
      accept(reset, clock, from: sender, &sink)
      return
    }
    bits.insert(.reset)
    noteStart(reset, from: sender)
    beginTeardown(clock, &sink)
    closeByReset(sender.other, reset, &sink)
  }

  /// An RST is there, and here comes a segment that is none.
  mutating func noteAfterRST(_ moment: Moment) {
    guard teardown.doubtfulRST.isSet else { return }
    let isTarget = moment.sender != teardown.doubtfulRSTSender
    guard bits.contains(.rstIsSuspect) else {
      if isTarget { teardown.doubtfulRST = .none }
      return
    }
    if isTarget {
      teardown.targetWentOn = true
    } else if !isSuspect(moment) {
      noteGoingOn(moment)
    }
    if teardown.targetWentOn, bits.contains(.rstIsForged) { teardown.doubtfulRST = .none }
  }

  /// - Parameter clock: When it was captured, but never before another segment.
  mutating func accept(
    _ now: Instant, _ clock: Instant, from sender: End, _ sink: inout Sink
  ) {
    if self[sender].state == .listen, self[sender.other].state == .synSent { bits.insert(.refused) }
    bits.insert(.reset)
    isOver = true
    noteRST(now, from: sender)
    noteStart(now, from: sender)
    teardown.end = now.at
    beginTeardown(clock, &sink)
    settleACK(sender, &sink)
    rememberBeforeReset(sender)
    if self[sender].state != .closed {
      enter(.closed, sender, now, .observed, &sink)
    }
    closeByReset(sender.other, now, &sink)
  }

  /// What an end was and had sent, in case the RST turns out to be another host's. After one that did, the next
  /// one counts.
  private mutating func rememberBeforeReset(_ end: End) {
    switch self[end].state {
    case .established, .finWait1, .finWait2, .closeWait, .closing, .lastACK:
      self[end].stateBeforeReset = bits.contains(.rstIsForged) ? .closed : self[end].state
      self[end].sentBeforeReset = self[end].coverage.highest
    case .closed, .listen, .synSent, .synReceived, .timeWait:
      self[end].stateBeforeReset = .closed
    }
  }

  /// An RST closed both ends, and here comes a segment that is none. Whoever goes on with what was sent
  /// before it, or acknowledges what was sent after it, still has the connection: the one in whose name the
  /// RST came did not send it, its target did not get it or threw it away.
  mutating func noteAfterReset(_ moment: Moment) {
    let sender = moment.sender
    let before = self[sender].stateBeforeReset
    let elapsed = moment.now.at &- teardown.end
    guard self[sender].state == .closed, before != .closed,
      elapsed > CaptureInfo.StepBack.jitter
    else { return }
    let segment = moment.segment
    let acknowledgesLater =
      segment.flags.contains(.ack)
      && self[sender.other].sentBeforeReset.isBefore(segment.acknowledgment)
      && segment.acknowledgment.isAtOrBefore(self[sender.other].coverage.highest)
    let sendsMore =
      segment.payloadLength > 0 && segment.sequence.isAtOrBefore(self[sender].sentBeforeReset)
      && self[sender].sentBeforeReset.isBefore(segment.sequence + segment.payloadLength)
    if sender == teardown.rstSender {
      guard acknowledgesLater || sendsMore else { return }
      noteGoingOn(moment)
      self[sender].state = before
    } else if bits.contains(.rstIsForged), self[sender.other].state != .closed,
      // What was under way when the RST reached it is no sign of life.
      acknowledgesLater || sendsMore && elapsed >= ConnectionRecord.longestWay
    {
      self[sender].state = before
      takeResetBack()
    }
  }

  /// The end in whose name the RST came did not send it.
  private mutating func noteGoingOn(_ moment: Moment) {
    if !bits.contains(.rstIsForged) {
      teardown.goesOnAfter = UInt32(clamping: moment.now.frame &- teardown.rstFrame)
    }
    bits.insert(.rstIsForged)
  }

  /// No way there and back takes longer.
  private static let longestWay: Nanoseconds = 1_000_000_000

  private mutating func takeResetBack() {
    bits.remove(.reset)
    isOver = false
    guard teardown.startFrame == teardown.rstFrame else { return }
    teardown.start = .min
    teardown.startFrame = 0
    teardown.end = .min
    resumeExchanges()
  }

  private mutating func noteStart(_ now: Instant, from sender: End) {
    guard teardown.start == .min else { return }
    teardown.start = now.at
    teardown.startFrame = now.frame
    teardown.end = now.at
    teardown.initiator = sender
  }

  /// The target of an RST.
  private mutating func closeByReset(_ end: End, _ now: Instant, _ sink: inout Sink) {
    settleACK(end, &sink)
    settlePendingFIN(end, &sink)
    rememberBeforeReset(end)
    switch self[end].state {
    case .closed, .listen:
      break
    case .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing,
      .lastACK, .timeWait:
      enter(.closed, end, now, .inferred, &sink)
    }
  }

  /// As much may lie between, not captured.
  private static let farthestReset: UInt32 = 1 << 24

  private func acceptance(of segment: SegmentView) -> Acceptance {
    let sender = self[segment.from]
    let receiver = self[segment.from.other]
    switch receiver.state {
    case .synSent:
      // RFC 9293 3.10.7.3: in SYN_SENT only an acknowledgment of the SYN makes an RST acceptable.
      // Nothing that lies apart from it was sent with it.
      let isOfSYN =
        segment.acknowledgment == receiver.isn + 1
        || receiver.coverage.holes == 0
          && coversSYN(of: segment.from.other, segment.acknowledgment)
      return segment.flags.contains(.ack) && isOfSYN ? .exact : .foreign
    case .listen:
      // The opener gives up, or tells a peer that knows another connection.
      return sender.state == .synSent && segment.sequence == sender.isn + 1 ? .exact : .foreign
    case .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastACK,
      .timeWait, .closed:
      break
    }
    if sender.coverage.isAcked, segment.sequence == sender.coverage.acked { return .exact }
    if segment.sequence == sender.coverage.highest || !sender.coverage.isStarted { return .exact }
    guard sender.coverage.isAcked else {
      // Nothing tells what its target expects; but so far from what its sender sent it is nobody's.
      let distance = sender.coverage.highest.distance(to: segment.sequence)
      return distance.magnitude <= ConnectionRecord.farthestReset ? .exact : .foreign
    }
    let beyond = sender.coverage.acked.distance(to: segment.sequence)
    return beyond >= 0 && UInt32(beyond) <= max(receiver.maxWindow, 65_535) ? .inWindow : .foreign
  }

  mutating func noteChallenge(_ moment: Moment, wasListening: Bool, _ sink: inout Sink) {
    let segment = moment.segment
    let sender = moment.sender
    if self[sender].bits.contains(.owesChallenge) {
      self[sender].bits.remove(.owesChallenge)
      let isBare = segment.payloadLength == 0 && segment.flags == .ack
      // One that acknowledges the SYN answers it.
      if isBare, !wasListening || !coversSYN(of: sender.other, segment.acknowledgment) {
        sink.verdict.insert(.challengeACK)
        return
      }
    }
    noteAfterRST(moment)
  }
}
