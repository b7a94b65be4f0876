import TCPModel

/// Why the congestion window was as large as it was: what a sender's rounds, of one least round trip
/// each, have in common. A round is judged when the ten after it are known.
struct CongestionRounds: BitwiseCopyable {
  struct Round: BitwiseCopyable {
    var start: Nanoseconds = 0
    /// Time the congestion window held its sender back, and what of it was the network's fault.
    var congestion: Nanoseconds = 0
    /// Of that: while the sender spaced its segments, and no acknowledgment released them.
    var paced: Nanoseconds = 0
    var blamed: Nanoseconds = 0
    /// Time anything else did, and what of it was the application's until an acknowledgment came.
    var other: Nanoseconds = 0
    var released: Nanoseconds = 0
    /// And what of it was the receiver's window's, and its host's fault.
    var receiver: Nanoseconds = 0
    var receiverBlamed: Nanoseconds = 0
    var delivered: UInt32 = 0
    /// What came through the path, as is known in the end: at the receiver what arrived.
    var passed: UInt32 = 0
    var sent: UInt32 = 0
    /// What the sender learned was acknowledged.
    var acknowledged: UInt32 = 0
    /// The most that was under way, and the largest window.
    var flight: UInt32 = 0
    var window: UInt32 = 0
    var roundTrips: Nanoseconds = 0
    var samples: UInt32 = 0
    /// The first delivery: when, and all that was delivered by then.
    var firstDelivery: Nanoseconds = .min
    var firstTotal: Int64 = 0
    var bits: Bits = []

    struct Bits: OptionSet, BitwiseCopyable {
      var rawValue: UInt8
      static let loss = Bits(rawValue: 1 << 0)
      static let slowStart = Bits(rawValue: 1 << 1)
      static let bandwidth = Bits(rawValue: 1 << 2)
      static let sendBuffer = Bits(rawValue: 1 << 3)
      /// Time passed before it in which nothing happened.
      static let afterPause = Bits(rawValue: 1 << 4)
      /// The capture began too late to tell.
      static let doubtful = Bits(rawValue: 1 << 5)
      /// Something shows that the network held it back: a loss before, a queue, more under way than ever.
      static let evident = Bits(rawValue: 1 << 6)
      /// A loss some time before, and nothing else.
      static let onlyByLoss = Bits(rawValue: 1 << 7)
    }

    var roundTrip: Nanoseconds? { samples == 0 ? nil : roundTrips / Nanoseconds(samples) }

    var limit: Limit {
      if bits.contains(.bandwidth) { return .bandwidth }
      if bits.contains(.sendBuffer) { return .sendBuffer }
      // A program that writes steadily has as much under way in each round, too.
      if bits.contains(.doubtful) || !bits.contains(.evident) { return .unknown }
      return bits.contains(.slowStart) ? .slowStart : .congestionWindow
    }
  }

  /// What became of a round.
  struct Verdict: BitwiseCopyable {
    var number: UInt32
    var limit: Limit
    var congestion: Nanoseconds
    var blamed: Nanoseconds
    var released: Nanoseconds
    var receiver: Nanoseconds
    var receiverBlamed: Nanoseconds
  }

  private static let kept: UInt32 = 32
  /// As many rounds after it may tell what one was.
  private static let hindsight: UInt32 = 10
  private static let leastLength: Nanoseconds = 10_000_000

  private var rounds = InlineArray<32, Round>(repeating: Round())
  /// The number of the round that goes on, from 1.
  private(set) var current: UInt32 = 0
  private var settled: UInt32 = 0
  private var length = CongestionRounds.leastLength
  /// Until then nothing is to be judged.
  private var currentEnd = Nanoseconds.min
  private var total: Int64 = 0
  private var isSlowStart: Bool
  /// Enough is known of what came before to tell a full congestion window from a full send buffer.
  private var knowsPast: Bool
  /// Something was lost or marked since the beginning that is known.
  private var hasLost: Bool
  /// The most that was under way since then, or since the last long pause: without a loss a congestion window
  /// is not smaller.
  private var peak: UInt32 = 0
  /// The last round that had more under way than any before.
  private var lastGrowth: UInt32 = 0
  private var flatRounds = 0
  private var roundsWithoutLoss: Int
  private var lastRoundTrip: Nanoseconds = 0
  var rate = BottleneckRate()
  private(set) var pace = DeliveryPace()
  /// Bytes a nanosecond of the last rounds whose queue showed the path's rate.
  private var fullRate = 0.0
  private(set) var sendBuffer: UInt32 = 0
  /// So often in a row a sender stopped with as much under way, and since which round.
  private var refills = 0
  private var refillLevel: UInt32 = 0
  private var refillsSince: UInt32 = 0

