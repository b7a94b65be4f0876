import TCPModel

// What the peer tells a sender.

extension SenderRecord {
  /// Acknowledgments that reach a sender so close together count as one where its clock, in whole
  /// milliseconds, is the witness.
  private static let together: Nanoseconds = 1_500_000
  /// A host may take in a batch of them before it sends (NAPI, GRO).
  static let batch: Nanoseconds = 100_000
  /// Coarser time stamps do not tell how far a sender is.
  private static let longestTick: Nanoseconds = 4_500_000

  /// A segment of the peer that acknowledges.
  ///
  /// - Returns: Whether it acknowledges what was never captured.
  @discardableResult
  mutating func acknowledge(_ step: TransferStep) -> Bool {
    var sight = AcknowledgmentSight(
      at: step.at, acknowledgment: step.acknowledgment, window: step.window,
      timestamp: step.timestamp)
    if step.hasTimestamps { sight.bits.insert(.hasTimestamp) }
    if step.isWindowKnown { sight.bits.insert(.isWindowKnown) }
    if step.payload > 0 {
      sight.bits.insert(.hasPayload)
      heardAt = step.at
    }
    guard bits.contains(.hasSent) else {
      acknowledged = step.acknowledgment
      take(sight)
      return false
    }
    if unheardSince != .min { hear(step) }
    let advance = acknowledged.distance(to: step.acknowledgment)
    // Late: what it says is outdated (RFC 9293 3.10.7.4, SND.WL2).
    if advance < 0 { return false }
    let isUnseen = advance > 0 && isMissing(until: step.acknowledgment)
    if isUnseen { noteGap() }
    let last = underWay.isEmpty ? current : newest
    if advance > 0 || step.sackedBytes > 0 || last.edge.isBefore(sight.edge) {
      sight.bits.insert(.moves)
    }
    if step.sackedBytes > 0 { sight.bits.insert(.reportsHole) }
    if advance > 0 {
      advanceAcknowledged(step, by: UInt32(advance))
    } else if advance == 0, step.isPure, step.window == last.window, flight > 0 {
      duplicates &+= 1
      if duplicates == 3 { sight.bits.insert([.reportsHole, .moves]) }
    }
    if place.isAtSender {
      noteDelivered(step, advance)
    }
    if step.flags.contains(.ece) { rounds?.pointee.noteLoss() }
    newest = sight
    if place.isAtSender {
      while let first = underWay.first {
        take(first)
        underWay.removeFirst()
      }
      take(sight)
    } else if !underWay.append(sight) {
      bits.insert(.hasForgotten)
    }
    return isUnseen
  }

  /// The peer is heard again.
  @inline(__always)
  private mutating func hear(_ step: TransferStep) {
    let time = step.at &- unheardSince
    if time >= SenderRecord.longSilence, unheardRepeats >= 2, time > silence.end &- silence.start,
      acknowledged.isBefore(step.acknowledgment)
    {
      silence = Span(
        limit: .timeout, start: unheardSince, end: step.at, firstFrame: unheardFrame,
        lastFrame: step.frame)
      silenceRepeats = unheardRepeats
    }
    unheardSince = .min
    unheardRepeats = 0
  }

  /// Two repeats in vain and a path that comes back may take a second.
  private static let longSilence: Nanoseconds = 2_000_000_000

  /// Something before this number was sent and arrived, but not captured.
  private func isMissing(until acknowledgment: SequenceNumber) -> Bool {
    highest.isBefore(acknowledgment) || bits.contains(.hasHole) && hole.isBefore(acknowledgment)
  }

  private mutating func advanceAcknowledged(_ step: TransferStep, by advance: UInt32) {
    if highest.isBefore(step.acknowledgment) { highest = step.acknowledgment }
    acknowledged = step.acknowledgment
    duplicates = 0
    bits.remove(.hasProbed)
    if timedAt != .min, timedEnd.isAtOrBefore(acknowledged), bits.contains(.seesBareACKs) {
      if !answersLater(step) { addTimed(step) }
      timedAt = .min
    }
    if acknowledged == highest {
      doneAt = step.at &+ senderDistance
      if bits.contains(.isBusy) {
        busy &+= max(0, doneAt &- busySince)
        bits.remove(.isBusy)
      }
    }
  }

  private mutating func addTimed(_ step: TransferStep) {
    let sample = senderDistance &+ timedQueue &+ (step.at &- timedAt)
    addRoundTrip(sample, frame: step.frame, time: bits.contains(.isLoaded) ? sample : 0)
    if bits.contains(.hasDoubtfulDelay) { settleDelay(roundTrip: sample) }
  }

  /// What it echoes was sent much later than the segment that is timed: that one, or one before it, was missing and
  /// came again, which the capture may have missed.
  @inline(__always)
  private func answersLater(_ step: TransferStep) -> Bool {
    step.hasTimestamps
      && Int32(bitPattern: step.echo &- timedStamp) > SenderRecord.longestEchoed
  }

  /// Where whole milliseconds are counted; hosts that echo the last of some segments are no further off.
  private static let longestEchoed: Int32 = 50

  /// Where the way to the sender is not known, a sample is of the rest of the way alone.
  mutating func addRoundTrip(_ sample: Nanoseconds, frame: Int64, time: Nanoseconds) {
    guard place.sender != nil else { return }
    roundTrip.add(sample, frame: frame, time: time)
    rounds?.pointee.noteRoundTrip(sample)
  }

