import TCPModel

// The rules, in order: what unblocked the send? What asks without changing anything is inlined, as a copy
// of the whole sender would be made for it.

private enum LimitRules {
  /// What a clock of whole milliseconds leaves open.
  static let blur: Nanoseconds = 1_500_000
  /// So soon a program that waits for room in its send buffer goes on.
  static let tight: Nanoseconds = 500_000
}

extension SenderRecord {
  /// What held the sender back from its last transmission to this one.
  ///
  /// - Parameter lost: Packets lost before the capture point in between; -1 where nothing tells.
  mutating func judge(
    _ step: TransferStep, sent: Nanoseconds, isRepeat: Bool, lost: Int
  ) -> Limit {
    bits.remove(.ofTransmission)
    // An end that had nothing under way, and goes on where it had ended, was silent all the time.
    let wasSilent = doneAt != .min && step.sequence == highest
    guard place.seesBoth, bits.isDisjoint(with: .incomplete),
      wasSilent || !bits.contains(.mayHaveGap)
    else {
      bits.remove(.hasForgotten)
      return .unknown
    }
    let isAtSender = place.isAtSender
    let opensHole = highest.isBefore(step.sequence)
    if isAtSender, opensHole { return .unknown }
    if step.kind == .doubtful { return .unknown }
    let hasClock =
      isAtSender
      || step.hasTimestamps && current.bits.contains(.hasTimestamp) && clock.isTrusted
    let arrival = current.at &+ senderDistance
    let wait = sent &- max(lastSent, current.at == .min ? lastSent : min(arrival, sent))
    let isTriggered = isTriggered(sent: sent, arrival: arrival, hasClock: hasClock)
    let need = Int32(
      clamping: max(1, segmentSize == 0 ? step.payload : min(step.payload, segmentSize)))
    let slack = highest.distance(to: before.at == .min ? current.edge : before.edge)
    let isWindowKnown = current.bits.contains(.isWindowKnown)
    let flight = known.distance(to: highest)
    // What is sent again was not acknowledged; of anything else that may have been left out.
    if flight > 0, !isRepeat, !bits.contains(.seesBareACKs) { return .unknown }

    let again = opensHole ? lost &- lostInHole(before: step) : lost
    let isLost =
      !isAtSender && again > 0 && (flight > 0 || mayBeRepaired(after: wait, lost: again))
    if place.sender == nil {
      return isRepeat || isLost ? .unknown : judgeBlindly(flight: flight, sent: sent, lost: lost)
    }
    // An answer waits for nothing but what it answers.
    let hasHeard =
      current.bits.contains(.hasPayload) || bits.contains(.peerSpoke)
      || answered.isBefore(step.acknowledgment)
    // With nothing under way a host may have sent what is missing to others, unless it was not at the end of what
    // it had to say; and an answer is sent when it is asked for.
    let isAlone = !hasHeard && step.payload > 0 && (endedFull || bits.contains(.keepsCount))
    let isRepair = isLost && (flight > 0 || isAlone)
    if !isRepeat, isLost, !isRepair, !isTriggered || !hasHeard { return .unknown }
    if isRepeat || isRepair {
      // Nothing was under way, and no timer runs so long: somebody's copy.
      if flight <= 0, roundTrip.isKnown, wait / 3 > roundTrip.timeout / 2 &* 63 { return .unknown }
      let limit = judgeRepeat(step, wait: wait, isTriggered: isTriggered)
      // What was acknowledged needs no repair: that acknowledgment was lost, or came too late.
      if limit == .recovery, step.end.isAtOrBefore(acknowledged) { return .unknown }
      // Packets to others are counted, too.
      return limit == .tailProbe && !isRepeat && mayKnowAll ? .unknown : limit
    }
    let isFull = segmentSize > 0 && !isSizeOpen && step.payload >= segmentSize
    // With less than a segment under way no congestion window holds another one back.
    if !isTriggered, flight >= segmentSize, isFull, roundTrip.isKnown, !bits.contains(.hasProbed),
      wait >= leastProbe, wait <= roundTrip.smoothed &* 21 / 10 &+ 14_000_000
    {
      // Its round trip may be shorter than it looks, too, where the opening took longer.
      if mayKnowAll { return .unknown }
      if wait / 19 >= roundTrip.smoothed / 10 {
        bits.insert(.hasProbed)
        return .tailProbe
      }
    }
    let isFilled = isTriggered && slack < need
    if flight <= 0 { bits.remove(.isRecovering) }
    if bits.contains(.isRecovering), !isFilled { return .recovery }
    if isFilled {
      guard isWindowKnown, !bits.contains(.isBeyondWindow) else { return .unknown }
      return Int64(before.window) < Int64(need) ? .zeroWindow : .receiverWindow
    }
    if !isTriggered, flight <= 0, isWindowKnown, fillsRest(step) { return .zeroWindow }
    let mayAnswer = hasHeard && !isOldNews
    if isTriggered, !mayAnswer, step.payload > 0 {
      if isSizeOpen, flight <= 0, !hasHeard { return .unknown }
      if step.payload < segmentSize, releasesSmall {
        return bits.contains(.sizeIsGuess) ? .unknown : .nagle
      }
    }
    // An answer to all it had said: a window that was just as full is less likely than a program that waited.
    let isTurn = flight <= 0 && hasHeard
    if isTriggered, !isShort, !isTurn {
      // A queue would not show: the window that was full may have been another one.
      if !hasClock { return .unknown }
      if isAtSender, sent &- arrival >= LimitRules.tight { bits.insert(.isLoose) }
      return flight <= 0 && isAnsweredLate ? .delayedACK : .congestionWindow
    }
    if isShort || flight <= 0 {
      // What did not come here may have been sent at any time before.
      guard !opensHole, isSure(flight: flight, wait: wait, lost: lost, hasClock: hasClock) else {
        return .unknown
      }
      // As a program goes on that waits for room in its send buffer. Where acknowledgments come often, it has
      // to be sooner after one: any time is soon enough after some.
      if isAtSender, isTriggered, !bits.contains(.peerSpoke),
        (sent &- arrival) &* 8 <= sent &- lastSent
      {
        bits.insert(.isReleased)
      }
      return .application
    }
    if !hasClock { return .unknown }
    let gap = sent &- lastSent
    guard gap <= 2 &* roundTrip.smoothed else {
      return bits.contains(.sizeIsGuess) ? .unknown : .application
    }
    bits.insert(.isPaced)
    return .congestionWindow
  }

