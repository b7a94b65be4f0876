import TCPModel

/// Divides a connection's span into phases without gaps, while its segments come by.
///
/// An exchange is the client's bytes, then the server's; a phase is only known to have ended when
/// the next one begins, so the last payload of the current one is remembered.
struct PhaseRecord: BitwiseCopyable {
  /// The part that is going on. `send` and `receive` end with their last payload: what follows
  /// is `wait` or `idle`, as the next segment with payload will show.
  var current: Phase.Name = .handshake
  var start: Nanoseconds = 0
  var lastPayload: Nanoseconds = 0
  var startFrame: Int64 = 0
  var lastPayloadFrame: Int64 = 0
  var handshake: Nanoseconds = -1
  var send: Nanoseconds = -1
  var wait: Nanoseconds = -1
  var receive: Nanoseconds = -1
  var idle: Nanoseconds = -1
  var teardown: Nanoseconds = -1
  var longestWait: Nanoseconds = -1
  var longestWaitFrame: Int64 = 0
  var longestIdle: Nanoseconds = -1
  var exchanges: UInt32 = 0
  var written: UInt32 = 0
}

/// A moment in a connection.
struct Instant: BitwiseCopyable, Equatable {
  var at: Nanoseconds
  var frame: Int64
}

/// Takes the phases as they become known, each beginning where the one before ended; all but the
/// first `limit` only count.
struct PhaseLog {
  var limit: UInt32

  func write(
    _ name: Phase.Name, from start: Instant, to end: Instant, _ record: inout PhaseRecord,
    _ chain: inout Journal.Chain, _ journal: inout Journal
  ) {
    let duration = max(0, end.at &- start.at)
    switch name {
    case .handshake: add(duration, to: &record.handshake)
    case .send: add(duration, to: &record.send)
    case .wait:
      add(duration, to: &record.wait)
      if duration > record.longestWait {
        record.longestWait = duration
        record.longestWaitFrame = start.frame
      }
    case .receive: add(duration, to: &record.receive)
    case .idle:
      add(duration, to: &record.idle)
      record.longestIdle = max(record.longestIdle, duration)
    case .teardown: add(duration, to: &record.teardown)
    case .timeWait: break
    }
    record.written &+= 1
    if record.written <= limit {
      journal.append(&chain, name, start)
    } else if record.written == limit &+ 1 {
      journal.append(&chain, nil, start)
    }
  }

  /// The span is over.
  func finish(
    _ end: Instant, _ record: PhaseRecord, _ chain: inout Journal.Chain, _ journal: inout Journal
  ) {
    if record.written <= limit { journal.append(&chain, nil, end) }
  }

  private func add(_ duration: Nanoseconds, to sum: inout Nanoseconds) {
    sum = max(0, sum) &+ duration
  }
}

extension ConnectionRecord {
  /// The handshake is complete, or no handshake was captured.
  mutating func beginExchanges(_ now: Instant, _ log: PhaseLog, _ journal: inout Journal) {
    guard phases.current == .handshake else { return }
    let start = Instant(at: phases.start, frame: phases.startFrame)
    if !bits.contains(.midstream) {
      log.write(.handshake, from: start, to: now, &phases, &chain, &journal)
    }
    // Fast Open: the request went with the SYN, the answer is due.
    phases.current = phases.lastPayloadFrame != 0 ? .send : .idle
    phases.lastPayload = now.at
    phases.start = now.at
    phases.startFrame = now.frame
  }

  /// New payload, sent by the client or by the server. Says whether it opens a request or response.
  mutating func exchange(
    fromClient: Bool, _ now: Instant, _ log: PhaseLog, _ journal: inout Journal
  ) -> Bool {
    if phases.current == .handshake {
      if fromClient, !bits.contains(.midstream) {
        // Payload of a Fast Open SYN; the phase goes on until the handshake is complete.
        let isFirst = phases.lastPayloadFrame == 0
        phases.lastPayloadFrame = now.frame
        return isFirst
      }
      beginExchanges(now, log, &journal)
    }
    let start = Instant(at: phases.start, frame: phases.startFrame)
    let last = Instant(at: phases.lastPayload, frame: phases.lastPayloadFrame)
    var opens = false
    switch (phases.current, fromClient) {
    case (.send, true), (.receive, false):
      break
    case (.send, false):
      log.write(.send, from: start, to: last, &phases, &chain, &journal)
      log.write(.wait, from: last, to: now, &phases, &chain, &journal)
      phases.exchanges &+= 1
      open(.receive, now)
      opens = true
    case (.receive, true):
      log.write(.receive, from: start, to: last, &phases, &chain, &journal)
      writeIdle(from: last, to: now, log, &journal)
      open(.send, now)
      opens = true
    case (.idle, _):
      writeIdle(from: start, to: now, log, &journal)
      open(fromClient ? .send : .receive, now)
      opens = true
    case (.handshake, _), (.wait, _), (.teardown, _), (.timeWait, _):
      return false
    }
    phases.lastPayload = now.at
    phases.lastPayloadFrame = now.frame
    return opens
  }

  private mutating func open(_ name: Phase.Name, _ now: Instant) {
    phases.current = name
    phases.start = now.at
    phases.startFrame = now.frame
  }

  private mutating func writeIdle(
    from start: Instant, to end: Instant, _ log: PhaseLog, _ journal: inout Journal
  ) {
    if end.at > start.at {
      log.write(.idle, from: start, to: end, &phases, &chain, &journal)
    }
  }

  /// The first FIN or the RST: everything from here on is teardown.
  mutating func beginTeardown(_ now: Instant, _ log: PhaseLog, _ journal: inout Journal) {
    guard phases.current != .teardown else { return }
    closePhase(now, log, &journal)
    open(.teardown, now)
  }

  /// Ends the phase that is going on, at the first FIN or at the end of the capture.
  mutating func closePhase(_ now: Instant, _ log: PhaseLog, _ journal: inout Journal) {
    let start = Instant(at: phases.start, frame: phases.startFrame)
    let last = Instant(at: phases.lastPayload, frame: phases.lastPayloadFrame)
    switch phases.current {
    case .handshake:
      let name: Phase.Name = bits.contains(.midstream) ? .idle : .handshake
      log.write(name, from: start, to: now, &phases, &chain, &journal)
    case .send:
      log.write(.send, from: start, to: last, &phases, &chain, &journal)
      if now.at > last.at {
        log.write(.wait, from: last, to: now, &phases, &chain, &journal)
      }
    case .receive:
      log.write(.receive, from: start, to: last, &phases, &chain, &journal)
      writeIdle(from: last, to: now, log, &journal)
    case .idle:
      writeIdle(from: start, to: now, log, &journal)
    case .teardown:
      log.write(.teardown, from: start, to: now, &phases, &chain, &journal)
    case .wait, .timeWait:
      break
    }
  }
}
