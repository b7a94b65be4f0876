import TCPModel

/// Both directions of a connection that transfers something, and whose time it took.
struct TransferRecord: BitwiseCopyable {
  /// The first field: `sender(_:)` relies on it.
  private var senders = InlineArray<2, SenderRecord>(repeating: SenderRecord())
  var blame = BlameRecord()
  /// When both ends could send, since the first segment; nil where that was not captured.
  var opened: Nanoseconds?
  fileprivate(set) var isReset = false
  /// When its last segment was captured, since the connection's first one.
  var latest: Nanoseconds = 0
  /// It was touched since `LimitPool` looked at it last.
  var isRecent = true
}

// Where it lies: a copy of a sender is 900 bytes.
extension UnsafeMutablePointer<TransferRecord> {
  @inline(__always)
  func sender(_ end: End) -> UnsafeMutablePointer<SenderRecord> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: SenderRecord.self) + end.index
  }

  /// A segment of the connection, in the order of capture.
  @inline(__always)
  func note(_ step: TransferStep, from end: End) {
    if step.flags.contains(.rst) {
      reset(step, end)
      return
    }
    // Its program read meanwhile.
    let hasRead = step.payload == 0 && step.length > 0 && hasRead(step, end)
    if step.flags.contains(.ack), sender(end.other).pointee.acknowledge(step) {
      // Where the capture missed what the peer sent, it may have missed what this end sent meanwhile.
      sender(end).pointee.bits.insert(.mayHaveGap)
    }
    if sender(end).pointee.bits.contains(.hasHole) { sender(end).pointee.fillHole(step) }
    guard step.length > 0, step.kind != .passedOver else {
      if step.isPure, !step.flags.contains(.syn) {
        sender(.low).pointee.bits.insert(.seesBareACKs)
        sender(.high).pointee.bits.insert(.seesBareACKs)
      }
      sender(end).pointee.noteOther(step)
      return
    }
    if step.payload == 0, !hasRead, endsIdleness(end, at: step.at) {
      passIdleness(to: step.at, end)
    }
    let verdict = sender(end).pointee.transmit(step, opened: pointee.opened)
    pass(at: step.at, verdict, end)
  }

  /// Nothing is to come: reset, or closed by both ends and acknowledged.
  @inline(__always)
  var isOver: Bool {
    pointee.isReset || sender(.low).pointee.isDone && sender(.high).pointee.isDone
  }

  /// A client that closes sooner after an answer has done with it.
  private static var patience: Nanoseconds { 1_000_000_000 }

  /// Everything both had said was acknowledged, and an end that owes nothing says no more: that which spoke
  /// last, or the client, which may have waited for what never came. A server owes an answer.
  private func endsIdleness(_ end: End, at now: Nanoseconds) -> Bool {
    let (own, peer) = (sender(end), sender(end.other))
    guard own.pointee.hasNothingUnderWay, peer.pointee.hasNothingUnderWay else { return false }
    return pointee.blame.isLast(end)
      ? own.pointee.bits.contains(.hasSent)
      : peer.pointee.bits.contains(.hasSent) && !own.pointee.bits.contains(.isServer)
        && now &- pointee.blame.until >= UnsafeMutablePointer.patience
  }

  /// It offers more than in its last segment, by more than what it rounds.
  private func hasRead(_ step: TransferStep, _ end: End) -> Bool {
    let peer = sender(end.other)
    let last = peer.pointee.newest
    return step.isWindowKnown && step.window > 0 && last.at != .min
      && last.window &+ max(2_920, 2 &* peer.pointee.segmentSize) < step.window
  }

  private func passIdleness(to now: Nanoseconds, _ end: End) {
    // What was sent last was under way first.
    let (own, peer) = (sender(end), sender(end.other))
    let arrival =
      pointee.blame.isLast(end)
      ? own.pointee.doneAt
      : max(
        max(pointee.blame.until, peer.pointee.lastAt) &+ own.pointee.senderDistance,
        peer.pointee.doneAt &- peer.pointee.senderDistance)
    pointee.blame.passNetwork(to: min(arrival, now), speaker: end)
    pointee.blame.passUnknown(to: now, speaker: end)
  }

  /// Of an end that probed a closed window when the connection ended it is known what it waited for.
  private func endProbing(at now: Nanoseconds) {
    for end in End.allCases {
      if let verdict = sender(end).pointee.endProbing(at: now) { pass(at: now, verdict, end) }
    }
  }

  private func reset(_ step: TransferStep, _ end: End) {
    endProbing(at: step.at)
    if !hasRead(step, end), endsIdleness(end, at: step.at) { passIdleness(to: step.at, end) }
    pass(at: step.at, LimitVerdict(limit: .application, start: step.at, end: step.at), end)
    pointee.isReset = true
    sender(.low).pointee.endBusy(at: step.at)
    sender(.high).pointee.endBusy(at: step.at)
  }

  @inline(__always)
  private func pass(at captured: Nanoseconds, _ verdict: LimitVerdict, _ end: End) {
    pointee.blame.pass(at: captured, verdict, end, sender(end), sender(end.other))
  }

  /// The connection is over, or the capture is.
  ///
  /// - Parameter end: When, since the first segment.
  func finish(at end: Nanoseconds) {
    if !pointee.isReset { endProbing(at: end) }
    sender(.low).pointee.finish(at: end)
    sender(.high).pointee.finish(at: end)
    pointee.blame.finish(at: end, sender(.low), sender(.high))
    pointee.blame.move(sender(.low).pointee.blame, .low)
    pointee.blame.move(sender(.high).pointee.blame, .high)
  }

  /// Puts a copy with what belongs to it, but what is under way, into `copy`.
  func copy(to copy: UnsafeMutablePointer<TransferRecord>) {
    copy.update(from: self, count: 1)
    for end in End.allCases {
      copy.sender(end).pointee.underWay = AcknowledgmentQueue()
      copy.sender(end).pointee.rounds = sender(end).pointee.rounds?.duplicate()
      copy.sender(end).pointee.list = sender(end).pointee.list?.duplicate()
    }
  }

  /// Frees what belongs to it, but the memory of small queues.
  func release() {
    sender(.low).pointee.release()
    sender(.high).pointee.release()
  }

  func deallocateAll() {
    release()
    sender(.low).pointee.underWay.deallocate()
    sender(.high).pointee.underWay.deallocate()
  }

  /// Makes it a blank one, which keeps the memory of its queues.
  func clear(as blank: UnsafeMutablePointer<TransferRecord>) {
    let queues = (sender(.low).pointee.underWay, sender(.high).pointee.underWay)
    update(from: blank, count: 1)
    sender(.low).pointee.underWay = queues.0
    sender(.high).pointee.underWay = queues.1
  }
}