  /// Fewer may be chance.
  private static let fewestRefills = 5

  /// After so long a pause a sender begins anew (RFC 5681 4.1).
  private static let restart: Nanoseconds = 200_000_000

  /// - Parameters:
  ///   - seesBeginning: Slow start is known from its beginning only.
  ///   - hasLost: Something was lost before.
  init(seesBeginning: Bool, hasLost: Bool) {
    isSlowStart = seesBeginning
    self.hasLost = hasLost
    knowsPast = seesBeginning
    // Nothing was lost before the beginning.
    roundsWithoutLoss = seesBeginning ? 8 : 0
  }

  private subscript(number: UInt32) -> Round {
    @inline(__always) get { rounds[Int(number & (CongestionRounds.kept - 1))] }
    @inline(__always) _modify { yield &rounds[Int(number & (CongestionRounds.kept - 1))] }
  }

  // MARK: What happens

  /// Nothing is to be judged yet.
  @inline(__always)
  func goesOn(at now: Nanoseconds) -> Bool { now < currentEnd }

  /// Time goes on. Gives a round that is settled, to be asked for until there is none.
  mutating func advance(
    to now: Nanoseconds, leastRoundTrip: Nanoseconds, segment: UInt32
  ) -> Verdict? {
    if current == 0 {
      length = max(leastRoundTrip, CongestionRounds.leastLength)
      open(at: now, afterPause: true)
    }
    while now &- self[current].start >= length {
      let end = self[current].start &+ length
      close(leastRoundTrip, segment)
      length = nextLength(leastRoundTrip, segment)
      let isPaused = now &- end >= 2 &* length
      if isPaused, now &- end >= CongestionRounds.restart { peak = 0 }
      open(at: isPaused ? now : end, afterPause: isPaused)
      if current &- settled > CongestionRounds.hindsight { return settle() }
    }
    if current &- settled > CongestionRounds.hindsight { return settle() }
    currentEnd = self[current].start &+ length
    return nil
  }

  mutating func noteDelivery(_ bytes: UInt32) {
    guard current > 0 else { return }
    self[current].delivered &+= bytes
  }

  /// What was sent again counts: it had not come through before.
  mutating func notePassing(_ bytes: UInt32) {
    guard current > 0 else { return }
    self[current].passed &+= bytes
  }

  /// The same by the clock of the one who saw it, for the rate.
  mutating func noteArrival(_ bytes: UInt32, at now: Nanoseconds) {
    guard current > 0 else { return }
    total &+= Int64(bytes)
    if self[current].firstDelivery == .min {
      self[current].firstDelivery = now
      self[current].firstTotal = total
    }
  }

  mutating func noteSending(
    _ bytes: UInt32, flight: UInt32, window: UInt32, acknowledged: UInt32
  ) {
    guard current > 0 else { return }
    self[current].sent &+= bytes
    self[current].acknowledged &+= acknowledged
    self[current].flight = max(self[current].flight, flight)
    self[current].window = max(self[current].window, window)
  }

  mutating func noteRoundTrip(_ time: Nanoseconds) {
    guard current > 0 else { return }
    self[current].roundTrips &+= time
    self[current].samples &+= 1
    lastRoundTrip = time
  }

  mutating func noteTime(
    _ limit: Limit, _ time: Nanoseconds, isPaced: Bool, isAtSender: Bool, isReleased: Bool
  ) {
    guard current > 0 else { return }
    if limit == .congestionWindow {
      self[current].congestion &+= time
      // Elsewhere than at the sender what is spaced evenly looks as if acknowledgments released it.
      if isPaced || !isAtSender && time <= length / 3 { self[current].paced &+= time }
    } else {
      self[current].other &+= time
      if isReleased { self[current].released &+= time }
      if limit == .receiverWindow { self[current].receiver &+= time }
    }
  }

