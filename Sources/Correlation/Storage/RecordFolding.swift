import TCPModel

// What is near another number is kept, in a packed record, as the distance to it: in most
// connections nothing, or a byte. A folded field is the reference less the field, so folding twice
// gives the field again, in any order, as long as no reference is folded itself. Those that are
// moved too, the anchors, go last on the way in and first on the way out.
//
// What only follows from several others is folded before them, in the order of `fold`.
//
// A field that is not set is never near its reference and costs up to eight bytes: the references
// are chosen for connections that went their usual way.

extension ConnectionRecord {
  mutating func fold() {
    foldFollowing()
    foldIdle()
    foldFields()
    moveAnchors(-1)
  }

  mutating func unfold() {
    moveAnchors(1)
    foldFields()
    foldIdle()
    foldFollowing()
  }

  /// A frame that was captured twice is known by its fingerprint for a second.
  mutating func forgetCopies(_ now: Timestamp) {
    guard now.since(latest) > 1_000_000_000 else { return }
    withEndpoints(from: .low) { low, high in
      low.recent = InlineArray(repeating: EndpointRecord.Print())
      high.recent = InlineArray(repeating: EndpointRecord.Print())
    }
  }

  /// The other way round, because they lie behind what they are counted from.
  private mutating func moveAnchors(_ sign: Int64) {
    latest.nanoseconds &+= sign &* start.nanoseconds
    lastFrame &+= sign &* firstFrame
    withEndpoints(from: .low) { low, high in
      low.moveAnchor(sign)
      high.moveAnchor(sign)
    }
  }

  private mutating func foldFollowing() {
    let wait = phases.wait
    let idle = phases.idle
    phases.longestWait.fold(wait)
    if wait >= 0 {
      phases.serverTime.fold(wait &- (handshake.synACK &- handshake.latestSYN.at))
    }
    phases.longestIdle.fold(idle)
    phases.lastIdle.fold(idle)
    let close = teardown
    let start = start
    let latest = latest
    let initiator = Timestamp(nanoseconds: start.nanoseconds &+ close.start)
    let other = Timestamp(nanoseconds: start.nanoseconds &+ close.secondFIN)
    withEndpoints(from: .low) { low, high in
      low.foldFollowing(
        low.bits.contains(.finSent) ? (close.initiator == .low ? initiator : other) : latest)
      high.foldFollowing(
        high.bits.contains(.finSent) ? (close.initiator == .low ? other : initiator) : latest)
    }
    zeek.foldClosed(other)
    chain.fold()
  }

  /// The phases leave no gap between them.
  private mutating func foldIdle() {
    let known = phases
    let others =
      max(0, known.handshake) &+ max(0, known.send) &+ max(0, known.wait) &+ max(0, known.receive)
    phases.idle.fold(known.start &- others)
  }

  private mutating func foldFields() {
    let latest = latest
    let duration = latest.nanoseconds &- start.nanoseconds
    let end = Instant(at: duration, frame: lastFrame)
    withEndpoints(from: .low) { low, high in
      low.fold(latest, peer: high.analysis, end)
      high.fold(latest, peer: low.analysis, end)
      high.foldOffer(low)
    }
    zeek.fold(low.analysis, high.analysis)
    initial.latestSYN.fold(start)
    initial.value.fold(handshake.ack)
    handshake.latestSYN.frame.fold(firstFrame)
    handshake.latestSYNACK.fold(handshake.synACK)
    teardown.secondFIN.fold(duration)
    teardown.end.fold(duration)
    teardown.startFrame.fold(lastFrame)
    teardown.firstACKFrame.fold(lastFrame)
    teardown.secondFINFrame.fold(lastFrame)
    teardown.secondACKFrame.fold(lastFrame)
    phases.handshake.fold(handshake.ack)
    phases.start.fold(teardown.start)
    phases.startFrame.fold(lastFrame)
    phases.lastPayloadFrame.fold(lastFrame)
    phases.longestWaitFrame.fold(lastFrame)
    if low.firstPayload != .min, high.firstPayload != .min {
      let wait = low.firstPayload &- high.firstPayload
      phases.wait.fold(client == .low ? 0 &- wait : wait)
    }
  }
}

extension EndpointRecord {
  @inline(__always)
  fileprivate mutating func moveAnchor(_ sign: Int64) {
    analysis.nextSequence.rawValue &+=
      UInt32(truncatingIfNeeded: sign) &* analysis.baseSequence.rawValue
  }

  /// - Parameter sent: When the last sequence number was sent, most likely.
  fileprivate mutating func foldFollowing(_ sent: Timestamp) {
    analysis.nextSequenceTime.fold(sent)
    roundTrip.foldLeast()
  }

  fileprivate mutating func fold(
    _ latest: Timestamp, peer: SequenceAnalysisRecord, _ end: Instant
  ) {
    let base = analysis.baseSequence
    let next = analysis.nextSequence
    analysis.lastSegmentTime.fold(latest)
    analysis.maxToBeAcked.fold(next)
    analysis.lastACK.fold(peer.nextSequence)
    coverage.uniqueBytes.fold(payloadBytes)
    coverage.first.fold(base)
    coverage.highest.fold(next)
    coverage.acked.fold(next)
    roundTrip.fold(latest: latest, next: next)
    finEnd.fold(next)
    isn.fold(base)
    // The ACK of the last FIN, which nothing follows.
    if state == .lastACK {
      pendingACK.at.fold(end.at)
      pendingACK.frame.fold(end.frame)
    }
  }

  /// Both ends often offer the same.
  @inline(__always)
  fileprivate mutating func foldOffer(_ peer: EndpointRecord) {
    latestTTL = peer.latestTTL &- latestTTL
    ttl = peer.ttl &- ttl
    windowShift = peer.windowShift &- windowShift
    mss = peer.mss &- mss
    offered = TCPOptions.Kinds(rawValue: peer.offered.rawValue ^ offered.rawValue)
  }
}

extension Int64 {
  @inline(__always)
  mutating func fold(_ reference: Int64) {
    self = reference &- self
  }
}

extension Timestamp {
  @inline(__always)
  mutating func fold(_ reference: Timestamp) {
    nanoseconds.fold(reference.nanoseconds)
  }
}

extension SequenceNumber {
  @inline(__always)
  mutating func fold(_ reference: SequenceNumber) {
    rawValue = reference.rawValue &- rawValue
  }
}
