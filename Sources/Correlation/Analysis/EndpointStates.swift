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
// - An RST is accepted as RFC 5961 3.2 says: exactly at the next expected sequence number. One that
//   came another way than its sender's other segments is doubtful until its sender falls silent or goes
//   on.

extension ConnectionRecord {
  /// Moves the state machines by one segment that is no copy of another frame.
  mutating func moveStates(_ moment: Moment, _ sink: inout Sink) {
    let segment = moment.segment
    if isPlain(segment), low.bits.isDisjoint(with: .owesChallenge),
      high.bits.isDisjoint(with: .owesChallenge), !teardown.doubtfulRST.isSet
    {
      return
    }
    if segment.flags.contains(.rst) {
      moveByRST(moment, &sink)
      return
    }
    if segment.flags.contains(.syn) {
      if segment.flags.contains(.ack) {
        moveBySYNACK(moment, &sink)
      } else {
        moveBySYN(moment, &sink)
      }
    }
    if !segment.flags.contains(.syn) || segment.flags.contains(.fin) {
      moveByPlain(moment, &sink)
    }
  }

  /// It moves nobody, unless something waits for an answer.
  @inline(__always)
  func isPlain(_ segment: SegmentView) -> Bool {
    low.state == .established && high.state == .established
      && segment.flags.isDisjoint(with: .control)
  }

  @inline(__always)
  private mutating func moveByPlain(_ moment: Moment, _ sink: inout Sink) {
    let segment = moment.segment
    let sender = moment.sender
    let wasListening = self[sender].state == .listen
    // Asked here, because a call that does nothing costs 20 instructions.
    if self[sender].state.isOpening { openBySender(moment, &sink) }
    if self[sender.other].state.isOpening, segment.flags.contains(.ack) {
      openReceiver(moment, &sink)
    }
    if self[sender].bits.contains(.owesChallenge) || teardown.doubtfulRST.isSet {
      noteChallenge(moment, wasListening: wasListening, &sink)
    } else if bits.contains(.reset) {
      noteAfterReset(moment)
    }
    if self[sender.other].bits.contains(.finSent) {
      if self[sender].pendingFIN.isSet { settleFIN(moment, &sink) }
      if coversFIN(of: sender.other, segment) {
        noteACKOfFIN(moment.now, to: sender.other)
        if segment.payloadLength > 0, moment.now.at &- teardown.start >= EndpointRecord.longUse {
          self[sender].bits.insert(.usesHalf)
        }
      } else if segment.payloadLength > 0, teardown.crossingFrame == 0 {
        teardown.crossingFrame = moment.now.frame
      }
    }
    if self[sender.other].segments == 0 { noteUnseenFIN(moment) }
    if segment.flags.contains(.fin) {
      sendFIN(moment, &sink)
    } else if segment.payloadLength > 0, self[sender.other].pendingFIN.isSet {
      // Data sent after the FIN fills a gap before it: the FIN counts from now on.
      self[sender.other].pendingFIN = moment.now
    }
  }

  mutating func enter(
    _ state: TCPState, _ end: End, _ instant: Instant, _ basis: StateBasis, _ sink: inout Sink
  ) {
    self[end].state = state
    sink.journal.pointee.append(&chain, end, state, instant, basis)
    sink.verdict.insert(.changesState)
  }

  /// Whether an acknowledgment number covers the SYN of an endpoint, and nothing it cannot have sent.
  ///
  /// Inlined, as `coversFIN`: otherwise the compiler copies the endpoint for it.
  @inline(__always)
  func coversSYN(of end: End, _ acknowledgment: SequenceNumber) -> Bool {
    guard !self[end].bits.isDisjoint(with: .anySYNSent) else { return true }
    let beyond = self[end].isn.distance(to: acknowledgment)
    return beyond > 0 && self[end].coverage.highest.distance(to: acknowledgment) <= 0
  }

  /// What acknowledges more than a FIN is about something else.
  @inline(__always)
  func coversFIN(of end: End, _ segment: SegmentView) -> Bool {
    segment.flags.contains(.ack) && self[end].bits.contains(.finSent)
      && self[end].finEnd.isAtOrBefore(segment.acknowledgment)
      && segment.acknowledgment.isAtOrBefore(self[end].coverage.highest)
  }
}
