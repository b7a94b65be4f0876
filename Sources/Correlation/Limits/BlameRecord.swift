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

  /// Nobody is to blame for what is under way: an opening, its answer.
  mutating func passNetwork(to now: Nanoseconds, speaker end: End) {
    network &+= take(to: now)
    last = end
    lastSpoke = now
    isStarted = true
  }

  /// Time up to `now`, in which `sender` was held back until it sent.
  mutating func pass(
    to now: Nanoseconds, _ verdict: LimitVerdict, _ end: End, distance: Nanoseconds,
    _ sender: inout SenderRecord, _ peer: inout SenderRecord
  ) {
    let limit = verdict.limit
    resolve(&sender.blame.sinceSent, limit, end)
    resolve(&sender.blame.sinceDone, limit, end)
    network &+= take(to: min(now, until &+ verdict.queue))
    let done = peer.bits.contains(.hasSent) ? peer.doneAt : .min
    if done != .min, done > until, done < now {
      span(to: done, limit, end, distance: distance, &sender, &peer)
      // What is left of the way back.
      span(
        to: now, limit, end, distance: max(0, distance &- (done &- lastSpoke)),
        &sender, &peer)
    } else {
      span(to: now, limit, end, distance: distance, &sender, &peer)
    }
    last = end
    lastSpoke = now
    isStarted = true
  }

  private mutating func span(
    to now: Nanoseconds, _ limit: Limit, _ end: End, distance: Nanoseconds,
    _ sender: inout SenderRecord, _ peer: inout SenderRecord
  ) {
    let start = until
    let time = take(to: now)
    var sums = PendingBlame.Sums()
    switch limit.owner {
    case .sender: addHost(time, end)
    case .receiver: addHost(time, end.other)
    case .path:
      sums.network = time
      if limit == .congestionWindow { sender.rounds?.pointee.noteBlame(time) }
    case .nobody: sums.unknown = time
    case .program:
      // What the other end said is under way first.
      sums.network = isStarted && last != end ? min(time, distance) : 0
      if end == .low { sums.low = time &- sums.network } else { sums.high = time &- sums.network }
    }
    guard peer.bits.contains(.hasSent) else {
      add(sums)
      return
    }
    if peer.doneAt != .min, start >= peer.doneAt {
      peer.blame.sinceDone.add(sums)
    } else {
      peer.blame.sinceSent.add(sums)
    }
  }

  /// Nothing more is sent: what both ends had under way is the network's, the rest of the silence
  /// nobody's that is known.
  mutating func finish(
    at end: Nanoseconds, _ low: inout SenderRecord, _ high: inout SenderRecord
  ) {
    resolve(&low.blame.sinceSent, .drain, .low)
    resolve(&low.blame.sinceDone, .application, .low)
    resolve(&high.blame.sinceSent, .drain, .high)
    resolve(&high.blame.sinceDone, .application, .high)
    var drained = until
    for one in [low, high] where one.bits.contains(.hasSent) && !one.bits.contains(.isReset) {
      drained = max(drained, one.doneAt == .min ? end : min(end, one.doneAt))
    }
    network &+= take(to: drained)
    unknown &+= take(to: end)
  }

  /// The network's time was the sender's host's, or nobody's, as is known now.
  mutating func move(_ pending: PendingBlame, _ end: End) {
    let host = min(pending.movedToHost, network)
    network &-= host
    addHost(host, end)
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
