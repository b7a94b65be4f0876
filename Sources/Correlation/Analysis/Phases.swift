import Names
import TCPModel

/// Divides a connection's span into phases without gaps, while its segments come by.
///
/// An exchange is the client's bytes, then the server's; a phase is only known to have ended when
/// the next one begins, so the last payload of the current one is remembered.
struct PhaseRecord: BitwiseCopyable {
  /// The part that is going on. `send` and `receive` end with their last payload: what follows
  /// is `wait` or `idle`, as the next segment with payload will show. `wait` itself only after a stall.
  var current: Phase.Name = .handshake
  /// The phase written last, where what follows may be more of it.
  var goingOn: Phase.Name?
  /// So many more answers took as long as the longest one, where that is as long as a server keeps a poll.
  var alikeAnswers: UInt8 = 0
  /// The longest silence that the server ended though it had spoken last, in whole seconds, as far as there is room.
  var longestUnasked: UInt8 = 0
  var watch = TicketWatch()
  var start: Nanoseconds = 0
  var lastPayload: Nanoseconds = 0
  var startFrame: Int64 = 0
  var lastPayloadFrame: Int64 = 0
  var handshake: Nanoseconds = -1
  var tls: Nanoseconds = -1
  var send: Nanoseconds = -1
  var wait: Nanoseconds = -1
  var receive: Nanoseconds = -1
  var idle: Nanoseconds = -1
  var teardown: Nanoseconds = -1
  var stalled: Nanoseconds = -1
  /// `wait` less the way to the server and back; -1 while there was none, `.min` where some of it is not
  /// known.
  var serverTime: Nanoseconds = -1
  var longestWait: Nanoseconds = -1
  var longestWaitFrame: Int64 = 0
  /// Of the waits that a response ended, where what lies between was captured.
  var longestAnswer: Nanoseconds = -1
  var longestAnswerFrame: Int64 = 0
  var longestIdle: Nanoseconds = -1
  var lastIdle: Nanoseconds = -1
  var exchanges: UInt32 = 0
  var written: UInt32 = 0

  /// - Parameter roundTrip: From the capture point to the server and back; nil where that is not known.
  fileprivate mutating func add(
    _ name: Phase.Name, from start: Instant, to end: Instant, roundTrip: Nanoseconds?
  ) {
    let duration = max(0, end.at &- start.at)
    switch name {
    case .handshake: handshake.addPhase(duration)
    case .tls: tls.addPhase(duration)
    case .send: send.addPhase(duration)
    case .wait:
      wait.addPhase(duration)
      if let roundTrip {
        if serverTime != .min { serverTime.addPhase(max(0, duration &- roundTrip)) }
      } else {
        serverTime = .min
      }
      if duration > longestWait {
        longestWait = duration
        longestWaitFrame = start.frame
      }
    case .receive: receive.addPhase(duration)
    case .idle:
      idle.addPhase(duration)
      longestIdle = max(longestIdle, duration)
      lastIdle = duration
    case .teardown: teardown.addPhase(duration)
    case .stalled: stalled.addPhase(duration)
    case .timeWait: break
    }
    written &+= 1
  }

  /// The first byte of a response is there.
  fileprivate mutating func noteAnswer(from start: Instant, to end: Instant) {
    let wait = end.at &- start.at
    if wait >= PhaseRecord.shortestPoll { notePoll(wait) }
    guard wait > longestAnswer else { return }
    longestAnswer = max(0, wait)
    longestAnswerFrame = start.frame
  }

  private static let silence: Nanoseconds = 1_000_000_000

  /// The server sends more.
  @inline(__always)
  mutating func goOn(at now: Nanoseconds) {
    let silence = now &- lastPayload
    if silence >= PhaseRecord.silence, current == .receive {
      longestUnasked = max(longestUnasked, UInt8(clamping: silence / PhaseRecord.silence))
    }
  }

  /// No server that means to answer at once gives up as late: resolvers and locks take 5 or 10 s.
  static let shortestPoll: Nanoseconds = 15_000_000_000

  private mutating func notePoll(_ wait: Nanoseconds) {
    if PhaseRecord.isAlike(wait, longestAnswer) {
      alikeAnswers = alikeAnswers == .max ? .max : alikeAnswers &+ 1
    } else if wait > longestAnswer {
      alikeAnswers = 0
    }
  }

  /// Within 5 %: a timer, and the ways there and back.
  static func isAlike(_ one: Nanoseconds, _ other: Nanoseconds) -> Bool {
    // Times may be as far apart as numbers can be.
    (one &- other).magnitude <= max(one, other).magnitude / 20
  }
}