  /// All that a window smaller than a segment leaves room for, to the last byte: a sender waits for more room
  /// until its persist timer runs out (RFC 9293 3.8.6.2.1), and then sends what fits.
  private func fillsRest(_ step: TransferStep) -> Bool {
    let room = highest.distance(to: current.edge)
    return room > 0 && UInt32(room) < segmentSize && UInt32(room) == step.payload
  }

  /// Everything was acknowledged as seen here, and only a fine clock tells whether the sender had heard of it.
  @inline(__always)
  private var mayKnowAll: Bool { acknowledged == highest && !clock.isFine }

  /// How many segments the hole is made of, where that is sure; whatever was lost where it is not.
  @inline(__always)
  private func lostInHole(before step: TransferStep) -> Int {
    let hole = UInt32(bitPattern: highest.distance(to: step.sequence))
    return segmentSize > 0 && hole % segmentSize == 0 ? Int(hole / segmentSize) : .max / 2
  }

  /// With nothing else under way only a timer repairs what was lost: a host that counts its packets to all
  /// others together has gaps too, after any silence.
  @inline(__always)
  private func mayBeRepaired(after wait: Nanoseconds, lost: Int) -> Bool {
    guard roundTrip.isKnown else { return true }
    let doublings = Nanoseconds(1) &<< Nanoseconds(min(lost, 6)) &- 1
    return wait / 3 >= roundTrip.smoothed / 2
      && wait / 3 <= roundTrip.timeout / 2 &* doublings
  }

