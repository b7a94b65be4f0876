import TCPModel

// The two state machines of a connection (RFC 9293 3.3.2), as an observer between the endpoints
// can know them:
//
//                              CLOSED / LISTEN
//                 sends SYN  /                 \  gets SYN, sends SYN/ACK
//                        SYN_SENT ----------> SYN_RECEIVED
//          gets SYN/ACK,     \   gets SYN      /   gets ACK of its SYN
//          sends ACK          +-- ESTABLISHED +
//                  sends FIN /                 \ gets FIN
//                   FIN_WAIT_1                  CLOSE_WAIT
//     gets ACK /       | gets FIN                  | sends FIN
//       FIN_WAIT_2   CLOSING                    LAST_ACK
//     gets FIN \       | gets ACK                  | gets ACK
//                   TIME_WAIT --- 2 MSL ------> CLOSED
//
// An endpoint's own segment shows its state (`observed`). A segment sent to it should move it
// (`inferred`), but may be lost behind the capture point or be thrown away, so it stays *pending*
// until the endpoint's own segments, or the end of the capture, speak for it. The change then
// gets the time of the segment that caused it.
//
// Deliberate departures from the diagram, because Linux does so:
// - The server is SYN_RECEIVED only once its SYN/ACK (or an ACK of one) is seen: a SYN alone proves
//   nothing. Of several SYNs the last one before the SYN/ACK counts.
// - A SYN/ACK repeated after the client's ACK takes that ACK back: it was lost, or the accept queue
//   was full. Without a later segment of its own the server stays in SYN_RECEIVED.
// - FIN_WAIT_2 may end without a packet (tcp_fin_timeout): an RST then answers what still comes.
// - TIME_WAIT lasts 60 s, and an RST ends it (TIME_WAIT assassination, RFC 1337).
// - A client in SYN_SENT answers a half-open peer's ACK with an RST and stays in SYN_SENT
//   (RFC 9293 3.5.1, "half-open connection discovery").
// - An RST is accepted as RFC 5961 3.2 says: exactly at the next expected sequence number.

extension ConnectionRecord {
  /// Moves the state machines by one segment that is no copy of another frame.
  mutating func moveStates(
    _ segment: SegmentView, _ now: Instant, _ log: PhaseLog, _ journal: inout Journal
  ) -> SegmentVerdict {
    if isPlain(segment), low.bits.isDisjoint(with: .owesChallenge),
      high.bits.isDisjoint(with: .owesChallenge), !teardown.doubtfulReset.isSet
    {
      return SegmentVerdict()
    }
    let sender = segment.isFromLow
    var verdict = EndpointMove(sender: sender, now: now, clock: clock(now), log: log)
    if segment.flags.contains(.rst) {
      moveByReset(segment, &verdict, &journal)
      return verdict.verdict
    }
    if segment.flags.contains(.syn) {
      if segment.flags.contains(.ack) {
        moveBySYNACK(segment, &verdict, &journal)
      } else {
        moveBySYN(segment, &verdict, &journal)
      }
    }
    if !segment.flags.contains(.syn) || segment.flags.contains(.fin) {
      moveByPlain(segment, &verdict, &journal)
    }
    return verdict.verdict
  }

  /// It moves nobody, unless something waits for an answer.
  @inline(__always)
  func isPlain(_ segment: SegmentView) -> Bool {
    low.state == .established && high.state == .established
      && segment.flags.isDisjoint(with: .control)
  }

  private struct EndpointMove {
    let sender: Bool
    let now: Instant
    /// The same moment for the phases, which never go back.
    let clock: Instant
    let log: PhaseLog
    var verdict = SegmentVerdict()
  }

  private mutating func enter(
    _ isLow: Bool, _ state: TCPState, _ at: Nanoseconds, _ frame: Int64, _ basis: StateBasis,
    _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    self[isLow].state = state
    journal.append(&chain, isLow: isLow, state, Instant(at: at, frame: frame), basis)
    move.verdict.insert(.changesState)
  }

