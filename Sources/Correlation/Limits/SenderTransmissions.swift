import TCPModel

// What a sender sends.

/// What held it back until it sent.
struct LimitVerdict: BitwiseCopyable {
  var limit: Limit
  var start: Nanoseconds
  var end: Nanoseconds
  /// What of the time between the captures of both was spent in a queue.
  var queue: Nanoseconds = 0
}

extension SenderRecord {
  /// So many fit into the first congestion window (RFC 6928): until then rounds have nothing to tell.
  private static let fewSegments: UInt32 = 10
  /// So much later an acknowledgment cannot be than what its receiver sends with it.
  private static let contradiction: Nanoseconds = 20_000_000

  /// Data or a FIN is sent.
  ///
  /// - Parameter opened: When the handshake was complete, or the connection began to be seen.
  mutating func transmit(_ step: TransferStep, opened: Nanoseconds?) -> LimitVerdict {
    var sent = step.at
    if !place.isAtSender, step.hasTimestamps {
      sent = clock.sendingTime(step)
    }
    var queue = step.at &- sent
    let isFirst = !bits.contains(.hasSent)
    if !isFirst { sent = max(sent, lastSent) }
    takeKnown(at: sent, step)
    learnSize(step)
    if queue > SenderRecord.contradiction, current.at != .min, step.echoes(current),
      current.at &+ senderDistance > sent &+ SenderRecord.contradiction
    {
      // A slow clock: it had heard of something that came later.
      clock.distrust()
      sent = step.at
      queue = 0
    }
    let lost = noteIdentification(step)
    let isRepeat = !isFirst && step.kind != .new
    if !isFirst { noteHole(step) }
    var verdict: LimitVerdict
    if isFirst {
      let start = opened.map { min($0 &+ openingDistance, sent) } ?? sent
      highest = step.sequence
      if current.at == .min { acknowledged = step.sequence }
      // How long the way of the server's first data was, nobody knows before a segment tells.
      let isTold =
        place.seesBoth
        && (!bits.contains(.isServer) || bits.contains(.knowsWay) || place.sender != nil)
      verdict = LimitVerdict(limit: isTold ? .application : .unknown, start: start, end: sent)
    } else {
      advanceRounds(to: sent)
      var limit = judge(step, sent: sent, isRepeat: isRepeat, lost: lost)
      if limit == .congestionWindow, rounds == nil, segments < SenderRecord.fewSegments {
        let isKnown =
          bits.contains(.seesBeginning) && bits.isDisjoint(with: .isPaced) && lossEvents == 0
        limit = isKnown ? .slowStart : .unknown
      }
      verdict = LimitVerdict(limit: limit, start: lastSent, end: sent)
    }
    if verdict.limit == .unknown, place.sender == nil {
      verdict.queue =
        isFirst ? queue : max(0, (step.at &- lastAt) &- (verdict.end &- verdict.start))
    }
    if verdict.limit == .nagle { noteDelay(verdict, step) }
    if verdict.limit == .congestionWindow, let rounds, place.isAtSender {
      noteRefill(rounds, sent: sent)
    }
    note(verdict, frame: step.frame)
    noteBusy(verdict)
    remember(step, sent: sent, queue: queue, isRepeat: isRepeat)
    return verdict
  }

  /// What was sent between the last segment and this one did not come here.
  private mutating func noteHole(_ step: TransferStep) {
    guard highest.isBefore(step.sequence) else { return }
    if place.isAtSender {
      noteGap()
    } else if !bits.contains(.hasHole) {
      hole = highest
      bits.insert(.hasHole)
    }
  }

  /// As a program goes on that waits until a part of its socket's buffer is free: it let acknowledgments pass, and then one
  /// releases it. A congestion window is filled at each of them, or when a third of it is free (Linux puts off what it
  /// hands to its network card in one).
  @inline(__always)
  private mutating func noteRefill(
    _ rounds: UnsafeMutablePointer<CongestionRounds>, sent: Nanoseconds
  ) {
    let freed = Int64(lastFlight) - Int64(max(0, known.distance(to: highest)))
    guard passed >= SenderRecord.fewestPassed, freed * 5 >= Int64(lastFlight) * 2,
      freed >= 8 * Int64(segmentSize),
      sent &- current.at < SenderRecord.batch, bits.isDisjoint(with: .peerSpoke),
      UInt64(lastFlight) * 10 <= UInt64(current.window) * 9
    else { return }
    rounds.pointee.noteRefill(level: lastFlight, segment: segmentSize)
  }

