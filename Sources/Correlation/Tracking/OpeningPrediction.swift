import TCPModel

// The SYN that begins a connection and the SYN/ACK that answers it, when they are as the textbook has
// them: the same bargain as in `HeaderPrediction`, 600 instructions each instead of 1,280. The states
// take the same way as always.

extension ConnectionRecord {
  /// What the next segment is likely to be.
  enum Prediction: UInt8, BitwiseCopyable {
    case nothing
    /// The SYN of a connection of which nothing was seen.
    case opening
    /// The SYN/ACK to that SYN.
    case answer
    case inLine
    /// What tells whether a SYN that `FlowCorrelator` holds back begins another connection.
    case verdictOnSYN
  }

  /// Ingests a SYN or SYN/ACK. Only if `prediction` is `opening` or `answer`.
  ///
  /// - Returns: false if nothing was done, because the segment has to go the long way.
  mutating func ingestOpening(
    _ segment: SegmentView, _ sink: inout Sink
  ) -> Bool {
    let sender = segment.from
    let isAnswer = prediction == .answer
    guard segment.flags.intersection(.controlACK) == (isAnswer ? .synACK : .syn),
      segment.payloadLength == 0, segment.window != 0, segment.sequence.rawValue != 0,
      !segment.isHeaderDamaged, !segment.isHeaderCut, segment.time >= latest,
      isAnswer
        ? sender != client && segment.acknowledgment == self[sender.other].isn + 1
        : segment.acknowledgment.rawValue == 0
    else { return false }
    latest = segment.time
    lastFrame = segment.frame
    withEndpoints(from: sender) { $0.open(segment, isAnswer: isAnswer, to: &$1) }
    zeek.open(segment, isAnswer: isAnswer)
    if isAnswer {
      completeness |= 2
    } else {
      completeness = 1
      firstSYNSender = sender
      client = sender
      initial.latestSYN = segment.time
    }
    moveStates(Moment(segment, start: start, latest: latest), &sink)
    prediction = isAnswer ? (isPredictable ? .inLine : .nothing) : .answer
    return true
  }
}

extension EndpointRecord {
  @inline(__always)
  fileprivate mutating func open(
    _ segment: SegmentView, isAnswer: Bool, to peer: inout EndpointRecord
  ) {
    remember(segment, EndpointRecord.fingerprint(segment))
    segments = 1
    synSegments = 1
    ipBytes = Int64(segment.ipLength)
    bits.insert(isAnswer ? .synACKSent : .synSent)
    bits.insert(.spoke)
    isn = segment.sequence
    noteOffer(segment)
    ttl = segment.ttl
    maxWindow = UInt32(segment.window)
    analysis.open(segment)
    SequenceAnalysis.noteWindowScale(segment, sender: &analysis, receiver: &peer.analysis)
    coverage.open(at: segment.sequence)
    roundTrip.sent(segment)
    noteSending(segment)
    if isAnswer {
      peer.coverage.acknowledge(segment.acknowledgment)
      peer.roundTrip.acknowledged(segment)
    }
  }
}

extension SequenceAnalysisRecord {
  @inline(__always)
  fileprivate mutating func open(_ segment: SegmentView) {
    baseSequence = segment.sequence
    nextSequence = segment.sequence + 1
    nextSequenceTime = segment.time
    maxToBeAcked = nextSequence
    lastACK = segment.acknowledgment
    lastSegmentTime = segment.time
    window = UInt32(segment.window)
    bits.insert(.baseKnown)
    bits.insert(.awaitsFirstACK)
  }
}
