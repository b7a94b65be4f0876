import TCPModel

/// Both directions of a connection that transfers something, and whose time it took.
struct TransferRecord: BitwiseCopyable {
  private var senders = InlineArray<2, SenderRecord>(repeating: SenderRecord())
  var blame = BlameRecord()
  /// When both ends could send, since the first segment; nil where that was not captured.
  var opened: Nanoseconds?
  private(set) var isReset = false
  /// It was touched since `LimitPool` looked at it last.
  var isRecent = true

  subscript(end: End) -> SenderRecord {
    @inline(__always) get { senders[end.index] }
    @inline(__always) _modify { yield &senders[end.index] }
  }

  /// A segment of the connection, in the order of capture.
  mutating func note(_ step: TransferStep, from end: End) {
    if isOver { return }
    if step.flags.contains(.rst) {
      reset(step, end)
      return
    }
    if step.flags.contains(.ack) { self[end.other].acknowledge(step) }
    guard step.length > 0, step.kind != .passedOver else {
      self[end].noteOther(step.identification)
      return
    }
    guard let verdict = self[end].transmit(step, opened: opened) else { return }
    pass(to: step.at, verdict, end)
  }

  /// Nothing is to come: reset, or closed by both ends and acknowledged.
  var isOver: Bool { isReset || self[.low].isDone && self[.high].isDone }

  private mutating func reset(_ step: TransferStep, _ end: End) {
    pass(to: step.at, LimitVerdict(limit: .application, start: step.at, end: step.at), end)
    isReset = true
    for end in [End.low, .high] { self[end].endBusy(at: step.at) }
  }

  private mutating func pass(to now: Nanoseconds, _ verdict: LimitVerdict, _ end: End) {
    withUnsafeMutablePointer(to: &senders) { pointer in
      let first = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: SenderRecord.self)
      let sender = end.index
      blame.pass(
        to: now, verdict, end, distance: first[sender].senderDistance,
        &first[sender],
        &first[1 - sender])
    }
  }

  /// The connection is over, or the capture is.
  ///
  /// - Parameter end: When, since the first segment.
  mutating func finish(at end: Nanoseconds) {
    self[.low].finish(at: end)
    self[.high].finish(at: end)
    withUnsafeMutablePointer(to: &senders) { pointer in
      let first = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: SenderRecord.self)
      blame.finish(at: end, &first[0], &first[1])
    }
    blame.move(self[.low].blame, .low)
    blame.move(self[.high].blame, .high)
  }

  /// With what belongs to it, but what is under way.
  func copy() -> TransferRecord {
    var copy = self
    for end in [End.low, .high] {
      copy[end].underWay = AcknowledgmentQueue()
      copy[end].rounds = copy[end].rounds?.duplicate()
      copy[end].list = copy[end].list?.duplicate()
    }
    return copy
  }

  mutating func deallocate() {
    for end in [End.low, .high] {
      self[end].underWay.deallocate()
      self[end].rounds?.deallocate()
      self[end].rounds = nil
      self[end].list?.deinitialize(count: 1)
      self[end].list?.deallocate()
      self[end].list = nil
    }
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
  fileprivate var isDone: Bool { bits.contains(.lastIsFIN) && doneAt != .min }

  mutating func endBusy(at now: Nanoseconds) {
    if bits.contains(.isBusy) { busy &+= max(0, now &- busySince) }
    bits.remove(.isBusy)
    if bits.contains(.hasSent), doneAt == .min { doneAt = now }
  }

  fileprivate mutating func finish(at end: Nanoseconds) {
    guard bits.contains(.hasSent) else { return }
    let drained = doneAt == .min ? end : min(doneAt, end)
    if drained > lastSent {
      times[.drain] &+= drained &- lastSent
      list?.pointee.add(
        LimitInterval(
          .drain, start: lastSent, duration: drained &- lastSent, firstFrame: lastFrame,
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
      times[.loss] &+= times[.congestionWindow]
      times[.congestionWindow] = 0
      list?.pointee.rename(.congestionWindow, to: .loss)
    }
    list?.pointee.mergeAll()
  }

  /// The goodput is what the formula of Mathis and others (1997) allows at this rate of loss, within a
  /// factor of two.
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