extension SenderRecord {
  fileprivate mutating func release() {
    underWay.removeAll()
    rounds?.deallocate()
    rounds = nil
    list?.deinitialize(count: 1)
    list?.deallocate()
    list = nil
  }
}

extension UnsafeMutablePointer {
  fileprivate func duplicate() -> UnsafeMutablePointer {
    let copy = UnsafeMutablePointer.allocate(capacity: 1)
    copy.initialize(to: pointee)
    return copy
  }
}

extension SenderRecord {
  @inline(__always)
  fileprivate var hasNothingUnderWay: Bool { doneAt != .min || !bits.contains(.hasSent) }

  /// It closed, and everything is acknowledged.
  @inline(__always)
  fileprivate var isDone: Bool { bits.contains(.lastIsFIN) && doneAt != .min }

  mutating func endBusy(at now: Nanoseconds) {
    if bits.contains(.isBusy) { busy &+= max(0, now &- busySince) }
    bits.remove(.isBusy)
    if bits.contains(.hasSent), doneAt == .min { doneAt = now }
  }

  fileprivate mutating func finish(at end: Nanoseconds) {
    guard bits.contains(.hasSent) else { return }
    endSpan()
    let drained = doneAt == .min ? end : min(doneAt, end)
    if drained > lastSent {
      let limit = place.seesBoth ? Limit.drain : .unknown
      times[limit] &+= drained &- lastSent
      list?.pointee.add(
        LimitInterval(
          limit, start: lastSent, duration: drained &- lastSent, firstFrame: lastFrame,
          lastFrame: lastFrame), round: 0)
    }
    if bits.contains(.isBusy) { busy &+= max(0, end &- busySince) }
    bits.remove(.isBusy)
    if let rounds {
      let least = roundTrip.isKnown ? roundTrip.least : 0
      while let verdict = rounds.pointee.finish(leastRoundTrip: least, segment: segmentSize) {
        settle(verdict)
      }
    }
    if let rate = steadyRate {
      // What a queue showed for most of the time is more exact.
      if times[.bandwidth] < times[.congestionWindow] { rounds?.pointee.rate.replace(by: rate) }
      give(.congestionWindow, to: .bandwidth)
    } else if isLimitedByLoss {
      give(.congestionWindow, to: .loss)
      // Rounds that were alike for a while behind other losses tell of no rate of the path's own.
      if times[.bandwidth] < times[.loss] {
        bits.insert(.isLossLimited)
        give(.bandwidth, to: .loss)
      }
    }
    list?.pointee.mergeAll()
  }

  private mutating func give(_ limit: Limit, to other: Limit) {
    if times[limit] == 0 { return }
    times[other] &+= times[limit]
    times[limit] = 0
    list?.pointee.rename(limit, to: other)
  }

  /// What a link lets through that loses what is too much at once: that many losses, one by one, would have left less.
  private var steadyRate: Int64? {
    guard lossEvents >= 3, let ratio = shareOfMathis, ratio > 2 else { return nil }
    return rounds?.pointee.pace.steady
  }

  /// The goodput is what the formula allows, within a factor of two. A few losses are no rate.
  @inline(__always)
  private var isLimitedByLoss: Bool {
    guard lossEvents >= 4, let ratio = shareOfMathis else { return false }
    return ratio >= 0.5 && ratio <= 2
  }

  /// The goodput, as a multiple of what the formula of Mathis and others (1997) allows at this rate of loss.
  @inline(__always)
  private var shareOfMathis: Double? {
    guard segments > repeats, repeats > 0, times[.congestionWindow] > 0,
      let mean = roundTrip.mean,
      mean > 0, segmentSize > 0, lastSent > 0
    else { return nil }
    let share = Double(repeats) / Double(segments)
    let allowed = 1.22 * Double(segmentSize) / (Double(mean) * share.squareRoot())
    let active = times.total &- times[.application] &- times[.drain]
    guard active > 0 else { return nil }
    return Double(sentBytes) / Double(active) / allowed
  }
}