extension PhaseRecord {
  /// For `ConnectionRecord.fold`: the first step.
  @inline(__always)
  mutating func foldFollowing(_ handshake: HandshakeRecord) {
    longestAnswer.fold(wait)
    longestAnswerFrame.fold(longestWaitFrame)
    longestWait.fold(wait)
    if wait >= 0 { serverTime.fold(wait &- (handshake.synACK &- handshake.latestSYN.at)) }
    longestIdle.fold(idle)
    lastIdle.fold(idle)
  }

  /// For `ConnectionRecord.fold`: the second step. The phases leave no gap between them.
  @inline(__always)
  mutating func foldIdle() {
    let others = max(0, handshake) &+ max(0, send) &+ max(0, wait) &+ max(0, receive)
    idle.fold(start &- others)
  }

  /// For `ConnectionRecord.fold`.
  ///
  /// - Parameter answered: From the first payload of the client to that of the server; nil without one
  ///   of them.
  @inline(__always)
  mutating func fold(
    lastFrame: Int64, _ known: HandshakeRecord, _ close: TeardownRecord, answered: Nanoseconds?
  ) {
    handshake.fold(known.ack)
    start.fold(close.start)
    startFrame.fold(lastFrame)
    lastPayloadFrame.fold(lastFrame)
    longestWaitFrame.fold(lastFrame)
    if let answered { wait.fold(answered) }
  }
}

extension Nanoseconds {
  /// To a sum that is negative while there is no such phase.
  fileprivate mutating func addPhase(_ duration: Nanoseconds) {
    self = Swift.max(0, self) &+ duration
  }
}

extension ConnectionRecord {
  /// From the capture point to the server and back. Only the handshake measures it for sure: what
  /// acknowledges a request often comes with the response.
  @inline(__always)
  var serverRoundTrip: Nanoseconds? {
    guard handshake.syn != .min, handshake.synACK != .min else { return nil }
    let handshakes = handshake.synACK &- handshake.latestSYN.at
    return handshakes < 0 ? nil : min(handshakes, self[client].roundTrip.min)
  }

  /// A phase is over. All but the first ones only count.
  private mutating func write(
    _ name: Phase.Name, from start: Instant, to end: Instant, _ sink: inout Sink
  ) {
    phases.add(name, from: start, to: end, roundTrip: name == .wait ? serverRoundTrip : nil)
    let goesOn = name == phases.goingOn
    phases.goingOn = name == .idle ? .idle : nil
    if goesOn {
      phases.written &-= 1
      return
    }
    let limit = sink.journal.pointee.phaseLimit
    if phases.written <= limit {
      sink.journal.pointee.append(&chain, name, start)
    } else if phases.written == limit &+ 1 {
      sink.journal.pointee.append(&chain, nil, start)
    }
  }

  /// The span is over.
  mutating func finishPhases(_ end: Instant, _ sink: inout Sink) {
    let journal = sink.journal
    if phases.written <= journal.pointee.phaseLimit { journal.pointee.append(&chain, nil, end) }
  }

  /// The handshake is complete, or no handshake was captured.
  mutating func beginExchanges(_ now: Instant, _ sink: inout Sink) {
    guard phases.current == .handshake else { return }
    let start = Instant(at: phases.start, frame: phases.startFrame)
    if !bits.contains(.midstream) {
      write(.handshake, from: start, to: now, &sink)
    }
    // Fast Open: the request went with the SYN, the answer is due.
    phases.current = phases.lastPayloadFrame != 0 ? .send : .idle
    phases.lastPayload = now.at
    phases.start = now.at
    phases.startFrame = now.frame
  }

