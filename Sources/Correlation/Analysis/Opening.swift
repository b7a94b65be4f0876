import TCPModel

// The way from CLOSED or LISTEN to ESTABLISHED, as `EndpointStates` describes it.

extension ConnectionRecord {
  mutating func moveBySYN(_ moment: Moment, _ sink: inout Sink) {
    let sender = moment.sender
    // The SYN itself, which the file has behind what came after it.
    let isLate = handshake.syn == .min && moment.now.at < handshake.synACK
    if handshake.syn == .min { handshake.syn = moment.now.at }
    if isLate {
      handshake.latestSYN = moment.now
      return
    }
    switch self[sender].state {
    case .listen:
      self[sender].bits.insert(.activeOpener)
      enter(.synSent, sender, moment.now, .observed, &sink)
      if self[sender.other].state == .listen { self[sender.other].bits.insert(.owesChallenge) }
    case .synSent:
      if self[sender.other].state == .listen { self[sender.other].bits.insert(.owesChallenge) }
    case .synReceived:
      break
    case .closed, .established, .finWait1, .finWait2, .closeWait, .closing, .lastACK, .timeWait:
      self[sender.other].bits.insert(.owesChallenge)
    }
    if self[sender.other].state == .listen || self[sender.other].state == .synSent {
      handshake.latestSYN = moment.now
    }
  }

  mutating func moveBySYNACK(_ moment: Moment, _ sink: inout Sink) {
    let sender = moment.sender
    guard coversSYN(of: sender.other, moment.segment.acknowledgment) else { return }
    if bits.contains(.refused), teardown.rstSender == sender { takeRefusalBack(sender, &sink) }
    // The SYN is answered as usual, so no challenge is owed for it.
    self[sender].bits.remove(.owesChallenge)
    if handshake.ack == .min { handshake.latestSYNACK = moment.now.at }
    if self[sender.other].bits.contains(.synSent),
      moment.segment.acknowledgment != self[sender.other].isn + 1
    {
      bits.insert(.fastOpen)
    }
    switch self[sender].state {
    case .listen:
      if self[sender.other].state == .listen {
        // The SYN was not captured, but it must have been sent.
        self[sender.other].bits.insert(.activeOpener)
        enter(.synSent, sender.other, moment.now, .assumed, &sink)
      }
      enterSYNReceived(sender, moment.now, .observed, &sink)
      takeAnswer(moment.now)
    case .synSent:
      enter(.synReceived, sender, moment.now, .observed, &sink)
      takeAnswer(moment.now)
    case .synReceived:
      if self[sender].pendingACK.isSet {
        self[sender].pendingACK = .none
        self[sender].bits.insert(.ignoredACK)
      }
    case .closed, .established, .finWait1, .finWait2, .closeWait, .closing, .lastACK, .timeWait:
      break
    }
    if self[sender.other].state == .synReceived, !self[sender.other].pendingACK.isSet {
      self[sender.other].pendingACK = moment.now
    }
  }

  private mutating func takeAnswer(_ now: Instant) {
    guard handshake.synACK == .min else { return }
    handshake.synACK = now.at
    // Which frame it is nobody asks of usual ones.
    guard offersOddly else { return }
    handshake.framesToSYNACK = UInt16(exactly: now.frame &- firstFrame) ?? 0
  }

  /// An RST had answered the SYN, and here comes a SYN/ACK: somebody else sent that RST, or the server has
  /// come up meanwhile. All that was concluded from it is forgotten.
  private mutating func takeRefusalBack(_ server: End, _ sink: inout Sink) {
    guard bits.contains(.reset), !chain.isClosed else { return }
    bits.subtract([.refused, .reset])
    isOver = false
    teardown = TeardownRecord()
    phases = PhaseRecord()
    phases.startFrame = firstFrame
    chain.removeAll()
    for end in [server, server.other] {
      self[end].state = .listen
      self[end].pendingACK = .none
      self[end].pendingFIN = .none
      self[end].bits.subtract([.finSent, .finRepeated])
    }
    enter(
      .synSent, server.other, Instant(at: handshake.syn, frame: firstFrame), .observed, &sink)
  }

  private mutating func enterSYNReceived(
    _ end: End, _ now: Instant, _ otherwise: StateBasis, _ sink: inout Sink
  ) {
    if handshake.latestSYN.isSet {
      enter(.synReceived, end, handshake.latestSYN, .inferred, &sink)
    } else {
      enter(.synReceived, end, now, otherwise, &sink)
    }
  }

