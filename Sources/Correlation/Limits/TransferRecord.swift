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
    if step.flags.contains(.ack), sender(end.other).pointee.acknowledge(step) {
      // Where the capture missed what the peer sent, it may have missed what this end sent meanwhile.
      sender(end).pointee.bits.insert(.hasGap)
    }
    if sender(end).pointee.bits.contains(.hasHole) { sender(end).pointee.fillHole(step) }
    guard step.length > 0, step.kind != .passedOver else {
      sender(end).pointee.noteOther(step.identification)
      return
    }
    if step.payload == 0, endsIdleness(end) { passIdleness(to: step.at, end) }
    let verdict = sender(end).pointee.transmit(step, opened: pointee.opened)
    pass(to: step.at, verdict, end)
  }

  /// Nothing is to come: reset, or closed by both ends and acknowledged.
  @inline(__always)
  var isOver: Bool {
    pointee.isReset || sender(.low).pointee.isDone && sender(.high).pointee.isDone
  }

  /// Everything both had said was acknowledged, and the end that spoke last says no more: nobody waited for
  /// anything.
  private func endsIdleness(_ end: End) -> Bool {
    let (own, peer) = (sender(end), sender(end.other))
    return pointee.blame.isLast(end) && own.pointee.bits.contains(.hasSent)
      && own.pointee.doneAt != .min
      && (peer.pointee.doneAt != .min || !peer.pointee.bits.contains(.hasSent))
  }

  private func passIdleness(to now: Nanoseconds, _ end: End) {
    // What was sent last was under way first.
    pointee.blame.passNetwork(to: min(sender(end).pointee.doneAt, now), speaker: end)
    pointee.blame.passUnknown(to: now, speaker: end)
  }

  private func reset(_ step: TransferStep, _ end: End) {
    if endsIdleness(end) { passIdleness(to: step.at, end) }
    pass(to: step.at, LimitVerdict(limit: .application, start: step.at, end: step.at), end)
    pointee.isReset = true
    sender(.low).pointee.endBusy(at: step.at)
    sender(.high).pointee.endBusy(at: step.at)
  }

  @inline(__always)
  private func pass(to now: Nanoseconds, _ verdict: LimitVerdict, _ end: End) {
    pointee.blame.pass(to: now, verdict, end, sender(end), sender(end.other))
  }

  /// The connection is over, or the capture is.
  ///
  /// - Parameter end: When, since the first segment.
  func finish(at end: Nanoseconds) {
    sender(.low).pointee.finish(at: end)
    sender(.high).pointee.finish(at: end)
    pointee.blame.finish(at: end, sender(.low), sender(.high))
    pointee.blame.move(sender(.low).pointee.blame, .low)
    pointee.blame.move(sender(.high).pointee.blame, .high)
  }

  /// Puts a copy with what belongs to it, but what is under way, into `copy`.
  func copy(to copy: UnsafeMutablePointer<TransferRecord>) {
    copy.update(from: self, count: 1)
    for end in [End.low, .high] {
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
    if isLimitedByLoss {
      giveToLoss(.congestionWindow)
      // Rounds that were alike for a while behind other losses tell of no rate of the path's own.
      if times[.bandwidth] < times[.loss] {
        bits.insert(.isLossLimited)
        giveToLoss(.bandwidth)
      }
    }
    list?.pointee.mergeAll()
  }

  private mutating func giveToLoss(_ limit: Limit) {
    if times[limit] == 0 { return }
    times[.loss] &+= times[limit]
    times[limit] = 0
    list?.pointee.rename(limit, to: .loss)
  }

  /// The goodput is what the formula of Mathis and others (1997) allows at this rate of loss, within a
  /// factor of two.
  @inline(__always)
  private var isLimitedByLoss: Bool {
    // A few losses are no rate.
    guard lossEvents >= 4, segments > repeats, repeats > 0, times[.congestionWindow] > 0,
      let mean = roundTrip.mean,
      mean > 0, segmentSize > 0, lastSent > 0
    else { return false }
    let share = Double(repeats) / Double(segments)
    let allowed = 1.22 * Double(segmentSize) / (Double(mean) * share.squareRoot())
    let active = times.total &- times[.application] &- times[.drain]
    guard active > 0 else { return false }
    let ratio = Double(sentBytes) / Double(active) / allowed
    return ratio >= 0.5 && ratio <= 2
  }
}
