import TCPModel

/// Whose side took a connection's time: what holds either end back decides, a host before the network,
/// and where neither was held back the silence is that end's which breaks it.
struct BlameRecord: BitwiseCopyable {
  private(set) var low: Nanoseconds = 0
  private(set) var high: Nanoseconds = 0
  private(set) var network: Nanoseconds = 0
  private(set) var unknown: Nanoseconds = 0
  /// Until when it is known, but for what is pending.
  private(set) var until: Nanoseconds = 0
  private var last = End.low
  private var lastSpoke: Nanoseconds = 0
  private var isStarted = false
  /// The end that spoke last did so as soon as it had heard the other one: it waits for answers.
  private var isPrompt = false
  private static let prompt: Nanoseconds = 100_000

  /// Nobody is to blame for what is under way: an opening, its answer.
  mutating func passNetwork(to now: Nanoseconds, speaker end: End) {
    network &+= take(to: now)
    last = end
    lastSpoke = now
    isStarted = true
  }

  /// Whether this end sent last.
  func isLast(_ end: End) -> Bool { isStarted && last == end }

  /// Time of which nothing tells whose it was.
  mutating func passUnknown(to now: Nanoseconds, speaker end: End) {
    unknown &+= take(to: now)
    last = end
    lastSpoke = now
    isStarted = true
  }

  /// Time until `sender` sent, by its own clock, in which it was held back.
  ///
  /// - Parameter at: When that was captured.
  mutating func pass(
    at captured: Nanoseconds, _ verdict: LimitVerdict, _ end: End,
    _ sender: UnsafeMutablePointer<SenderRecord>, _ peer: UnsafeMutablePointer<SenderRecord>
  ) {
    let limit = verdict.limit
    resolve(&sender.pointee.blame.sinceSent, limit, end)
    resolve(&sender.pointee.blame.sinceDone, limit, end)
    // Of a sender nobody knows how far it is all that is told is how its queue grew.
    let isBlind = limit.owner == .nobody && sender.pointee.place.sender == nil
    let now = isBlind ? captured : min(verdict.end, captured)
    network &+= take(to: min(now, until &+ verdict.queue))
    if last != end, limit.owner == .program || limit.owner == .nobody {
      // What the other end had sent was still under way.
      network &+= take(to: max(until, min(now, peer.pointee.lastAt)))
    }
    let distance = sender.pointee.senderDistance
    // Where it has not heard yet what the other end said of its own accord, and said something else meanwhile,
    // nothing tells whose silence it was.
    let isUntold =
      !isPrompt && verdict.end &- verdict.start < distance
      && peer.pointee.bits.contains(.hasSent)
      && sender.pointee.answered.isBefore(peer.pointee.highest)
    let done = peer.pointee.bits.contains(.hasSent) ? peer.pointee.doneAt : .min
    if done != .min, done > until, done < now {
      span(to: done, limit, end, distance: distance, isUntold: isUntold, sender, peer)
      // What is left of the way back.
      span(
        to: now, limit, end, distance: max(0, distance &- (done &- lastSpoke)), isUntold: isUntold,
        sender, peer)
    } else {
      span(to: now, limit, end, distance: distance, isUntold: isUntold, sender, peer)
    }
    let gap = captured &- lastSpoke
    if last != end {
      isPrompt = gap &- distance <= BlameRecord.prompt
    } else if gap > BlameRecord.prompt {
      isPrompt = false
    }
    last = end
    lastSpoke = captured
    isStarted = true
  }

  private mutating func span(
    to now: Nanoseconds, _ limit: Limit, _ end: End, distance: Nanoseconds,
    isUntold: Bool, _ sender: UnsafeMutablePointer<SenderRecord>,
    _ peer: UnsafeMutablePointer<SenderRecord>
  ) {
    let start = until
    let time = take(to: now)
    if time == 0 { return }
    var sums = PendingBlame.Sums()
    switch limit.owner {
    case .sender: addHost(time, end)
    case .receiver:
      addHost(time, end.other)
      if limit == .receiverWindow { sender.pointee.rounds?.pointee.noteWindowBlame(time) }
    case .path:
      sums.network = time
      if limit == .congestionWindow { sender.pointee.rounds?.pointee.noteBlame(time) }
    case .nobody: sums.unknown = time
    case .program:
      // What the other end said is under way first.
      let way = isStarted && last != end ? min(time, distance) : 0
      if isUntold { sums.unknown = way } else { sums.network = way }
      if end == .low { sums.low = time &- way } else { sums.high = time &- way }
    }
    guard peer.pointee.bits.contains(.hasSent) else {
      add(sums)
      return
    }
    let done = peer.pointee.doneAt
    if done != .min, start >= done {
      peer.pointee.blame.sinceDone.add(sums)
    } else {
      peer.pointee.blame.sinceSent.add(sums)
    }
  }