  /// New payload, sent by the client or by the server. Says whether it opens a request or response.
  ///
  /// - Parameter isWhole: Nothing that was not captured lies before it: it answers the request that was.
  mutating func exchange(
    fromClient: Bool, isWhole: Bool, _ now: Instant, _ sink: inout Sink
  ) -> Bool {
    if phases.current == .handshake {
      if fromClient, !bits.contains(.midstream) {
        // Payload of a Fast Open SYN; the phase goes on until the handshake is complete.
        let isFirst = phases.lastPayloadFrame == 0
        phases.lastPayloadFrame = now.frame
        return isFirst
      }
      beginExchanges(now, &sink)
    }
    if let opens = hold(sink.piece, fromClient: fromClient, isWhole: isWhole, now, &sink) {
      return opens
    }
    let start = Instant(at: phases.start, frame: phases.startFrame)
    let last = Instant(at: phases.lastPayload, frame: phases.lastPayloadFrame)
    var opens = false
    switch (phases.current, fromClient) {
    case (.receive, false): phases.goOn(at: now.at)
    case (.send, true), (.tls, _):
      break
    case (.send, false):
      write(.send, from: start, to: last, &sink)
      write(.wait, from: last, to: now, &sink)
      if isWhole { phases.noteAnswer(from: last, to: now) }
      phases.exchanges &+= 1
      open(.receive, now)
      opens = true
    case (.wait, false):
      writeNext(.wait, from: start, to: now, &sink)
      if isWhole { phases.noteAnswer(from: start, to: now) }
      phases.exchanges &+= 1
      open(.receive, now)
      opens = true
    case (.wait, true):
      // The request goes on after a stall.
      phases.current = .send
    case (.receive, true):
      writeCurrent(until: now, &sink)
      open(.send, now)
      opens = true
    case (.idle, _):
      writeNext(.idle, from: start, to: now, &sink)
      open(fromClient ? .send : .receive, now)
      opens = true
    case (.handshake, _), (.teardown, _), (.timeWait, _), (.stalled, _):
      return false
    }
    phases.lastPayload = now.at
    phases.lastPayloadFrame = now.frame
    return opens
  }

  /// What may be an answer and may be none; `settleOffer` or the next piece will tell.
  mutating func offer(_ now: Instant, _ sink: inout Sink) {
    if phases.current == .send {
      let last = Instant(at: phases.lastPayload, frame: phases.lastPayloadFrame)
      write(.send, from: Instant(at: phases.start, frame: phases.startFrame), to: last, &sink)
      // The request may go on.
      phases.goingOn = .send
      open(.wait, last)
    }
    phases.lastPayload = now.at
    phases.lastPayloadFrame = now.frame
  }

  /// What may have been the answer was it.
  mutating func settleOffer(_ sink: inout Sink) {
    guard phases.watch.isOffered else { return }
    phases.watch = TicketWatch()
    let start = Instant(at: phases.start, frame: phases.startFrame)
    let offer = Instant(at: phases.lastPayload, frame: phases.lastPayloadFrame)
    write(.wait, from: start, to: offer, &sink)
    phases.noteAnswer(from: start, to: offer)
    phases.exchanges &+= 1
    open(.receive, offer)
  }

  private mutating func open(_ name: Phase.Name, _ now: Instant) {
    phases.current = name
    phases.start = now.at
    phases.startFrame = now.frame
  }

  /// What follows another phase, if it takes any time.
  private mutating func writeNext(
    _ name: Phase.Name, from start: Instant, to end: Instant, _ sink: inout Sink
  ) {
    if end.at > start.at { write(name, from: start, to: end, &sink) }
  }

  /// The response or handshake that was going on, and the idle time after it.
  private mutating func writeCurrent(until now: Instant, _ sink: inout Sink) {
    let start = Instant(at: phases.start, frame: phases.startFrame)
    let last = Instant(at: phases.lastPayload, frame: phases.lastPayloadFrame)
    // Nothing more of it came after a stall.
    let isOver = last.frame < start.frame
    if !isOver { write(phases.current, from: start, to: last, &sink) }
    writeNext(.idle, from: isOver ? start : last, to: now, &sink)
  }

  /// Data was under way and nothing was acknowledged since then.
  mutating func stall(since: Nanoseconds, to now: Instant, _ sink: inout Sink) {
    settleOffer(&sink)
    guard writeStall(since: since, to: now, &sink) else { return }
    phases.start = now.at
    phases.startFrame = now.frame
    if phases.current == .send { phases.current = .wait }
  }

  /// What was going on until the stall, and the stall.
  private mutating func writeStall(
    since: Nanoseconds, to now: Instant, _ sink: inout Sink
  ) -> Bool {
    let start = Instant(at: phases.start, frame: phases.startFrame)
    let last = Instant(at: phases.lastPayload, frame: phases.lastPayloadFrame)
    let begin = Instant(at: max(since, start.at), frame: max(last.frame, start.frame))
    guard now.at > begin.at else { return false }
    switch phases.current {
    case .send:
      write(.send, from: start, to: last.at < begin.at ? last : begin, &sink)
      writeNext(.wait, from: last, to: begin, &sink)
    case .wait: writeNext(.wait, from: start, to: begin, &sink)
    case .receive, .tls: writeNext(phases.current, from: start, to: begin, &sink)
    case .handshake, .idle, .teardown, .timeWait, .stalled: return false
    }
    write(.stalled, from: begin, to: now, &sink)
    return true
  }