  /// Whether an acknowledgment number covers the SYN of an endpoint, and nothing it cannot have sent.
  private func coversSYN(_ isLow: Bool, _ acknowledgment: SequenceNumber) -> Bool {
    let endpoint = self[isLow]
    guard !endpoint.bits.isDisjoint(with: .anySYNSent) else { return true }
    let beyond = endpoint.isn.distance(to: acknowledgment)
    return beyond > 0 && endpoint.coverage.highest.distance(to: acknowledgment) <= 0
  }

  private func coversFIN(_ isLow: Bool, _ segment: SegmentView) -> Bool {
    segment.flags.contains(.ack) && self[isLow].bits.contains(.finSent)
      && self[isLow].finEnd.isAtOrBefore(segment.acknowledgment)
  }

  // MARK: Opening

  private mutating func moveBySYN(
    _ segment: SegmentView, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let sender = move.sender
    if handshake.syn == .min { handshake.syn = move.now.at }
    switch self[sender].state {
    case .listen:
      self[sender].bits.insert(.activeOpener)
      enter(sender, .synSent, move.now.at, move.now.frame, .observed, &move, &journal)
      if self[!sender].state == .listen { self[!sender].bits.insert(.owesChallenge) }
    case .synSent, .synReceived:
      break
    case .closed, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait:
      self[!sender].bits.insert(.owesChallenge)
    }
    if self[!sender].state == .listen || self[!sender].state == .synSent {
      handshake.latestSYN = PendingArrival(frame: move.now.frame, at: move.now.at)
    }
  }

  private mutating func moveBySYNACK(
    _ segment: SegmentView, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let sender = move.sender
    guard coversSYN(!sender, segment.acknowledgment) else { return }
    // The SYN is answered as usual, so no challenge is owed for it.
    self[sender].bits.remove(.owesChallenge)
    if handshake.ack == .min { handshake.latestSYNACK = move.now.at }
    if self[!sender].bits.contains(.synSent), segment.acknowledgment != self[!sender].isn + 1 {
      bits.insert(.fastOpen)
    }
    switch self[sender].state {
    case .listen:
      if self[!sender].state == .listen {
        // The SYN was not captured, but it must have been sent.
        self[!sender].bits.insert(.activeOpener)
        enter(!sender, .synSent, move.now.at, move.now.frame, .assumed, &move, &journal)
      }
      enterSYNReceived(sender, move.now, .observed, &move, &journal)
      if handshake.synACK == .min { handshake.synACK = move.now.at }
    case .synSent:
      enter(sender, .synReceived, move.now.at, move.now.frame, .observed, &move, &journal)
      if handshake.synACK == .min { handshake.synACK = move.now.at }
    case .synReceived:
      if self[sender].pendingACK.isSet {
        self[sender].pendingACK = PendingArrival()
        self[sender].bits.insert(.ignoredACK)
      }
    case .closed, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait:
      break
    }
    if self[!sender].state == .synReceived, !self[!sender].pendingACK.isSet {
      self[!sender].pendingACK = PendingArrival(frame: move.now.frame, at: move.now.at)
    }
  }

  private mutating func enterSYNReceived(
    _ isLow: Bool, _ now: Instant, _ otherwise: StateBasis, _ move: inout EndpointMove,
    _ journal: inout Journal
  ) {
    if handshake.latestSYN.isSet {
      enter(
        isLow, .synReceived, handshake.latestSYN.at, handshake.latestSYN.frame, .inferred, &move,
        &journal)
    } else {
      enter(isLow, .synReceived, now.at, now.frame, otherwise, &move, &journal)
    }
  }

  // MARK: Established, and closing