  /// So much of the congestion window's time is the network's.
  mutating func noteBlame(_ time: Nanoseconds) {
    guard current > 0 else { return }
    self[current].blamed &+= time
  }

  /// So much of the receiver's window's time is its host's.
  mutating func noteWindowBlame(_ time: Nanoseconds) {
    guard current > 0 else { return }
    self[current].receiverBlamed &+= time
  }

  /// It had stopped with so much under way, let acknowledgments pass, and goes on.
  mutating func noteRefill(level: UInt32, segment: UInt32) {
    guard current > 0 else { return }
    let isAlike = max(level, refillLevel) &- min(level, refillLevel) <= segment
    if refills == 0 || !isAlike {
      refills = 0
      refillLevel = level
      refillsSince = current
    }
    refills += 1
    guard refills >= CongestionRounds.fewestRefills else { return }
    sendBuffer = max(sendBuffer, level)
    for number in max(refillsSince, settled &+ 1)..<current &+ 1 {
      self[number].bits.insert(.sendBuffer)
    }
  }

  /// A loss, or a mark of congestion (RFC 3168).
  mutating func noteLoss() {
    refills = 0
    guard current > 0 else { return }
    self[current].bits.insert([.loss, .evident])
    isSlowStart = false
    knowsPast = true
    hasLost = true
  }

  /// The capture missed some of it.
  mutating func noteGap() {
    isSlowStart = false
    knowsPast = false
    hasLost = false
    pace = DeliveryPace()
    refills = 0
    peak = 0
    roundsWithoutLoss = 0
    flatRounds = 0
    if current > 0 { self[current].bits.insert(.doubtful) }
  }

  /// Nothing follows. To be asked until there is none.
  mutating func finish(leastRoundTrip: Nanoseconds, segment: UInt32) -> Verdict? {
    if current > 0, length != 0 {
      close(leastRoundTrip, segment)
      length = 0
    }
    if settled < current { return settle() }
    rate.end()
    return nil
  }

  // MARK: Judging

  private mutating func open(at start: Nanoseconds, afterPause: Bool) {
    current &+= 1
    var round = Round()
    round.start = start
    if afterPause { round.bits.insert(.afterPause) }
    self[current] = round
  }

  private mutating func settle() -> Verdict {
    settled &+= 1
    let round = self[settled]
    if !pace.isEmpty || round.bits.contains(.loss) { pace.note(round.passed, at: round.start) }
    if round.bits.contains(.bandwidth) {
      if round.firstDelivery != .min { rate.note(round.firstTotal, at: round.firstDelivery) }
    } else {
      rate.end()
    }
    return Verdict(
      number: settled, limit: round.limit, congestion: round.congestion, blamed: round.blamed,
      released: round.released, receiver: round.receiver, receiverBlamed: round.receiverBlamed)
  }

  private mutating func close(_ leastRoundTrip: Nanoseconds, _ segment: UInt32) {
    if !knowsPast { self[current].bits.insert(.doubtful) }
    let round = self[current]
    roundsWithoutLoss = round.bits.contains(.loss) ? 0 : roundsWithoutLoss + 1
    if isSlowStart {
      self[current].bits.insert(.slowStart)
      if round.acknowledged > 0, round.other < length / 4 {
        let isFlat = UInt64(round.sent) * 10 < UInt64(round.acknowledged) * 13
        flatRounds = isFlat ? flatRounds + 1 : 0
        if flatRounds >= 2 { isSlowStart = false }
      }
    }
    judgeEvidence(leastRoundTrip, segment)
    if !judgeBandwidth(leastRoundTrip, segment) { judgeFullPath(leastRoundTrip) }
    judgeSendBuffer(leastRoundTrip, segment)
  }

