import TCPModel

// What is pending when something, or the end of the capture, speaks for it.

extension ConnectionRecord {
  mutating func settleACK(_ end: End, _ sink: inout Sink) {
    let ack = self[end].pendingACK
    guard ack.isSet else { return }
    let fin = self[end].pendingFIN
    self[end].pendingACK = .none
    switch self[end].state {
    case .synReceived:
      if !self[end].bits.contains(.ignoredACK) {
        enter(.established, end, ack, .inferred, &sink)
      }
    case .finWait1:
      if fin.isSet, fin.isBefore(ack) {
        enter(.closing, end, fin, .inferred, &sink)
        self[end].pendingFIN = .none
        enter(.timeWait, end, ack, .inferred, &sink)
      } else {
        enter(.finWait2, end, ack, .inferred, &sink)
      }
    case .closing:
      enter(.timeWait, end, ack, .inferred, &sink)
    case .lastACK:
      enter(.closed, end, ack, .inferred, &sink)
    case .closed, .listen, .synSent, .established, .finWait2, .closeWait, .timeWait:
      break
    }
  }

  mutating func settlePendingFIN(_ end: End, _ sink: inout Sink) {
    let fin = self[end].pendingFIN
    guard fin.isSet else { return }
    self[end].pendingFIN = .none
    switch self[end].state {
    case .established:
      // Sent again and again without an answer: it did not arrive.
      if self[end.other].finSegments == 1 {
        enter(.closeWait, end, fin, .inferred, &sink)
      }
    case .finWait1:
      enter(.closing, end, fin, .inferred, &sink)
    case .finWait2:
      enter(.timeWait, end, fin, .inferred, &sink)
    case .closed, .listen, .synSent, .synReceived, .closeWait, .closing, .lastACK, .timeWait:
      break
    }
  }

  /// The capture is over: what is pending is taken to have arrived, unless something spoke against it.
  mutating func settleStates(_ sink: inout Sink) {
    let last = Instant(at: latest.since(start), frame: lastFrame)
    settleDoubtfulRST(last, &sink)
    for end in End.allCases {
      settleACK(end, &sink)
      settlePendingFIN(end, &sink)
    }
    for end in End.allCases where self[end].bits.contains(.acksUnseenFIN) {
      closeUnseen(end, last, &sink)
    }
  }

  /// Both ends of a close of which only one direction was captured.
  private mutating func closeUnseen(_ end: End, _ now: Instant, _ sink: inout Sink) {
    if self[end].state == .finWait1 {
      enter(.finWait2, end, now, .assumed, &sink)
      enter(.timeWait, end, now, .observed, &sink)
    }
    if self[end.other].state == .closeWait {
      enter(.lastACK, end.other, now, .assumed, &sink)
      enter(.closed, end.other, now, .inferred, &sink)
    }
  }
}