  @inline(__always)
  private mutating func moveByPlain(
    _ segment: SegmentView, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let sender = move.sender
    // Asked here, because a call that does nothing costs 20 instructions.
    if self[sender].state.isOpening { openBySender(segment, &move, &journal) }
    if self[!sender].state.isOpening, segment.flags.contains(.ack) {
      openReceiver(segment, &move, &journal)
    }
    if self[sender].bits.contains(.owesChallenge) || teardown.doubtfulReset.isSet {
      noteChallenge(segment, &move)
    }
    if self[!sender].bits.contains(.finSent) {
      if self[sender].pendingFIN.isSet { settleFIN(segment, &move, &journal) }
      if coversFIN(!sender, segment) { noteACKOfFIN(move.now, to: !sender) }
    }
    if self[!sender].segments == 0 { noteUnseenFIN(segment, sender) }
    if segment.flags.contains(.fin) {
      sendFIN(segment, &move, &journal)
    } else if segment.payloadLength > 0, self[!sender].pendingFIN.isSet {
      // Data sent after the FIN fills a gap before it: the FIN counts from now on.
      self[!sender].pendingFIN = PendingArrival(frame: move.now.frame, at: move.now.at)
    }
  }

  @inline(__always)
  private mutating func openBySender(
    _ segment: SegmentView, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let sender = move.sender
    let now = move.now
    switch self[sender].state {
    case .listen:
      guard segment.flags.contains(.ack), self[!sender].bits.contains(.synSent),
        coversSYN(!sender, segment.acknowledgment)
      else { return }
      // Its SYN/ACK was not captured.
      enterSYNReceived(sender, now, .inferred, &move, &journal)
      enter(sender, .established, now.at, now.frame, .observed, &move, &journal)
    case .synSent:
      guard segment.flags.contains(.ack), coversSYN(!sender, segment.acknowledgment) else { return }
      enter(sender, .established, now.at, now.frame, .observed, &move, &journal)
      completeHandshake(&move, &journal)
    case .synReceived:
      if self[sender].pendingACK.isSet {
        let pending = self[sender].pendingACK
        self[sender].pendingACK = PendingArrival()
        enter(sender, .established, pending.at, pending.frame, .inferred, &move, &journal)
      } else if segment.payloadLength == 0, segment.flags.contains(.ack),
        !self[!sender].bits.contains(.spoke)
      {
        // Only this direction is captured; a Fast Open server may send payload before, no ACK.
        enter(sender, .established, now.at, now.frame, .observed, &move, &journal)
      }
      if self[sender].state == .established { completeHandshake(&move, &journal) }
    case .closed, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait:
      break
    }
  }

  @inline(__always)
  private mutating func completeHandshake(
    _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    if handshake.ack == .min { handshake.ack = move.now.at }
    beginExchanges(move.clock, move.log, &journal)
  }

  /// What an ACK of the peer should do to an endpoint that is still opening.
  private mutating func openReceiver(
    _ segment: SegmentView, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let receiver = !move.sender
    if self[receiver].state == .listen, self[move.sender].state == .established,
      self[move.sender].bits.contains(.synSent)
    {
      enterSYNReceived(receiver, move.now, .inferred, &move, &journal)
    }
    if self[receiver].state == .synReceived, !self[receiver].pendingACK.isSet,
      coversSYN(receiver, segment.acknowledgment)
    {
      self[receiver].pendingACK = PendingArrival(frame: move.now.frame, at: move.now.at)
    }
  }

  /// Of a capture of one direction: the last ACK after a FIN covers one number more, without any
  /// payload to explain it. That is the other side's FIN.
  private mutating func noteUnseenFIN(_ segment: SegmentView, _ sender: Bool) {
    guard self[sender].bits.contains(.finSent) else { return }
    let step = self[sender].acknowledgmentStep
    if step == .one, segment.payloadLength == 0 {
      self[sender].bits.insert(.acksUnseenFIN)
    } else if step != .none {
      self[sender].bits.remove(.acksUnseenFIN)
    }
  }