  /// The first FIN or the RST: everything from here on is teardown.
  mutating func beginTeardown(_ now: Instant, _ sink: inout Sink) {
    guard phases.current != .teardown else { return }
    settleOffer(&sink)
    phases.watch = TicketWatch()
    switch phases.current {
    case .send, .wait, .tls: bits.insert(.closesInWait)
    case .handshake, .receive, .idle, .teardown, .timeWait, .stalled: break
    }
    closePhase(now, &sink)
    open(.teardown, now)
  }

  /// What began the teardown did not close the connection.
  mutating func resumeExchanges() {
    if phases.current == .teardown { phases.current = .idle }
    bits.remove(.closesInWait)
  }

  /// Ends the phase that is going on, at the first FIN or at the end of the capture.
  mutating func closePhase(_ now: Instant, _ sink: inout Sink) {
    settleOffer(&sink)
    let start = Instant(at: phases.start, frame: phases.startFrame)
    let last = Instant(at: phases.lastPayload, frame: phases.lastPayloadFrame)
    if let since = stallSince(latest), writeStall(since: since, to: now, &sink) { return }
    switch phases.current {
    case .handshake:
      let name: Phase.Name = bits.contains(.midstream) ? .idle : .handshake
      write(name, from: start, to: now, &sink)
    case .receive, .tls:
      writeCurrent(until: now, &sink)
    case .send:
      write(.send, from: start, to: last, &sink)
      writeNext(.wait, from: last, to: now, &sink)
    case .wait:
      writeNext(.wait, from: start, to: now, &sink)
    case .idle:
      writeNext(.idle, from: start, to: now, &sink)
    case .teardown:
      write(.teardown, from: start, to: now, &sink)
    case .timeWait, .stalled:
      break
    }
  }
}

extension ConnectionRecord {
  /// The segment that was just ingested begins a TLS handshake.
  mutating func beginTLS() {
    // The phase that the ClientHello has opened.
    if phases.current == .send || phases.current == .receive { phases.current = .tls }
  }

  /// The first record with data of an application is in the segment that was just ingested.
  mutating func endTLS(_ due: ServerDue, _ segment: SegmentView, _ sink: inout Sink) {
    let now = Instant(at: latest.since(start), frame: segment.frame)
    write(
      .tls, from: Instant(at: phases.start, frame: phases.startFrame), to: now, &sink)
    let isRequest = segment.from == client
    open(isRequest ? .send : .receive, now)
    if isRequest { watchForTickets(due) }
  }
}

// MARK: Stalls

extension ConnectionRecord {
  /// Since when nothing of what one end has under way was acknowledged, until the end of the capture or of
  /// what can be told; nil where that is no longer than a retransmission time-out.
  @inline(__always)
  private func stallSince(_ now: Timestamp) -> Nanoseconds? {
    let one = low.silence(of: high, until: now)
    let other = high.silence(of: low, until: now)
    guard let since = one.map({ one in other.map { min(one, $0) } ?? one }) ?? other else {
      return nil
    }
    return since.since(start)
  }
}

extension EndpointRecord {
  /// Since when `peer` acknowledged nothing of what this end has under way.
  fileprivate func silence(of peer: EndpointRecord, until now: Timestamp) -> Timestamp? {
    guard coverage.isStarted, coverage.acked.isBefore(coverage.highest), peer.segments > 0 else {
      return nil
    }
    return silence(
      heard: peer.analysis.lastSegmentTime, peerWindow: peer.analysis.window, until: now)
  }

  /// - Parameters:
  ///   - heard: When the peer said something last.
  ///   - now: When it did again, or the capture ended.
  func silence(heard: Timestamp, peerWindow: UInt32, until now: Timestamp) -> Timestamp? {
    let since = max(heard, roundTrip.timedSince ?? heard)
    let time = now.since(since)
    // A closed window stops a sender by intent; without a repeat only a second is sure (RFC 6298 2.4).
    guard time >= RoundTripRecord.leastTimeout, peerWindow > 0, time >= roundTrip.timeout,
      coverage.retransmittedSegments > 0 || time >= EndpointRecord.sureTimeout
    else { return nil }
    return since
  }

  private static let sureTimeout: Nanoseconds = 1_000_000_000
}