  /// The acknowledgment was of the last segment that was not full: only then Nagle's algorithm lets
  /// another one go (RFC 896; Minshall's variant).
  @inline(__always)
  private var releasesSmall: Bool {
    bits.contains(.hasSentSmall) && smallEnd.isAtOrBefore(current.acknowledgment)
      && (before.at == .min || before.acknowledgment.isBefore(smallEnd))
  }

  /// What it heard came well before the acknowledgment: an answer to that would not have waited for it.
  @inline(__always)
  private var isOldNews: Bool {
    !current.bits.contains(.hasPayload) && heardAt != .min
      && current.at &- heardAt >= SenderRecord.leastDelay
  }

  /// The last data stood at the receiver for a while before it was acknowledged: seen there alone,
  /// elsewhere it may have been a queue. Linux waits 40 ms, Windows 200.
  @inline(__always)
  private var isAnsweredLate: Bool {
    place.isAtReceiver && current.at &- lastAt >= 20_000_000
  }

  @inline(__always)
  private func isTriggered(sent: Nanoseconds, arrival: Nanoseconds, hasClock: Bool) -> Bool {
    guard current.at != .min, current.bits.contains(.moves) else { return false }
    let blur = hasClock && !place.isAtSender ? LimitRules.blur : 0
    return lastSent &- 500_000 <= arrival && sent &- arrival <= roundTrip.atOnce &+ blur
  }

  private func judgeRepeat(_ step: TransferStep, wait: Nanoseconds, isTriggered: Bool) -> Limit {
    if isTriggered { return .recovery }
    guard roundTrip.isKnown else { return .unknown }
    if isLoneProbe(step, wait: wait) { return .tailProbe }
    if wait / 8 >= roundTrip.timeout / 10 { return .timeout }
    if wait / 3 >= roundTrip.smoothed / 2, wait >= leastProbe, highest.isAtOrBefore(step.end) {
      return .tailProbe
    }
    return .recovery
  }

  /// Linux adds two ticks to two round trips (TCP_TIMEOUT_MIN); it and others waited 10 ms at least before.
  private var leastProbe: Nanoseconds {
    min(10_000_000, 2 &* roundTrip.smoothed &+ 1_500_000)
  }

  /// One segment alone was under way: a sender waits for an acknowledgment that may be held back, 200 ms on top
  /// of two round trips, and no longer than for its timeout, before it probes (RFC 8985 7.2; Linux).
  private func isLoneProbe(_ step: TransferStep, wait: Nanoseconds) -> Bool {
    guard bits.contains(.hasSACK), !bits.contains(.isRecovering), segmentSize > 0 else {
      return false
    }
    let end = highest.isBefore(step.end) ? step.end : highest
    let probe = 2 &* roundTrip.smoothed &+ 200_000_000
    return known.distance(to: end) <= Int32(clamping: segmentSize)
      && wait / 3 >= roundTrip.smoothed / 2 && wait <= probe &+ probe / 4
  }

  /// Where the way to the sender is not known: only that it had nothing under way for long is sure, and not even
  /// that where more may have been lost.
  @inline(__always)
  private func judgeBlindly(flight: Int32, sent: Nanoseconds, lost: Int) -> Limit {
    let gap = sent &- max(lastSent, current.at == .min ? lastSent : current.at)
    guard !endedFull || lost == 0 else { return .unknown }
    return flight <= 0 && gap >= 1_000_000_000 ? .application : .unknown
  }

  /// Whether nothing but the application can have kept the sender silent.
  @inline(__always)
  private func isSure(flight: Int32, wait: Nanoseconds, lost: Int, hasClock: Bool) -> Bool {
    if place.isAtSender { return true }
    // More may have been sent and lost before it came here.
    if lost < 0, endedFull, roundTrip.isKnown, wait / 3 >= roundTrip.smoothed / 2 { return false }
    // The acknowledgment may have come later than it does at best.
    let soon = roundTrip.atOnce &+ LimitRules.blur &+ roundTrip.spread
    if endedFull || isSizeOpen, wait <= soon { return false }
    if hasClock { return true }
    // A bottleneck that takes longer for a segment than the path's round trip leaves nothing under way at the
    // receiver either: full segments show no pause of the program there.
    return flight <= 0 && isShort
  }
}