  private mutating func sendFIN(
    _ segment: SegmentView, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let sender = move.sender
    let now = move.now
    if self[sender].bits.contains(.finSent) {
      // Sent again: the ACK of the earlier one did not arrive.
      if self[sender].state != .timeWait { self[sender].pendingACK = PendingArrival() }
      if self[!sender].pendingFIN.isSet {
        self[!sender].pendingFIN = PendingArrival(frame: now.frame, at: now.at)
      }
      teardown.end = now.at
      return
    }
    switch self[sender].state {
    case .closeWait:
      self[sender].bits.insert(.finSent)
      enter(sender, .lastAck, now.at, now.frame, .observed, &move, &journal)
    case .established, .synReceived:
      self[sender].bits.insert(.finSent)
      self[sender].pendingACK = PendingArrival()
      enter(sender, .finWait1, now.at, now.frame, .observed, &move, &journal)
    case .closed, .listen, .synSent, .finWait1, .finWait2, .closing, .lastAck, .timeWait:
      return
    }
    self[sender].finEnd = segment.sequence + segment.payloadLength + 1
    self[!sender].pendingFIN = PendingArrival(frame: now.frame, at: now.at)
    noteTeardown(segment, now, sender)
    beginTeardown(move.clock, move.log, &journal)
  }

  @inline(__always)
  private mutating func noteTeardown(
    _ segment: SegmentView, _ now: Instant, _ sender: Bool
  ) {
    teardown.end = now.at
    if teardown.start == .min {
      teardown.start = now.at
      teardown.startFrame = now.frame
      teardown.initiatorIsLow = sender
    } else if teardown.secondFINFrame == 0 {
      teardown.secondFIN = now.at
      teardown.secondFINFrame = now.frame
      teardown.secondAcknowledgesFirst = coversFIN(!sender, segment)
    }
  }

  private mutating func noteACKOfFIN(_ now: Instant, to endpoint: Bool) {
    teardown.end = now.at
    if endpoint == teardown.initiatorIsLow {
      if teardown.firstACKFrame == 0 { teardown.firstACKFrame = now.frame }
    } else if teardown.secondACKFrame == 0 {
      teardown.secondACKFrame = now.frame
      isOver = true
    }
    switch self[endpoint].state {
    case .finWait1, .closing, .lastAck:
      if !self[endpoint].pendingACK.isSet {
        self[endpoint].pendingACK = PendingArrival(frame: now.frame, at: now.at)
      }
    case .closed, .listen, .synSent, .synReceived, .established, .finWait2, .closeWait, .timeWait:
      break
    }
  }

  /// The sender's acknowledgment may show that the peer's FIN has arrived at it.
  @inline(__always)
  private mutating func settleFIN(
    _ segment: SegmentView, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let sender = move.sender
    let now = move.now
    guard coversFIN(!sender, segment) else { return }
    let fin = self[sender].pendingFIN
    let ack = self[sender].pendingACK
    self[sender].pendingFIN = PendingArrival()
    switch self[sender].state {
    case .established:
      enter(sender, .closeWait, fin.at, fin.frame, .inferred, &move, &journal)
    case .finWait1:
      if ack.isSet, !fin.isBefore(ack) {
        self[sender].pendingACK = PendingArrival()
        enter(sender, .finWait2, ack.at, ack.frame, .inferred, &move, &journal)
        enter(sender, .timeWait, fin.at, fin.frame, .inferred, &move, &journal)
      } else {
        // It had left before this endpoint sent its own, but arrived after.
        let isLater = fin.at > ownFIN(sender).at
        let arrival = isLater ? Instant(at: fin.at, frame: fin.frame) : ownFIN(sender)
        enter(sender, .closing, arrival.at, fin.frame, .inferred, &move, &journal)
        if ack.isSet {
          self[sender].pendingACK = PendingArrival(frame: ack.frame, at: max(ack.at, now.at))
        }
      }
    case .finWait2:
      enter(sender, .timeWait, fin.at, fin.frame, .inferred, &move, &journal)
    case .closed, .listen, .synSent, .synReceived, .closeWait, .closing, .lastAck, .timeWait:
      break
    }
  }

