import TCPModel

// From a connection's record and a segment to what the limits need of them.

extension ConnectionRecord {
  @inline(__always)
  func place(ofSender end: End) -> CapturePlace {
    let answers = self[end.other].roundTrip.min
    let own = self[end].roundTrip.min
    return CapturePlace(
      sender: answers == .max ? nil : answers, receiver: own == .max ? nil : own,
      seesBoth: self[end.other].segments > 0)
  }

  /// What is known of a sender before it sends.
  func prepare(_ sender: inout SenderRecord, _ end: End) {
    let peer = self[end.other]
    if end != client { sender.bits.insert(.isServer) }
    if !bits.contains(.midstream) { sender.bits.insert(.seesBeginning) }
    prepareSize(&sender, self[end], peer)
    guard peer.segments > 0 else { return }
    var sight = AcknowledgmentSight(at: peer.analysis.lastSegmentTime.since(start))
    sight.acknowledgment = peer.analysis.lastACK
    let isScaled = !peer.analysis.bits.contains(.awaitsFirstACK)
    sight.window = peer.analysis.window &<< (isScaled ? peer.analysis.shift : 0)
    if peer.analysis.windowScale != SequenceAnalysisRecord.WindowScale.unknown {
      sight.bits.insert(.isWindowKnown)
    }
    sender.current = sight
    sender.currentSince = sight.at
    sender.newest = sight
    sender.acknowledged = sight.acknowledgment
  }

  /// What the peer takes in a segment (RFC 6691: less the options).
  private func prepareSize(
    _ sender: inout SenderRecord, _ own: EndpointRecord, _ peer: EndpointRecord
  ) {
    guard peer.mss > 0 else {
      sender.bits.insert(.sizeIsGuess)
      return
    }
    let least = own.mss > 0 ? min(own.mss, peer.mss) : peer.mss
    let hasTimestamps =
      peer.offered.contains(.timestamps) && (own.offered.contains(.timestamps) || own.mss == 0)
    sender.segmentSize = UInt32(least) &- (hasTimestamps && least > 12 ? 12 : 0)
  }

  func step(_ segment: SegmentView) -> TransferStep {
    let isSYN = segment.flags.contains(.syn)
    let shift = isSYN ? 0 : self[segment.from].analysis.shift
    let scale = self[segment.from].analysis.windowScale
    var step = TransferStep(
      at: latest.since(start), frame: segment.frame, sequence: segment.sequence,
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

  func kind(_ verdict: SegmentVerdict, _ sender: SenderRecord) -> Kind {
    if length == 0 { return .new }
    if !verdict.isDisjoint(with: .probe) { return .passedOver }
    if verdict.contains(.resent) { return .repeated }
    if verdict.contains(.ambiguous) { return .doubtful }
    guard sender.bits.contains(.hasSent) else { return .new }
    return end.isAtOrBefore(sender.highest) ? .passedOver : .new
  }
}