  /// What shows that the congestion window was full. One that grows is filled again in the round after the
  /// wait; the last data after it need not fill it.
  private mutating func judgeEvidence(_ leastRoundTrip: Nanoseconds, _ segment: UInt32) {
    let flight = self[current].flight
    if flight >= peak &+ max(segment, 1) {
      lastGrowth = current
      peak = flight
      for number in max(current, 3) &- 2..<current where number > settled {
        self[number].bits.insert(.evident)
      }
    }
    let hasGrown = lastGrowth > 0 && current &- lastGrowth <= 1
    // Half of the segments of a program may be acknowledged late: a little longer is no queue yet.
    if hasGrown || isQueueing(leastRoundTrip, share: 4, 5_000_000) {
      self[current].bits.insert(.evident)
    } else if hasLost {
      self[current].bits.insert([.evident, .onlyByLoss])
      if isSteady(segment) {
        for number in current &- CongestionRounds.steady &+ 1...current
        where number > settled && self[number].bits.contains(.onlyByLoss) {
          self[number].bits.remove(.evident)
        }
      }
    }
  }

  private static let steady: UInt32 = 10

  /// As much is under way as in the rounds before, and nothing was lost: a window that had become smaller by a loss
  /// grows by half a segment in each (RFC 5681 3.1, RFC 9438 4.3), so somebody else sets the pace.
  private func isSteady(_ segment: UInt32) -> Bool {
    let count = CongestionRounds.steady
    guard roundsWithoutLoss >= Int(count), areConsecutive(count) else { return false }
    var halves: (UInt64, UInt64) = (0, 0)
    for number in current &- count &+ 1...current {
      let flight = UInt64(self[number].flight)
      if flight == 0 { return false }
      if number > current &- count / 2 { halves.1 += flight } else { halves.0 += flight }
    }
    return halves.1 < halves.0 + UInt64(count / 2) * UInt64(segment) / 2
  }

  /// The last three round trips took longer than the least, by this share of it and by so much.
  private func isQueueing(
    _ leastRoundTrip: Nanoseconds, share: Nanoseconds, _ time: Nanoseconds
  ) -> Bool {
    roundTrip(ofLast: min(current, 3)) >= leastRoundTrip &+ max(leastRoundTrip / share, time)
  }

  /// In each of the last three rounds more was under way than a least round trip delivers: it stood in a queue.
  private func holdsMoreThanItDelivers(_ leastRoundTrip: Nanoseconds) -> Bool {
    for number in current &- 2...current {
      let round = self[number]
      let delivered = Double(round.delivered) * Double(leastRoundTrip) / Double(max(1, length))
      if Double(round.flight) < 1.25 * delivered { return false }
    }
    return true
  }

  /// A least round trip, or longer where a bottleneck lets so few segments through in one that their number
  /// tells of no rate: with a queue before it, that is, as without one they all pass in a round trip.
  private func nextLength(_ leastRoundTrip: Nanoseconds, _ segment: UInt32) -> Nanoseconds {
    let least = max(leastRoundTrip, CongestionRounds.leastLength)
    let count: UInt32 = 4
    guard areConsecutive(count) else { return least }
    var delivered: UInt64 = 0
    for number in current &- count &+ 1...current {
      let round = self[number]
      guard round.congestion >= round.other &- round.receiver else { return least }
      delivered += UInt64(round.delivered)
    }
    guard roundTrip(ofLast: count) >= 2 &* length else { return max(least, length) }
    let isFew = delivered < UInt64(count) * 4 * UInt64(segment)
    return isFew ? min(2 &* length, 16 &* least) : max(least, length)
  }

  /// The mean of the last rounds; the last one before them where a queue is so long that none ended in them.
  private func roundTrip(ofLast count: UInt32) -> Nanoseconds {
    var sum: Nanoseconds = 0
    var samples: Nanoseconds = 0
    for number in current &- count &+ 1...current {
      sum &+= self[number].roundTrips
      samples &+= Nanoseconds(self[number].samples)
    }
    return samples > 0 ? sum / samples : lastRoundTrip
  }

  /// The last `count` rounds follow each other without a pause.
  private func areConsecutive(_ count: UInt32) -> Bool {
    guard current >= count else { return false }
    for number in current &- count &+ 2..<current &+ 1 where self[number].bits.contains(.afterPause)
    {
      return false
    }
    return true
  }