  /// When an endpoint sent its first FIN.
  private func ownFIN(_ isLow: Bool) -> Instant {
    isLow == teardown.initiatorIsLow
      ? Instant(at: teardown.start, frame: teardown.startFrame)
      : Instant(at: teardown.secondFIN, frame: teardown.secondFINFrame)
  }

  private mutating func noteChallenge(_ segment: SegmentView, _ move: inout EndpointMove) {
    let sender = move.sender
    if self[sender].bits.contains(.owesChallenge) {
      self[sender].bits.remove(.owesChallenge)
      let isBare = segment.payloadLength == 0 && segment.flags == .ack
      let answersForeign =
        self[sender].state == .listen && !coversSYN(!sender, segment.acknowledgment)
      if isBare, answersForeign || self[sender].state != .listen {
        move.verdict.insert(.challengeACK)
        return
      }
    }
    if teardown.doubtfulReset.isSet, teardown.doubtfulResetIsFromLow != sender {
      teardown.doubtfulReset = PendingArrival()
    }
  }

  // MARK: Resets

  private enum Acceptance {
    case exact, inWindow, foreign
  }

  private mutating func moveByReset(
    _ segment: SegmentView, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let sender = move.sender
    let now = move.now
    move.verdict.insert(.reset)
    if teardown.resetFrame == 0 { teardown.resetTTL = segment.ttl }
    if self[!sender].state == .closed {
      // More RSTs for what was still under way.
      if self[sender].state != .closed {
        settleACK(sender, &move, &journal)
        enter(sender, .closed, now.at, now.frame, .observed, &move, &journal)
      }
      return
    }
    switch acceptance(of: segment) {
    case .exact:
      accept(now, from: sender, &move, &journal)
    case .inWindow:
      move.verdict.insert(.unacceptableReset)
      self[!sender].bits.insert(.owesChallenge)
      if !teardown.doubtfulReset.isSet {
        teardown.doubtfulReset = PendingArrival(frame: now.frame, at: now.at)
        teardown.doubtfulResetIsFromLow = sender
      }
    case .foreign:
      move.verdict.insert(.unacceptableReset)
    }
  }

  private mutating func accept(
    _ now: Instant, from sender: Bool, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    if self[sender].state == .listen, self[!sender].state == .synSent { bits.insert(.refused) }
    bits.insert(.reset)
    isOver = true
    if teardown.resetFrame == 0 {
      teardown.resetFrame = now.frame
      teardown.resetIsFromLow = sender
    }
    if teardown.start == .min {
      teardown.start = now.at
      teardown.startFrame = now.frame
      teardown.initiatorIsLow = sender
    }
    teardown.end = now.at
    beginTeardown(move.clock, move.log, &journal)
    settleACK(sender, &move, &journal)
    if self[sender].state != .closed {
      enter(sender, .closed, now.at, now.frame, .observed, &move, &journal)
    }
    settleACK(!sender, &move, &journal)
    settlePendingFIN(!sender, &move, &journal)
    switch self[!sender].state {
    case .closed, .listen:
      break
    case .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing,
      .lastAck, .timeWait:
      enter(!sender, .closed, now.at, now.frame, .inferred, &move, &journal)
    }
  }