  /// Nothing more is sent: what both ends had under way is the network's, the rest of the silence
  /// nobody's that is known.
  mutating func finish(
    at end: Nanoseconds, _ low: UnsafeMutablePointer<SenderRecord>,
    _ high: UnsafeMutablePointer<SenderRecord>
  ) {
    resolveLast(low, .low)
    resolve(&low.pointee.blame.sinceDone, .application, .low)
    resolveLast(high, .high)
    resolve(&high.pointee.blame.sinceDone, .application, .high)
    if low.pointee.place.seesBoth, high.pointee.place.seesBoth {
      network &+= take(
        to: max(until, low.pointee.drained(by: end), high.pointee.drained(by: end)))
    }
    unknown &+= take(to: end)
  }

  /// What was sent last is the network's until it is acknowledged; what never is, for no longer than the
  /// sender itself would have waited.
  private mutating func resolveLast(_ sender: UnsafeMutablePointer<SenderRecord>, _ end: End) {
    if sender.pointee.doneAt == .min {
      let silence = sender.pointee.blame.sinceSent.low &+ sender.pointee.blame.sinceSent.high
      let doubtful = max(0, silence &- sender.pointee.patience)
      let fromLow = min(doubtful, sender.pointee.blame.sinceSent.low)
      sender.pointee.blame.sinceSent.low &-= fromLow
      sender.pointee.blame.sinceSent.high &-= doubtful &- fromLow
      unknown &+= doubtful
    }
    resolve(
      &sender.pointee.blame.sinceSent, sender.pointee.place.seesBoth ? .drain : .unknown, end)
  }

  /// The network's time was the sender's host's, or nobody's, as is known now.
  mutating func move(_ pending: PendingBlame, _ end: End) {
    let host = min(pending.movedToHost, network)
    network &-= host
    addHost(host, end)
    let path = min(pending.movedFromPeer, end == .low ? high : low)
    addHost(0 &- path, end.other)
    network &+= path
    let doubtful = min(pending.movedToUnknown, network)
    network &-= doubtful
    unknown &+= doubtful
  }

  private mutating func take(to now: Nanoseconds) -> Nanoseconds {
    let time = max(0, now &- until)
    until = max(until, now)
    return time
  }

  private mutating func addHost(_ time: Nanoseconds, _ end: End) {
    if end == .low { low &+= time } else { high &+= time }
  }

  private mutating func add(_ sums: PendingBlame.Sums) {
    network &+= sums.network
    unknown &+= sums.unknown
    low &+= sums.low
    high &+= sums.high
  }

  private mutating func resolve(
    _ sums: inout PendingBlame.Sums, _ limit: Limit, _ end: End
  ) {
    if sums.isEmpty { return }
    let silence = sums.low &+ sums.high
    switch limit.owner {
    case .program: add(sums)
    case .path:
      network &+= sums.network &+ silence
      unknown &+= sums.unknown
    case .nobody: unknown &+= sums.network &+ sums.unknown &+ silence
    case .sender: addHost(sums.network &+ sums.unknown &+ silence, end)
    case .receiver: addHost(sums.network &+ sums.unknown &+ silence, end.other)
    }
    sums = PendingBlame.Sums()
  }
}

extension SenderRecord {
  /// When nothing of what it sent was under way any more.
  fileprivate func drained(by end: Nanoseconds) -> Nanoseconds {
    guard bits.contains(.hasSent), !bits.contains(.isReset) else { return .min }
    return min(end, doneAt == .min ? lastSent &+ patience : doneAt)
  }

  /// How long it waits for an acknowledgment (RFC 6298).
  fileprivate var patience: Nanoseconds { roundTrip.isKnown ? roundTrip.timeout : 1_000_000_000 }
}