  /// Of acknowledgments: fewer may have been taken in together, or have freed too little each.
  private static let fewestPassed: UInt32 = 4

  /// The client completes the handshake; the server hears of it when that has passed the capture point.
  private var openingDistance: Nanoseconds {
    bits.contains(.isServer) ? senderDistance : 0
  }

  private mutating func note(_ verdict: LimitVerdict, frame: Int64) {
    let time = verdict.end &- verdict.start
    times[verdict.limit] &+= time
    if verdict.limit == .congestionWindow, rounds == nil { startRounds(at: verdict.end) }
    rounds?.pointee.noteTime(
      verdict.limit, time, isPaced: !bits.isDisjoint(with: [.isPaced, .isLoose]),
      isAtSender: place.isAtSender,
      isReleased: bits.contains(.isReleased))
    noteWindow(verdict.limit, time)
    extendSpan(verdict, frame)
    if time > 0, let list {
      list.pointee.add(
        LimitInterval(
          verdict.limit, start: verdict.start, duration: time,
          firstFrame: lastFrame == 0 ? frame : lastFrame, lastFrame: frame),
        round: rounds?.pointee.current ?? 0, isReleased: bits.contains(.isReleased))
    }
  }

  /// The wait for an acknowledgment that was held back: as a capture at the receiver sees it; elsewhere what
  /// goes beyond the handshake's round trip, where that is as long as hosts hold acknowledgments back and
  /// not any time, as in a queue (RFC 1122 4.2.3.2: 500 ms at most). Hosts whose timer ticks hold one back for any
  /// time up to a tick: then what is sent next, and not delayed, shows that there is no queue.
  private mutating func noteDelay(_ verdict: LimitVerdict, _ step: TransferStep) {
    bits.remove(.hasDoubtfulDelay)
    var delay = current.at &- lastAt
    if !place.isAtReceiver {
      guard let answer = place.receiver else { return }
      delay = verdict.end &- verdict.start &- (answer &+ senderDistance)
      if !SenderRecord.isUsualDelay(delay) {
        guard delay >= SenderRecord.leastDelay, delay <= SenderRecord.longestTimer else { return }
        doubtfulDelay = delay
        doubtfulDelayFrame = step.frame
        bits.insert(.hasDoubtfulDelay)
        return
      }
    }
    guard delay >= SenderRecord.leastDelay, delay <= 500_000_000 else { return }
    addDelay(delay, frame: step.frame)
  }

  private mutating func addDelay(_ delay: Nanoseconds, frame: Int64) {
    delayedWaits &+= 1
    delayedTime &+= delay
    if delayedFrame == 0 { delayedFrame = frame }
  }

  /// - Parameter roundTrip: Of what was sent after the wait.
  mutating func settleDelay(roundTrip: Nanoseconds) {
    bits.remove(.hasDoubtfulDelay)
    guard let answer = place.receiver,
      roundTrip <= answer &+ senderDistance &+ SenderRecord.leastDelay
    else { return }
    addDelay(doubtfulDelay, frame: doubtfulDelayFrame)
  }

  static let leastDelay: Nanoseconds = 20_000_000
  /// A tick of Windows, and a little.
  private static let longestTimer: Nanoseconds = 220_000_000

  /// Linux's least is 40 ms, BSD's 100, that of Windows 200.
  private static func isUsualDelay(_ delay: Nanoseconds) -> Bool {
    switch delay / 1_000_000 {
    case 20..<50, 90..<110, 180..<220: true
    default: false
    }
  }

  private mutating func noteWindow(_ limit: Limit, _ time: Nanoseconds) {
    switch limit {
    case .receiverWindow, .zeroWindow:
      limitingWindow = max(limitingWindow, before.window)
      windowTime &+= time
      offeredWhileHeld += Double(before.window) * Double(time)
      mostWhileHeld += Double(mostOffered) * Double(time)
      bits.insert(.isHeldByWindow)
    case .timeout, .tailProbe:
      // No acknowledgment came: to Linux the window is still what holds the data after these back.
      if bits.contains(.isHeldByWindow),
        highest.distance(to: current.edge) < Int32(clamping: segmentSize)
      {
        windowTime &+= time
      }
    default:
      if time > 0 { bits.remove(.isHeldByWindow) }
    }
  }

