import TCPModel

// Header prediction, as TCP stacks do it (V. Jacobson, 4.3BSD Reno): once a SYN and its SYN/ACK are
// there, nearly every segment lies right behind the one before and acknowledges what was seen. What
// the long way, `ConnectionRecord.ingest`, finds out about the sequence space of such a segment is
// known beforehand; here it is only written down: a plain segment takes 250 instructions instead of
// 630. All others go the long way.
//
// A field that `ingest` changes for a segment in line has to be changed here too, and a condition
// under which it would conclude something has to send the segment the long way:
// `HeaderPredictionTests` holds every byte of both results against each other.

extension ConnectionRecord {
  /// Whether the next segment may be one in line. It stays so while only such come.
  @inline(__always)
  var isPredictable: Bool {
    low.isInLine && high.isInLine && !teardown.doubtfulRST.isSet
      && zeek.isInLine(low.coverage.highest, high.coverage.highest)
  }

  /// Ingests a segment if it is in line. Only if `prediction` is `inLine`.
  ///
  /// - Returns: false if nothing was done, because the segment has to go the long way.
  @inline(__always)
  mutating func ingestInLine(
    _ segment: SegmentView, _ sink: inout Sink
  ) -> Bool {
    let sender = segment.from
    guard segment.flags.intersection(.openingACK) == .ack, segment.time >= latest,
      segment.hasNothingSpecial, !segment.flags.contains(.fin) || zeek.mayEnd(sender),
      withEndpoints(from: sender, { $0.sendInLine(segment, to: &$1) })
    else { return false }
    latest = segment.time
    lastFrame = segment.frame
    initial.note(segment)
    zeek.noteInLine(segment)
    completeness |= segment.payloadLength > 0 ? 8 : 4
    let now = Instant(at: latest.since(start), frame: lastFrame)
    if segment.payloadLength > 0 {
      if self[sender].firstPayload == .min { self[sender].firstPayload = now.at }
      let isFromClient = sender == client
      if phases.isContinued(fromClient: isFromClient) {
        if !isFromClient { phases.goOn(at: now.at) }
        phases.lastPayload = now.at
        phases.lastPayloadFrame = now.frame
      } else if exchange(fromClient: isFromClient, isWhole: true, now, &sink) {
        sink.verdict.insert(.opensExchange)
      }
    }
    if isPlain(segment) { return true }
    if segment.flags.contains(.fin) { completeness |= 16 }
    moveStates(Moment(segment, start: start, latest: latest), &sink)
    return true
  }
}

extension TCPFlags {
  /// Of these a segment in line has ACK alone.
  fileprivate static var openingACK: TCPFlags { TCPFlags(rawValue: 0x016) }
}

extension SegmentView {
  /// Whole, with a window, and with no option but time stamps.
  @inline(__always)
  fileprivate var hasNothingSpecial: Bool {
    !isHeaderDamaged && !isHeaderCut && window != 0
      && acknowledgment.rawValue != 0 && sequence.rawValue != 0
      && options.kinds.subtracting(.timestamps).isEmpty
  }
}

extension EndpointRecord {
  /// Everything that was sent has been seen, once, and nothing waits for an answer.
  @inline(__always)
  fileprivate var isInLine: Bool {
    segments > 0 && bits.isDisjoint(with: .unsettled) && coverage.isStarted
      && coverage.holes == 0 && coverage.highest == analysis.nextSequence && analysis.isInLine
  }

  /// The sender's and the receiver's part of a segment in line.
  ///
  /// - Returns: Whether it is one; if not, nothing was changed.
  @inline(__always)
  fileprivate mutating func sendInLine(
    _ segment: SegmentView, to receiver: inout EndpointRecord
  ) -> Bool {
    let acknowledgment = segment.acknowledgment
    let length = segment.payloadLength
    let space = segment.sequenceLength
    let newlyAcked =
      receiver.coverage.isAcked
      ? receiver.coverage.acked.distance(to: acknowledgment)
      : receiver.coverage.believesFirst(acknowledgment) ? 1 : -1
    guard segment.sequence == analysis.nextSequence,
      newlyAcked >= 0, newlyAcked < Coverage.jumpLimit,
      acknowledgment.isAtOrBefore(receiver.analysis.maxToBeAcked)
    else { return false }
    // After so long a silence it may have ended a stall.
    if newlyAcked > 0,
      segment.time.since(analysis.lastSegmentTime) >= RoundTripRecord.leastTimeout
    {
      return false
    }
    if space == 0 {
      // The same acknowledgment again: a duplicate, a window update, a copy of the frame.
      if newlyAcked == 0 || acknowledgment == analysis.lastACK { return false }
    } else {
      let end = segment.sequence + length
      if length > 0 {
        let isRepeated = end.isAtOrBefore(receiver.analysis.lastACK)
        if isRepeated || space == length && receiver.analysis.isFilled(by: end) { return false }
        payloadBytes &+= Int64(length)
        coverage.uniqueBytes &+= Int64(length)
      }
      if space != length { finSegments &+= 1 }
      let next = segment.sequence + space
      analysis.nextSequence = next
      analysis.nextSequenceTime = segment.time
      analysis.maxToBeAcked = next
      coverage.highest = next
      roundTrip.sent(segment)
    }
    remember(segment, EndpointRecord.fingerprint(segment))
    segments &+= 1
    ipBytes &+= Int64(segment.ipLength)
    if acknowledgment != analysis.lastACK { analysis.duplicateACKs = 0 }
    analysis.lastACK = acknowledgment
    analysis.window = UInt32(segment.window)
    analysis.lastSegmentTime = segment.time
    analysis.bits = .baseKnown
    maxWindow = max(maxWindow, analysis.window &<< analysis.shift)
    bits.insert(.spoke)
    latestTTL = segment.ttl
    noteSending(segment)
    receiver.coverage.acked = acknowledgment
    receiver.coverage.isAcked = true
    receiver.roundTrip.acknowledged(segment)
    return true
  }
}

extension SequenceAnalysisRecord {
  @inline(__always)
  fileprivate var isInLine: Bool {
    bits.subtracting(.awaitsFirstACK) == .baseKnown && window != 0 && maxToBeAcked == nextSequence
  }
}

extension PhaseRecord {
  /// More payload of the same request or response.
  @inline(__always)
  fileprivate func isContinued(fromClient: Bool) -> Bool {
    current == (fromClient ? .send : .receive) || current == .tls
  }
}