  @inline(__always)
  mutating func openBySender(_ moment: Moment, _ sink: inout Sink) {
    let sender = moment.sender
    let now = moment.now
    switch self[sender].state {
    case .listen:
      guard moment.segment.flags.contains(.ack), self[sender.other].bits.contains(.synSent),
        coversSYN(of: sender.other, moment.segment.acknowledgment)
      else { return }
      // Its SYN/ACK was not captured.
      enterSYNReceived(sender, now, .inferred, &sink)
      enter(.established, sender, now, .observed, &sink)
    case .synSent:
      guard moment.segment.flags.contains(.ack),
        coversSYN(of: sender.other, moment.segment.acknowledgment),
        // With the number of its SYN, or one before it, it is about something else; a SYN that was not captured
        // has none.
        self[sender].bits.isDisjoint(with: .anySYNSent)
          || self[sender].isn.isBefore(moment.segment.sequence)
      else { return }
      enter(.established, sender, now, .observed, &sink)
      completeHandshake(moment, &sink)
    case .synReceived:
      if self[sender].pendingACK.isSet {
        let pending = self[sender].pendingACK
        self[sender].pendingACK = .none
        enter(.established, sender, pending, .inferred, &sink)
      } else if showsArrivedACK(moment.segment) {
        enter(.established, sender, now, .observed, &sink)
        if self[sender.other].state == .synSent {
          enter(.established, sender.other, now, .inferred, &sink)
        }
      }
      if self[sender].state == .established { completeHandshake(moment, &sink) }
    case .closed, .established, .finWait1, .finWait2, .closeWait, .closing, .lastACK, .timeWait:
      break
    }
  }

  /// Whether a segment of an endpoint in SYN_RECEIVED shows that it got an ACK which was not captured: it
  /// acknowledges more than its SYN/ACK did, or sends data, which only Fast Open allows before.
  private func showsArrivedACK(_ segment: SegmentView) -> Bool {
    guard segment.flags.contains(.ack) else { return false }
    let peer = segment.from.other
    if self[peer].bits.contains(.spoke) {
      let mayBeFastOpen = bits.contains(.fastOpen) || self[peer].offered.contains(.fastOpen)
      let isServerData =
        segment.payloadLength > 0 && self[segment.from].bits.contains(.synACKSent)
      return isServerData && !mayBeFastOpen
        || self[peer].coverage.highest.isBefore(segment.acknowledgment)
    }
    // Only this direction is captured: payload alone may be that of a Fast Open server.
    return segment.payloadLength == 0
      || (self[peer].analysis.baseSequence + 1).isBefore(segment.acknowledgment)
  }

  @inline(__always)
  private mutating func completeHandshake(_ moment: Moment, _ sink: inout Sink) {
    if handshake.ack == .min {
      handshake.ack = moment.now.at
      if comesLater(moment.segment), !bits.contains(.fastOpen) {
        bits.insert(.opensUnseen)
      }
    }
    beginExchanges(moment.clock, &sink)
  }

  /// Its sender, or its peer, had sent more before it, or it closes what an ACK opens; it is not the handshake's
  /// ACK with a number that nobody knows.
  private func comesLater(_ segment: SegmentView) -> Bool {
    let peer = segment.from.other
    guard !self[segment.from].bits.isDisjoint(with: .anySYNSent) else { return false }
    if segment.flags.contains(.fin), segment.payloadLength == 0 { return true }
    if (self[segment.from].isn + 1).isBefore(segment.sequence) {
      return segment.payloadLength > 0 || segment.acknowledgment != self[peer].isn + 1
    }
    // Nobody acknowledges more than was captured of the peer, unless it was sent.
    return !self[peer].bits.isDisjoint(with: .anySYNSent)
      && self[peer].coverage.highest.isBefore(segment.acknowledgment)
  }

  /// An RST that is the first one to say that more had been sent than the SYN or the SYN/ACK.
  func showsMore(_ reset: SegmentView) -> Bool {
    let peer = reset.from.other
    guard handshake.ack == .min, !self[reset.from].bits.isDisjoint(with: .anySYNSent),
      !self[peer].bits.isDisjoint(with: .anySYNSent)
    else { return false }
    return (self[reset.from].isn + 1).isBefore(reset.sequence)
      && reset.sequence != self[peer].isn + 1
      || reset.flags.contains(.ack) && (self[peer].isn + 1).isBefore(reset.acknowledgment)
  }

  /// What an ACK of the peer should do to an endpoint that is still opening.
  mutating func openReceiver(_ moment: Moment, _ sink: inout Sink) {
    let receiver = moment.sender.other
    if self[receiver].state == .listen, self[moment.sender].state == .established,
      self[moment.sender].bits.contains(.synSent)
    {
      enterSYNReceived(receiver, moment.now, .inferred, &sink)
    }
    if self[receiver].state == .synReceived, !self[receiver].pendingACK.isSet,
      coversSYN(of: receiver, moment.segment.acknowledgment)
    {
      self[receiver].pendingACK = moment.now
    }
  }
}

extension TCPState {
  /// It may still send or get a SYN.
  var isOpening: Bool {
    switch self {
    case .listen, .synSent, .synReceived: true
    case .closed, .established, .finWait1, .finWait2, .closeWait, .closing, .lastACK, .timeWait:
      false
    }
  }
}
