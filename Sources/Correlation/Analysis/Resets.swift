import TCPModel

// RSTs, and what a challenge ACK says of them, as `EndpointStates` describes it.

extension ConnectionRecord {
  private enum Acceptance {
    case exact, inWindow, foreign
  }

  mutating func moveByReset(_ moment: Moment, _ sink: inout Sink) {
    let sender = moment.sender
    let now = moment.now
    sink.verdict.insert(.reset)
    if teardown.resetFrame == 0 { teardown.resetTTL = moment.segment.ttl }
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
      accept(now, moment.clock, from: sender, &sink)
    case .inWindow:
      sink.verdict.insert(.unacceptableReset)
      self[sender.other].bits.insert(.owesChallenge)
      if !teardown.doubtfulReset.isSet {
        teardown.doubtfulReset = now
        teardown.doubtfulResetSender = sender
      }
    case .foreign:
      sink.verdict.insert(.unacceptableReset)
    }
  }

  /// - Parameter clock: When it was captured, but never before another segment.
  mutating func accept(
    _ now: Instant, _ clock: Instant, from sender: End, _ sink: inout Sink
  ) {
    if self[sender].state == .listen, self[sender.other].state == .synSent { bits.insert(.refused) }
    bits.insert(.reset)
    isOver = true
    if teardown.resetFrame == 0 {
      teardown.resetFrame = now.frame
      teardown.resetSender = sender
    }
    if teardown.start == .min {
      teardown.start = now.at
      teardown.startFrame = now.frame
      teardown.initiator = sender
    }
    teardown.end = now.at
    beginTeardown(clock, &sink)
    settleACK(sender, &sink)
    if self[sender].state != .closed {
      enter(.closed, sender, now, .observed, &sink)
    }
    settleACK(sender.other, &sink)
    settlePendingFIN(sender.other, &sink)
    switch self[sender.other].state {
    case .closed, .listen:
      break
    case .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing,
      .lastAck, .timeWait:
      enter(.closed, sender.other, now, .inferred, &sink)
    }
  }

  private func acceptance(of segment: SegmentView) -> Acceptance {
    let sender = self[segment.from]
    let receiver = self[segment.from.other]
    switch receiver.state {
    case .synSent:
      // RFC 9293 3.10.7.3: in SYN_SENT only an acknowledgment of the SYN makes an RST acceptable.
      return segment.flags.contains(.ack)
        && coversSYN(of: segment.from.other, segment.acknowledgment) ? .exact : .foreign
    case .listen:
      // The opener gives up, or tells a peer that knows another connection.
      return sender.state == .synSent && segment.sequence == sender.isn + 1 ? .exact : .foreign
    case .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck,
      .timeWait, .closed:
      break
    }
    if sender.coverage.isAcked, segment.sequence == sender.coverage.acked { return .exact }
    if segment.sequence == sender.coverage.highest || !sender.coverage.isStarted { return .exact }
    guard sender.coverage.isAcked else { return .exact }
    let beyond = sender.coverage.acked.distance(to: segment.sequence)
    return beyond >= 0 && UInt32(beyond) <= max(receiver.maxWindow, 65_535) ? .inWindow : .foreign
  }

  mutating func noteChallenge(_ moment: Moment, _ sink: inout Sink) {
    let segment = moment.segment
    let sender = moment.sender
    if self[sender].bits.contains(.owesChallenge) {
      self[sender].bits.remove(.owesChallenge)
      let isBare = segment.payloadLength == 0 && segment.flags == .ack
      let answersForeign =
        self[sender].state == .listen && !coversSYN(of: sender.other, segment.acknowledgment)
      if isBare, answersForeign || self[sender].state != .listen {
        sink.verdict.insert(.challengeACK)
        return
      }
    }
    if teardown.doubtfulReset.isSet, teardown.doubtfulResetSender != sender {
      teardown.doubtfulReset = .none
    }
  }
}
