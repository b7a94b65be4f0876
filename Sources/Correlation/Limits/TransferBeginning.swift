import TCPModel

// From a connection's record and a segment to what the limits need of them.

extension UnsafePointer<ConnectionRecord> {
  /// Where the capture was taken, as far as is known by now.
  @inline(__always)
  func updatePlaces(_ low: inout CapturePlace, _ high: inout CapturePlace) {
    let one = endpoint(.low)
    let other = endpoint(.high)
    let lowTrip = one.pointee.roundTrip.min.corrected(by: high.echoTrip)
    let highTrip = other.pointee.roundTrip.min.corrected(by: low.echoTrip)
    low.update(sender: highTrip, receiver: lowTrip, seesBoth: other.pointee.segments > 0)
    high.update(sender: lowTrip, receiver: highTrip, seesBoth: one.pointee.segments > 0)
  }

  /// What is known of a sender before it sends.
  func prepare(_ sender: inout SenderRecord, _ end: End) {
    let peer = endpoint(end.other)
    if end != pointee.client { sender.bits.insert(.isServer) }
    if !pointee.bits.contains(.midstream) { sender.bits.insert(.seesBeginning) }
    if pointee.zeek.holdsBareACKs { sender.bits.insert(.seesBareACKs) }
    prepareOffers(&sender, end)
    // A SYN acknowledges nothing.
    guard peer.pointee.segments > 0, !awaitsAnswer else { return }
    var sight = AcknowledgmentSight(
      at: peer.pointee.analysis.lastSegmentTime.since(pointee.start))
    sight.acknowledgment = peer.pointee.analysis.lastACK
    let isScaled = !peer.pointee.analysis.bits.contains(.awaitsFirstACK)
    sight.window =
      peer.pointee.analysis.window &<< (isScaled ? peer.pointee.analysis.shift : 0)
    if peer.pointee.analysis.windowScale != SequenceAnalysisRecord.WindowScale.unknown {
      sight.bits.insert(.isWindowKnown)
    }
    sender.current = sight
    sender.currentSince = sight.at
    sender.newest = sight
    sender.acknowledged = sight.acknowledgment
  }

  /// What both SYNs said, as far as they were captured: a transfer that begins with one (RFC 7413) has but one.
  func prepareOffers(_ sender: inout SenderRecord, _ end: End) {
    let (own, peer) = (endpoint(end), endpoint(end.other))
    if pointee.handshake.syn != .min, pointee.handshake.synACK != .min {
      sender.bits.insert(.knowsWay)
    }
    sender.bits.remove(.hasSACK)
    if !own.pointee.refusesSACK, !peer.pointee.refusesSACK { sender.bits.insert(.hasSACK) }
    prepareSize(&sender, own, peer)
  }

  /// Nothing but a SYN was captured.
  private var awaitsAnswer: Bool {
    pointee.handshake.syn != .min
      && endpoint(.low).pointee.segments &+ endpoint(.high).pointee.segments == 1
  }

  /// What the peer takes in a segment (RFC 6691: less the options).
  private func prepareSize(
    _ sender: inout SenderRecord, _ own: UnsafePointer<EndpointRecord>,
    _ peer: UnsafePointer<EndpointRecord>
  ) {
    let (ownSize, peerSize) = (own.pointee.mss, peer.pointee.mss)
    guard peerSize > 0 else {
      sender.bits.insert(.sizeIsGuess)
      return
    }
    sender.bits.remove(.sizeIsGuess)
    let least = ownSize > 0 ? min(ownSize, peerSize) : peerSize
    let hasTimestamps =
      peer.pointee.offered.contains(.timestamps)
      && (own.pointee.offered.contains(.timestamps) || ownSize == 0)
    sender.segmentSize = UInt32(least) &- (hasTimestamps && least > 12 ? 12 : 0)
  }

  @inline(__always)
  func step(_ segment: SegmentView) -> TransferStep {
    let isSYN = segment.flags.contains(.syn)
    let sender = endpoint(segment.from)
    let shift = isSYN ? 0 : sender.pointee.analysis.shift
    let scale = sender.pointee.analysis.windowScale
    var step = TransferStep(
      at: pointee.latest.since(pointee.start), frame: segment.frame, sequence: segment.sequence,
      acknowledgment: segment.acknowledgment, payload: segment.payloadLength,
      length: isSYN && segment.payloadLength == 0 ? 0 : segment.sequenceLength,
      flags: segment.flags, window: UInt32(segment.window) &<< shift,
      isWindowKnown: scale != SequenceAnalysisRecord.WindowScale.unknown,
      hasTimestamps: segment.options.kinds.contains(.timestamps),
      timestamp: segment.options.timestampValue, echo: segment.options.timestampEcho,
      identification: segment.ipIdentification,
      headers: segment.ipLength &- min(segment.ipLength, segment.payloadLength))
    if segment.options.kinds.contains(.sack) { step.add(segment.options) }
    return step
  }
}

extension Nanoseconds {
  @inline(__always)
  fileprivate func corrected(by echo: Nanoseconds) -> Nanoseconds {
    self == .max ? self : Swift.min(self, echo)
  }
}

extension EndpointRecord {
  /// Its SYN was captured, whole, and did not offer it: what nobody saw was offered, as it nearly always is.
  fileprivate var refusesSACK: Bool {
    !bits.isDisjoint(with: .anySYNSent) && offered.isDisjoint(with: [.sackPermitted, .cut])
  }
}

extension TransferStep {
  /// The blocks beyond the acknowledgment; one at or below it reports a duplicate (RFC 2883).
  fileprivate mutating func add(_ options: TCPOptions) {
    for index in 0..<Int(min(options.sackCount, 4)) {
      let block = options.sack[index]
      if acknowledgment.isBefore(block.left), block.left.isBefore(block.right) {
        sackedBytes &+= UInt32(bitPattern: block.left.distance(to: block.right))
      }
    }
  }

  @inline(__always)
  func kind(_ verdict: SegmentVerdict, _ sender: UnsafePointer<SenderRecord>) -> Kind {
    if length == 0 { return .new }
    if !verdict.isDisjoint(with: .probe) { return .passedOver }
    if verdict.contains(.resent) { return .repeated }
    if verdict.contains(.ambiguous) { return .doubtful }
    guard sender.pointee.bits.contains(.hasSent) else { return .new }
    return end.isAtOrBefore(sender.pointee.highest) ? .passedOver : .new
  }
}