  private mutating func startRounds(at now: Nanoseconds) {
    let rounds = UnsafeMutablePointer<CongestionRounds>.allocate(capacity: 1)
    rounds.initialize(
      to: CongestionRounds(
        seesBeginning: bits.contains(.seesBeginning) && lossEvents == 0, hasLost: lossEvents > 0))
    self.rounds = rounds
    advanceRounds(to: now)
  }

  private mutating func noteBusy(_ verdict: LimitVerdict) {
    if bits.contains(.isBusy) { return }
    let wasWaiting = verdict.limit != .application && verdict.limit != .unknown && doneAt != .min
    if doneAt != .min, verdict.end < doneAt {
      // The sender did not know yet that all was acknowledged.
      busy &-= min(busy, doneAt &- verdict.end)
      busySince = verdict.end
    } else {
      busySince = wasWaiting ? doneAt : verdict.end
    }
    bits.insert(.isBusy)
  }

  private mutating func remember(
    _ step: TransferStep, sent: Nanoseconds, queue: Nanoseconds, isRepeat: Bool
  ) {
    answered = step.acknowledgment
    noteEdge(step)
    if unheardSince == .min {
      unheardSince = step.at
      unheardFrame = step.frame
    }
    if isRepeat { unheardRepeats &+= 1 }
    lastSent = sent
    passed = 0
    lastAt = step.at
    lastFrame = step.frame
    doneAt = .min
    bits.insert(.hasSent)
    bits.remove([.peerSpoke, .hasGap, .mayHaveGap, .probesWindow])
    segments &+= 1
    sentBytes &+= UInt64(step.payload)
    if isRepeat {
      repeats &+= 1
      timedAt = .min
      bits.remove(.hasDoubtfulDelay)
      beginRecovery()
    } else {
      if step.payload > 0 {
        lastLength = step.payload
        if segmentSize > 0, step.payload % segmentSize != 0 {
          smallEnd = step.end
          bits.insert(.hasSentSmall)
        }
      }
      if step.flags.contains(.fin) { bits.insert(.lastIsFIN) }
    }
    if place.isAtReceiver { rounds?.pointee.notePassing(step.payload) }
    let grown = highest.distance(to: step.end)
    if grown > 0 { highest = step.end }
    let learned = lastKnown.distance(to: known)
    lastKnown = known
    // A SYN's window is no measure: it is not scaled.
    if learned > 0, segments > 1 { mostOffered = max(mostOffered, current.window) }
    guard !isRepeat else { return }
    if headers == 0 || step.payload >= largest { headers = step.headers }
    let flight = UInt32(max(0, known.distance(to: highest)))
    lastFlight = flight
    // With so much under way no acknowledgment is held back.
    let isLoaded = segmentSize > 0 && flight >= 4 &* segmentSize
    if !place.isAtSender, roundTrip.isKnown, place.isAtReceiver, sent >= nextSample {
      // Here the queue is seen as it is; acknowledgments are the receiver's own affair.
      nextSample = sent &+ roundTrip.least / 4
      addRoundTrip(
        senderDistance &+ queue &+ (place.receiver ?? 0), frame: step.frame,
        time: isLoaded ? roundTrip.least / 4 : 0)
    } else if timedAt == .min, !place.isAtReceiver || !roundTrip.isKnown {
      timedEnd = step.end
      timedAt = step.at
      timedStamp = step.timestamp
      timedQueue = queue
      if isLoaded { bits.insert(.isLoaded) } else { bits.remove(.isLoaded) }
    }
    guard let rounds else { return }
    if !place.isAtSender {
      // What the sender learns of it counts, at its own time; the rate is the arrivals'.
      rounds.pointee.noteDelivery(UInt32(max(0, learned)))
      if !place.isAtReceiver { rounds.pointee.notePassing(UInt32(max(0, learned))) }
      rounds.pointee.noteArrival(step.payload, at: step.at)
    }
    rounds.pointee.noteSending(
      UInt32(max(0, grown)), flight: flight, window: current.window,
      acknowledged: UInt32(max(0, learned)))
  }

  @inline(__always)
  private mutating func noteEdge(_ step: TransferStep) {
    guard place.isAtSender, current.bits.contains(.isWindowKnown) else { return }
    if current.edge.isBefore(step.end) {
      bits.insert(.isBeyondWindow)
    } else {
      bits.remove(.isBeyondWindow)
    }
  }