  /// Three rounds deliver as much while the queue grows: somewhere it is served at a rate of its own.
  private mutating func judgeBandwidth(_ leastRoundTrip: Nanoseconds, _ segment: UInt32) -> Bool {
    guard areConsecutive(3) else { return false }
    var least = UInt32.max
    var most: UInt32 = 0
    for number in current &- 2...current {
      let round = self[number]
      // A window that is full now and then, too, changes nothing of the rate.
      guard (round.congestion &+ round.receiver) &* 2 >= length,
        round.congestion > round.other &- round.receiver
      else { return false }
      least = min(least, round.delivered)
      most = max(most, round.delivered)
    }
    // Where few segments make a round, a small congestion window delivers as evenly.
    let isFew = least < 20 &* segment
    guard least > 0, most &- least <= max(most / 10, isFew ? 2 &* segment : 0) else { return false }
    if isFew {
      guard isQueueing(leastRoundTrip, share: 4, 2_000_000), holdsMoreThanItDelivers(leastRoundTrip)
      else { return false }
    } else if !isQueueing(leastRoundTrip, share: 7, 2_000_000) {
      return false
    }
    for number in current &- 2...current { self[number].bits.insert(.bandwidth) }
    fullRate = deliveryRate(ofLast: 3)
    return true
  }

  private func deliveryRate(ofLast count: UInt32) -> Double {
    var delivered = 0.0
    for number in current &- count &+ 1...current { delivered += Double(self[number].delivered) }
    let time = self[current].start &+ length &- self[current &- count &+ 1].start
    return delivered / Double(max(1, time))
  }

  /// A queue, and as much delivered as when the path's rate was known: whichever window was full, a larger one
  /// would have made the queue longer.
  private mutating func judgeFullPath(_ leastRoundTrip: Nanoseconds) {
    let count: UInt32 = 4
    guard fullRate > 0, areConsecutive(count), isQueueing(leastRoundTrip, share: 4, 3_000_000)
    else { return }
    for number in current &- count &+ 1...current {
      let round = self[number]
      guard (round.congestion &+ round.receiver) &* 2 >= length else { return }
    }
    guard abs(deliveryRate(ofLast: count) - fullRate) <= fullRate * 0.07 else { return }
    for number in current &- count &+ 1...current where number > settled {
      self[number].bits.insert(.bandwidth)
    }
  }

  /// As much under way in every round although nothing was lost, no queue grew and the window was
  /// larger. Acknowledgments have to release it: what is spaced evenly has as much under way, too.
  private mutating func judgeSendBuffer(_ leastRoundTrip: Nanoseconds, _ segment: UInt32) {
    let count = 8
    guard roundsWithoutLoss >= 2 * count else { return }
    var flights = InlineArray<8, UInt32>(repeating: 0)
    var times = InlineArray<8, Nanoseconds>(repeating: .max)
    // The later half, the earlier half.
    var halves: (UInt64, UInt64) = (0, 0)
    var found = 0
    var number = current
    while found < count {
      let round = self[number]
      if round.congestion | round.other != 0 {
        guard round.congestion &+ 2 &* round.released > round.other,
          round.paced <= round.congestion / 2, round.flight > 0,
          UInt64(round.flight) * 10 <= UInt64(round.window) * 9
        else { return }
        if found < 4 { halves.0 += UInt64(round.flight) } else { halves.1 += UInt64(round.flight) }
        flights.insert(round.flight, sorted: found)
        times.insert(round.roundTrip ?? .max, sorted: found)
        found += 1
      }
      if found == count { break }
      // In one a buffer's worth may be under way, and nothing be sent.
      guard number > 1, current &- number < CongestionRounds.hindsight,
        !round.bits.contains(.afterPause)
      else { return }
      number &-= 1
    }
    let first = number
    let median = (flights[3] &+ flights[4]) / 2
    guard flights[7] &- median <= 2 &* segment, median &- flights[0] <= 3 &* segment,
      halves.0 <= halves.1 + 4 * UInt64(segment), times[1] < leastRoundTrip &* 115 / 100
    else { return }
    sendBuffer = flights[7]
    for number in first...current { self[number].bits.insert(.sendBuffer) }
  }
}

extension InlineArray where Element: Comparable {
  /// Puts a value among the first `count`, which are in order.
  fileprivate mutating func insert(_ value: Element, sorted count: Int) {
    var place = count
    while place > 0, self[place - 1] > value {
      self[place] = self[place - 1]
      place -= 1
    }
    self[place] = value
  }
}
