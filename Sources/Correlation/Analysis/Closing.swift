import TCPModel

// FINs and their ACKs, as `EndpointStates` describes them.

extension ConnectionRecord {
  /// Of a capture of one direction: the last ACK after a FIN covers one number more, without any
  /// payload to explain it. That is the other side's FIN.
  mutating func noteUnseenFIN(_ moment: Moment) {
    let sender = moment.sender
    guard self[sender].bits.contains(.finSent) else { return }
    let step = self[sender].acknowledgmentStep
    if step == .one, moment.segment.payloadLength == 0 {
      self[sender].bits.insert(.acksUnseenFIN)
    } else if step != .none {
      self[sender].bits.remove(.acksUnseenFIN)
    }
  }

  mutating func sendFIN(_ moment: Moment, _ sink: inout Sink) {
    let sender = moment.sender
    let now = moment.now
    if self[sender].bits.contains(.finSent) {
      // Sent again: the ACK of the earlier one did not arrive.
      self[sender].bits.insert(.finRepeated)
      if self[sender].state != .timeWait { self[sender].pendingACK = .none }
      if self[sender.other].pendingFIN.isSet { self[sender.other].pendingFIN = now }
      teardown.end = now.at
      return
    }
    switch self[sender].state {
    case .closeWait:
      self[sender].bits.insert(.finSent)
      enter(.lastACK, sender, now, .observed, &sink)
    case .established, .synReceived:
      self[sender].bits.insert(.finSent)
      self[sender].pendingACK = .none
      enter(.finWait1, sender, now, .observed, &sink)
    case .closed, .listen, .synSent, .finWait1, .finWait2, .closing, .lastACK, .timeWait:
      return
    }
    self[sender].finEnd = moment.segment.sequence + moment.segment.payloadLength + 1
    self[sender.other].pendingFIN = now
    noteTeardown(moment)
    beginTeardown(moment.clock, &sink)
  }

  @inline(__always)
  private mutating func noteTeardown(_ moment: Moment) {
    let now = moment.now
    teardown.end = now.at
    if teardown.start == .min {
      teardown.start = now.at
      teardown.startFrame = now.frame
      teardown.initiator = moment.sender
    } else if teardown.secondFINFrame == 0 {
      teardown.secondFIN = now.at
      teardown.secondFINFrame = now.frame
      teardown.secondAcknowledgesFirst = coversFIN(of: moment.sender.other, moment.segment)
    }
  }

  mutating func noteACKOfFIN(_ now: Instant, to end: End) {
    teardown.end = now.at
    if end == teardown.initiator {
      if teardown.firstACKFrame == 0 { teardown.firstACKFrame = now.frame }
    } else if teardown.secondACKFrame == 0 {
      teardown.secondACKFrame = now.frame
      isOver = true
    }
    switch self[end].state {
    case .finWait1, .closing, .lastACK:
      if !self[end].pendingACK.isSet { self[end].pendingACK = now }
    case .closed, .listen, .synSent, .synReceived, .established, .finWait2, .closeWait, .timeWait:
      break
    }
  }

  /// The sender's acknowledgment may show that the peer's FIN has arrived at it.
  @inline(__always)
  mutating func settleFIN(_ moment: Moment, _ sink: inout Sink) {
    let sender = moment.sender
    let now = moment.now
    guard coversFIN(of: sender.other, moment.segment) else { return }
    let fin = self[sender].pendingFIN
    let ack = self[sender].pendingACK
    self[sender].pendingFIN = .none
    switch self[sender].state {
    case .established:
      enter(.closeWait, sender, fin, .inferred, &sink)
    case .finWait1:
      if ack.isSet, !fin.isBefore(ack) {
        self[sender].pendingACK = .none
        enter(.finWait2, sender, ack, .inferred, &sink)
        enter(.timeWait, sender, fin, .inferred, &sink)
      } else {
        // It had left before this endpoint sent its own, but arrived after.
        let isLater = fin.at > ownFIN(sender).at
        let arrival = isLater ? fin.at : ownFIN(sender).at
        enter(.closing, sender, Instant(at: arrival, frame: fin.frame), .inferred, &sink)
        if ack.isSet {
          self[sender].pendingACK = Instant(at: max(ack.at, now.at), frame: ack.frame)
        }
      }
    case .finWait2:
      enter(.timeWait, sender, fin, .inferred, &sink)
    case .closed, .listen, .synSent, .synReceived, .closeWait, .closing, .lastACK, .timeWait:
      break
    }
  }

  /// When an endpoint sent its first FIN.
  private func ownFIN(_ end: End) -> Instant {
    end == teardown.initiator
      ? Instant(at: teardown.start, frame: teardown.startFrame)
      : Instant(at: teardown.secondFIN, frame: teardown.secondFINFrame)
  }
}