  /// How long a full segment is: what both ends offered, or less where the path or a middlebox has less.
  private mutating func learnSize(_ step: TransferStep) {
    guard step.kind == .new, step.payload > 0 else { return }
    if step.payload > largest {
      largest = step.payload
      largestRun = 1
    } else if step.payload == largest, step.at &- lastSent < 1_000_000, !bits.contains(.peerSpoke) {
      // Not requests that are answered as fast.
      largestRun &+= 1
    } else {
      largestRun = 0
    }
    // A path takes less than the SYNs offered, or a program writes as much each time.
    let isPath = largestRun >= (largest >= segmentSize / 8 &* 7 ? 3 : SenderRecord.fewSegments)
    if segmentSize == 0 || largest < segmentSize && isPath { segmentSize = largest }
    if bits.contains(.sizeIsGuess), largest > segmentSize { segmentSize = largest }
  }

  /// How many packets the sender sent between its last one that came here and this one, where its IPv4
  /// identifications count them; -1 where nothing tells.
  private mutating func noteIdentification(_ step: TransferStep) -> Int {
    // Segments that a filter did not want had identifications, too.
    guard bits.contains(.seesBareACKs) else { return -1 }
    let own = step.identification
    // What was merged before it was captured (GRO) had one for each segment.
    let merged = segmentSize > 0 && step.payload > 0 ? (step.payload - 1) / segmentSize : 0
    defer { identification = own == 0 ? 0 : own &+ UInt16(truncatingIfNeeded: merged) }
    guard own != 0, identification != 0 else { return -1 }
    let advance = Int16(bitPattern: own &- identification)
    identificationSteps &+= 1
    if advance == 1 {
      identificationOnes &+= 1
      if step.at &- lastAt >= SenderRecord.pause { bits.insert(.keepsCount) }
    }
    let counts = UInt64(identificationOnes) * 10 >= UInt64(identificationSteps) * 6
    guard counts, identificationSteps >= 3 else { return -1 }
    return advance > 1 && advance < 1024 ? Int(advance) - 1 : 0
  }

  /// Packets without data count too.
  mutating func noteOther(_ step: TransferStep) {
    // As Linux probes, with what it has sent, and others, with a byte beyond it.
    if newest.window == 0, step.length <= 1, bits.contains(.hasSent), newest.at != .min,
      newest.acknowledgment == highest, step.sequence + 1 == highest || step.length == 1
    {
      bits.insert(.probesWindow)
    }
    let identification = step.identification
    if identification != 0, self.identification != 0 {
      identificationSteps &+= 1
      if identification &- self.identification == 1 { identificationOnes &+= 1 }
    }
    if identification != 0 { self.identification = identification }
  }

  /// What held it back until the connection ended, where it probed a closed window to the last.
  mutating func endProbing(at now: Nanoseconds) -> LimitVerdict? {
    guard bits.contains(.probesWindow), place.seesBoth, newest.window == 0,
      newest.acknowledgment == highest, now > lastSent
    else { return nil }
    bits.remove(.probesWindow)
    let verdict = LimitVerdict(limit: .zeroWindow, start: lastSent, end: now)
    note(verdict, frame: lastFrame)
    noteBusy(verdict)
    lastSent = now
    return verdict
  }

  @inline(__always)
  private mutating func extendSpan(_ verdict: LimitVerdict, _ frame: Int64) {
    let owner = verdict.limit.owner
    if owner != spanOwner || span.firstFrame == 0 {
      endSpan()
      spanOwner = owner
      span = Span(
        limit: verdict.limit, start: verdict.start, end: verdict.end,
        firstFrame: lastFrame == 0 ? frame : lastFrame, lastFrame: frame)
    }
    span.end = verdict.end
    span.lastFrame = frame
  }

  mutating func endSpan() {
    guard spanOwner != .nobody, span.firstFrame != 0 else { return }
    let owner = Int(spanOwner.rawValue)
    if span.end &- span.start > longest[owner].end &- longest[owner].start { longest[owner] = span }
  }
}

extension TransferStep {
  /// Its sender had heard of that, as the time stamp says that it echoes.
  @inline(__always)
  fileprivate func echoes(_ sight: AcknowledgmentSight) -> Bool {
    !sight.bits.contains(.hasTimestamp) || Int32(bitPattern: echo &- sight.timestamp) >= 0
  }
}