  private func acceptance(of segment: SegmentView) -> Acceptance {
    let sender = self[segment.isFromLow]
    let receiver = self[!segment.isFromLow]
    switch receiver.state {
    case .synSent:
      // RFC 9293 3.10.7.3: in SYN_SENT only an acknowledgment of the SYN makes an RST acceptable.
      return segment.flags.contains(.ack) && coversSYN(!segment.isFromLow, segment.acknowledgment)
        ? .exact : .foreign
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

  // MARK: What is pending at the end

  private mutating func settleACK(
    _ isLow: Bool, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let ack = self[isLow].pendingACK
    guard ack.isSet else { return }
    let fin = self[isLow].pendingFIN
    self[isLow].pendingACK = PendingArrival()
    switch self[isLow].state {
    case .synReceived:
      if !self[isLow].bits.contains(.ignoredACK) {
        enter(isLow, .established, ack.at, ack.frame, .inferred, &move, &journal)
      }
    case .finWait1:
      if fin.isSet, fin.isBefore(ack) {
        enter(isLow, .closing, fin.at, fin.frame, .inferred, &move, &journal)
        self[isLow].pendingFIN = PendingArrival()
        enter(isLow, .timeWait, ack.at, ack.frame, .inferred, &move, &journal)
      } else {
        enter(isLow, .finWait2, ack.at, ack.frame, .inferred, &move, &journal)
      }
    case .closing:
      enter(isLow, .timeWait, ack.at, ack.frame, .inferred, &move, &journal)
    case .lastAck:
      enter(isLow, .closed, ack.at, ack.frame, .inferred, &move, &journal)
    case .closed, .listen, .synSent, .established, .finWait2, .closeWait, .timeWait:
      break
    }
  }

  private mutating func settlePendingFIN(
    _ isLow: Bool, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let fin = self[isLow].pendingFIN
    guard fin.isSet else { return }
    self[isLow].pendingFIN = PendingArrival()
    switch self[isLow].state {
    case .established:
      // Sent again and again without an answer: it did not arrive.
      if self[!isLow].finSegments == 1 {
        enter(isLow, .closeWait, fin.at, fin.frame, .inferred, &move, &journal)
      }
    case .finWait1:
      enter(isLow, .closing, fin.at, fin.frame, .inferred, &move, &journal)
    case .finWait2:
      enter(isLow, .timeWait, fin.at, fin.frame, .inferred, &move, &journal)
    case .closed, .listen, .synSent, .synReceived, .closeWait, .closing, .lastAck, .timeWait:
      break
    }
  }

  /// The capture is over: what is pending is taken to have arrived, unless something spoke against it.
  mutating func settleStates(_ log: PhaseLog, _ journal: inout Journal) {
    let last = Instant(at: latest.since(start), frame: lastFrame)
    var move = EndpointMove(sender: true, now: last, clock: last, log: log)
    if teardown.doubtfulReset.isSet {
      let reset = teardown.doubtfulReset
      accept(
        Instant(at: reset.at, frame: reset.frame), from: teardown.doubtfulResetIsFromLow, &move,
        &journal)
    }
    for isLow in [true, false] {
      settleACK(isLow, &move, &journal)
      settlePendingFIN(isLow, &move, &journal)
    }
    for isLow in [true, false] where self[isLow].bits.contains(.acksUnseenFIN) {
      closeUnseen(isLow, &move, &journal)
    }
  }

  /// Both ends of a close of which only one direction was captured.
  private mutating func closeUnseen(
    _ isLow: Bool, _ move: inout EndpointMove, _ journal: inout Journal
  ) {
    let now = move.now
    if self[isLow].state == .finWait1 {
      enter(isLow, .finWait2, now.at, now.frame, .assumed, &move, &journal)
      enter(isLow, .timeWait, now.at, now.frame, .observed, &move, &journal)
    }
    if self[!isLow].state == .closeWait {
      enter(!isLow, .lastAck, now.at, now.frame, .assumed, &move, &journal)
      enter(!isLow, .closed, now.at, now.frame, .inferred, &move, &journal)
    }
  }
}

extension TCPState {
  /// It may still send or get a SYN.
  fileprivate var isOpening: Bool {
    switch self {
    case .listen, .synSent, .synReceived: true
    case .closed, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait:
      false
    }
  }
}
