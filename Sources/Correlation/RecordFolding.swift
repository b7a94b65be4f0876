import TCPModel

// What is near another number is kept, in a packed record, as the distance to it: in most
// connections nothing, or a byte. A folded field is the reference less the field, so folding twice
// gives the field again, in any order, as long as no reference is folded itself. Those that are
// moved too, the anchors, go last on the way in and first on the way out.
//
// A field that is not set is never near its reference and costs up to eight bytes: the references
// are chosen for connections that went their usual way.

extension ConnectionRecord {
  mutating func fold() {
    foldFields()
    moveAnchors(-1)
  }

  mutating func unfold() {
    moveAnchors(1)
    foldFields()
  }

  /// A frame that was captured twice is known by its fingerprint for a second.
  mutating func forgetCopies(_ now: Timestamp) {
    guard now.since(latest) > 1_000_000_000 else { return }
    withEndpoints(senderIsLow: true) { low, high in
      low.recent = InlineArray(repeating: 0)
      high.recent = InlineArray(repeating: 0)
    }
  }

  /// The other way round, because they lie behind what they are counted from.
  private mutating func moveAnchors(_ sign: Int64) {
    latest.nanoseconds &+= sign &* start.nanoseconds
    lastFrame &+= sign &* firstFrame
    withEndpoints(senderIsLow: true) { low, high in
      low.moveAnchor(sign)
      high.moveAnchor(sign)
    }
  }

  private mutating func foldFields() {
    let latest = latest
    let duration = latest.nanoseconds &- start.nanoseconds
    withEndpoints(senderIsLow: true) { low, high in
      low.fold(latest, peer: high.analysis)
      high.fold(latest, peer: low.analysis)
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
    phases.longestWait.fold(phases.wait)
    phases.longestWaitFrame.fold(lastFrame)
    phases.longestIdle.fold(phases.idle)
    chain.fold(Instant(at: duration, frame: lastFrame))
  }
}

extension EndpointRecord {
  @inline(__always)
  fileprivate mutating func moveAnchor(_ sign: Int64) {
    analysis.nextSequence.rawValue &+=
      UInt32(truncatingIfNeeded: sign) &* analysis.baseSequence.rawValue
  }

  fileprivate mutating func fold(_ latest: Timestamp, peer: SequenceAnalysisRecord) {
    let base = analysis.baseSequence
    let next = analysis.nextSequence
    analysis.nextSequenceTime.fold(latest)
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
  }
}

extension Int64 {
  @inline(__always)
  fileprivate mutating func fold(_ reference: Int64) {
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