  /// Delivered is what is acknowledged or reported beyond a hole.
  private mutating func noteDelivered(_ step: TransferStep, _ advance: Int32) {
    // An option has room for three or four blocks, and names others each time: what was reported once has arrived.
    let advance = UInt32(max(0, advance))
    let reported = max(sackedBytes - min(sackedBytes, advance), step.sackedBytes)
    let gained = Int64(advance) + Int64(reported) - Int64(sackedBytes)
    sackedBytes = reported
    guard gained > 0, rounds != nil else { return }
    advanceRounds(to: step.at)
    rounds?.pointee.noteDelivery(UInt32(clamping: gained))
    rounds?.pointee.noteArrival(UInt32(clamping: gained), at: step.at)
    rounds?.pointee.notePassing(UInt32(clamping: gained))
  }

  /// The sender knows it now.
  mutating func take(_ sight: AcknowledgmentSight) {
    let isTogether = comesWithCurrent(sight)
    if isTogether {
      let earlier = current.bits.intersection([.moves, .reportsHole, .hasPayload])
      current = sight
      current.bits.formUnion(earlier)
    } else {
      // One that moves nothing leaves the sender where it was.
      if before.at == .min || current.bits.contains(.moves) { before = current }
      if current.bits.contains(.moves), current.at >= lastSent { passed &+= 1 }
      current = sight
      currentSince = sight.at
    }
    if sight.bits.contains(.hasPayload) { bits.insert(.peerSpoke) }
    // It begins with what is sent again: a hole alone may be reordering.
    if bits.contains(.isRecovering), recoveryPoint.isAtOrBefore(sight.acknowledgment) {
      bits.remove(.isRecovering)
    }
  }

  private func comesWithCurrent(_ sight: AcknowledgmentSight) -> Bool {
    if current.at == .min { return false }
    let distance = sight.at &- currentSince
    if place.isAtSender { return distance <= SenderRecord.batch && lastSent < currentSince }
    return distance <= SenderRecord.together
      || sight.bits.contains(.hasTimestamp) && current.bits.contains(.hasTimestamp)
        && sight.timestamp == current.timestamp
  }

  mutating func beginRecovery() {
    if !bits.contains(.isRecovering) {
      rounds?.pointee.noteLoss()
      lossEvents &+= 1
    }
    bits.insert(.isRecovering)
    recoveryPoint = highest
  }

  /// Takes those that had reached the sender when it sent this.
  ///
  /// - Parameter sent: When, by its own clock.
  mutating func takeKnown(at sent: Nanoseconds, _ step: TransferStep) {
    while let sight = underWay.first {
      if step.hasTimestamps, sight.bits.contains(.hasTimestamp) {
        let age = Int32(bitPattern: step.echo &- sight.timestamp)
        if age < 0 { return }
        if age == 0 {
          learnTrip(step, sight)
          if sight.at &+ senderDistance > sent &+ SenderRecord.together { return }
        }
      } else if sight.at &+ senderDistance > sent &+ 500_000 {
        return
      }
      take(sight)
      underWay.removeFirst()
    }
  }

  /// What it echoes the sender had heard of: of several acknowledgments with one tick that is sure of the
  /// first. One before it that was missed cannot lie further back than the tick.
  @inline(__always)
  private mutating func learnTrip(_ step: TransferStep, _ sight: AcknowledgmentSight) {
    guard current.bits.contains(.hasTimestamp), current.timestamp != sight.timestamp,
      step.at &- sight.at < place.echoTrip
    else { return }
    let ticks = Nanoseconds(sight.timestamp &- current.timestamp)
    guard sight.at &- current.at <= ticks &* SenderRecord.longestTick else { return }
    place.learn(echo: step.at &- sight.at)
  }

  /// Judges the rounds that are over by then.
  @inline(__always)
  mutating func advanceRounds(to now: Nanoseconds) {
    guard let rounds, !rounds.pointee.goesOn(at: now) else { return }
    settleRounds(rounds, to: now)
  }

  @inline(never)
  private mutating func settleRounds(
    _ rounds: UnsafeMutablePointer<CongestionRounds>, to now: Nanoseconds
  ) {
    let least = roundTrip.isKnown ? roundTrip.least : 0
    while let verdict = rounds.pointee.advance(
      to: now, leastRoundTrip: least, segment: segmentSize)
    {
      settle(verdict)
    }
  }

  mutating func settle(_ verdict: CongestionRounds.Verdict) {
    list?.pointee.settle(round: verdict.number, as: verdict.limit)
    if verdict.limit == .congestionWindow { return }
    if verdict.limit == .sendBuffer {
      let released = min(verdict.released, times[.application])
      times[.application] &-= released
      times[.sendBuffer] &+= released
    }
    let time = min(verdict.congestion, times[.congestionWindow])
    times[.congestionWindow] &-= time
    times[verdict.limit] &+= time
    if verdict.limit == .bandwidth, verdict.receiver > 0 {
      // Where the path itself was full the window was none too small. What the kernel counts stays.
      let window = min(verdict.receiver, times[.receiverWindow])
      times[.receiverWindow] &-= window
      times[.bandwidth] &+= window
      blame.movedFromPeer &+= min(verdict.receiverBlamed, window)
    }
    if verdict.limit == .sendBuffer { blame.movedToHost &+= min(verdict.blamed, time) }
    if verdict.limit == .unknown { blame.movedToUnknown &+= min(verdict.blamed, time) }
  }
}
