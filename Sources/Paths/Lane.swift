import TCPModel

/// One direction of one connection between two points: what was sent and has not arrived, and what
/// arrived and is not explained.
struct Lane {
  /// What is this old, and four times as old as the slowest, will not arrive any more.
  static let patience: Int64 = 2_000_000_000

  /// What the points keep of the segments, and from when to when they captured.
  struct Setting {
    // What every segment asks comes first.
    var keepsTimestamps = true
    var keepsIdentification = false
    /// A clock without any sample: times of the two points cannot be compared.
    var isTimed = true
    /// The numbers that the receiver counts are others at the two points.
    var changesPeerNumbers = false
    /// From the first point to the second one.
    var isForward = true
    /// The captures say that they missed frames.
    var senderDrops = false
    var receiverDrops = false
    /// The receiver's MSS as it came to the sender; 0 where that is not known.
    var largest: UInt16 = 0
    /// A copy may seem to arrive this much sooner than the fastest one: time stamps jitter, and a drift
    /// may not be known.
    var slack: Int64 = 500_000
    /// How far below zero a time may be.
    var doubt: Int64 = 0
    /// The fastest that the comparison of the clocks has seen; `.max` where it saw none.
    var least = Int64.max
    var sender = Int64.min...Int64.max
    var receiver = Int64.min...Int64.max
  }

  // In the order of use: what a segment that is sent or arrives as expected touches lies together.
  private(set) var sends = PacketQueue()
  private var highSequence: UInt32?
  private var highAcknowledgment: UInt32?
  private(set) var side = Side.client
  private var recordsFlights = false
  private(set) var showsForeignSACK = false
  /// Segments are cut or merged on the way.
  private(set) var isSegmented = false
  private var hasSentRST = false
  private var senderMissedSome = false
  private(set) var arrivals: [Packet] = []
  private var settleAt = 64
  private(set) var times = OneWayTimes()
  private var space = ArrivedSpace()
  private var latest: (sent: Int64, arrived: Int64)?
  private(set) var setting = Setting()
  private(set) var result = PathDirection()
  /// Arrivals that brought no new number.
  private var redundant: Int64 = 0
  /// Every way, where somebody wants to draw them.
  private(set) var flights: [PathFlight] = []
  /// Lost payload that may never have arrived, the latest of it.
  private var missing: [Packet] = []
  private static let missingLimit = 64

  init() {}

  /// Begins with another connection. The memory of the one before serves again.
  mutating func begin(_ setting: Setting, side: Side, recordsFlights: Bool) {
    self.setting = setting
    self.side = side
    self.recordsFlights = recordsFlights
  }

  /// Forgets everything but the memory it took.
  mutating func giveUp() {
    sends.removeAll()
    arrivals.removeAll(keepingCapacity: true)
    times.removeAll()
    flights = []
    forgetResult()
    showsForeignSACK = false
    space.removeAll()
    isSegmented = false
    highSequence = nil
    highAcknowledgment = nil
    hasSentRST = false
    senderMissedSome = false
    latest = nil
    settleAt = 64
    missing.removeAll(keepingCapacity: true)
    redundant = 0
  }

  /// Of most only this is more than nothing.
  private mutating func forgetResult() {
    guard result.isUnremarkable else { return result = PathDirection() }
    result.matched = 0
    result.sentRSTs = 0
    result.injectedRSTs = 0
    result.largest = AtBothPoints(both: 0)
    result.delay = nil
  }

  // MARK: Segments as they come

  /// What its sender's point saw, or the other one.
  mutating func take(_ packet: inout Packet, isSent: Bool) {
    if isSent { send(&packet) } else { arrive(&packet) }
    if sends.count &+ arrivals.count >= settleAt { settle(now: packet.time, isOver: false) }
  }

  private mutating func send(_ packet: inout Packet) {
    if isOversized(packet) { result.oversized.sender &+= 1 }
    if packet.payload > result.largest.sender { result.largest.sender = packet.payload }
    if mayHaveRivals(packet) {
      let likeness = Likeness(setting, isSegmented: isSegmented, least: times.least)
      let isByRange = packet.length > 0 && isSegmented
      sends.forEachLive { other in
        let isNear = isByRange ? packet.overlaps(other) : packet.hasSameRange(as: other)
        if isNear, likeness.isAlike(packet, other) {
          other.marks.insert(.hasRival)
          packet.marks.insert(.hasRival)
        }
      }
    }
    if packet.isRST {
      hasSentRST = true
      result.sentRSTs += 1
    }
    if !packet.isRST, highSequence.map({ Int32(bitPattern: packet.end &- $0) > 0 }) ?? true {
      highSequence = packet.end
    }
    if packet.kind != .unacknowledged, packet.kind != .syn, packet.kind != .rst,
      highAcknowledgment.map({ Int32(bitPattern: packet.acknowledgment &- $0) > 0 }) ?? true
    {
      highAcknowledgment = packet.acknowledgment
    }
    sends.append(packet)
  }

  @inline(__always)
  private func isOversized(_ packet: Packet) -> Bool {
    setting.largest > 0 && packet.payload > UInt32(setting.largest)
  }

  @inline(__always)
  private func mayHaveRivals(_ packet: Packet) -> Bool {
    guard !sends.isEmpty else { return false }
    if packet.length == 0 {
      guard let highAcknowledgment else { return true }
      return packet.isRST || Int32(bitPattern: packet.acknowledgment &- highAcknowledgment) <= 0
    }
    guard let highSequence else { return true }
    return Int32(bitPattern: packet.sequence &- highSequence) < 0
  }

  private mutating func arrive(_ packet: inout Packet) {
    if packet.length > 0 {
      if isOversized(packet) { result.oversized.receiver &+= 1 }
      if packet.payload > result.largest.receiver { result.largest.receiver = packet.payload }
      // A probe carries a byte at most.
      if packet.payload > 1, space.holds(packet.sequence, packet.end) { redundant &+= 1 }
      space.add(packet.sequence, packet.end)
    }
    let likeness = Likeness(setting, isSegmented: isSegmented, least: times.least)
    if let index = sends.firstIndex(like: packet, likeness),
      !sends[index].marks.contains(.hasRival), !hasWaitingTwin(packet, likeness)
    {
      link(sends[index], packet, isFirst: true)
      result.matched += 1
      sends.settle(index)
      return
    }
    if wasSent(packet) { packet.marks.insert(.wasSent) }
    if packet.length > 0, !isSegmented,
      sends.containsLive({ $0.overlaps(packet) && !$0.hasSameRange(as: packet) })
    {
      isSegmented = true
    }
    arrivals.append(packet)
  }

  /// The same segment arrived before, sooner by the clocks than it was sent: which of the two was sent first
  /// is decided when both are there.
  @inline(__always)
  private func hasWaitingTwin(_ packet: Packet, _ likeness: Likeness) -> Bool {
    if arrivals.isEmpty { return false }
    return arrivals.contains { $0.hasSameRange(as: packet) && likeness.isAlike($0, packet) }
  }

  /// The receiver's acknowledgment, at its own point.
  mutating func acknowledge(_ number: UInt32) { space.acknowledge(number) }

  private func wasSent(_ packet: Packet) -> Bool {
    if packet.isRST { return hasSentRST }
    guard let highSequence, Int32(bitPattern: packet.end &- highSequence) <= 0 else {
      return false
    }
    if packet.kind == .syn || packet.kind == .unacknowledged { return true }
    guard let highAcknowledgment else { return false }
    return Int32(bitPattern: packet.acknowledgment &- highAcknowledgment) <= 0
  }

  private mutating func link(
    _ send: Packet, _ arrival: Packet, isFirst: Bool, isFirstPart: Bool = true
  ) {
    if setting.isTimed { times.add(arrival.time &- send.time) }
    if recordsFlights {
      flights.append(
        PathFlight(send, arrived: arrival, from: side))
    }
    if send.trafficClass != arrival.trafficClass { noteMarks(send, arrival) }
    if send.length != arrival.length, send.length > 0, !isOversized(send), !isOversized(arrival),
      setting.largest > 0, isFirstPart
    {
      result.resegmented &+= 1
    }
    if setting.changesPeerNumbers, send.marks.contains(.hasSACK),
      arrival.marks.contains(.hasSACK), send.selective == arrival.selective
    {
      showsForeignSACK = true
    }
    guard isFirst else { return }
    if let latest, send.ordinal < latest.sent, arrival.ordinal > latest.arrived {
      result.reordered += 1
    } else if latest.map({ send.ordinal > $0.sent }) ?? true {
      latest = (send.ordinal, arrival.ordinal)
    }
  }

  /// What the path did to the DSCP and the ECN bits.
  private mutating func noteMarks(_ send: Packet, _ arrival: Packet) {
    let (sent, arrived) = (send.trafficClass, arrival.trafficClass)
    if sent >> 2 != arrived >> 2, result.dscp == nil {
      result.dscp =
        setting.isForward ? Rewrite(sent >> 2, arrived >> 2) : Rewrite(arrived >> 2, sent >> 2)
    }
    switch (sent & 3, arrived & 3) {
    case (1...3, 0): result.ecnCleared &+= 1
    case (0...2, 3): result.ceMarked &+= 1
    default: break
    }
  }

  // MARK: What is left

  var isIdle: Bool { sends.isEmpty && arrivals.isEmpty }

  /// Decides about what is old enough, or all of it.
  private mutating func settle(now: Int64, isOver: Bool) {
    let waiting = sends.takeAll()
    let arrived = arrivals
    arrivals.removeAll(keepingCapacity: true)
    let age = max(Lane.patience, times.count == 0 ? 0 : 4 &* max(0, times.greatest))
    let border = isOver ? Int64.max : now &- age
    let likeness = Likeness(setting, isSegmented: isSegmented, least: times.least)
    let groups = SegmentGroups(waiting, arrived)
    for group in groups.all {
      let solution = Solution(
        group.sends.map { waiting[$0] }, group.arrivals.map { arrived[$0] }, mayBe: likeness.mayBe,
        keepsIdentification: setting.keepsIdentification)
      let isOld =
        group.sends.allSatisfy { waiting[$0].time <= border }
        && group.arrivals.allSatisfy { arrived[$0].time <= border }
      if isOld || solution.isCertain {
        account(solution)
      } else {
        for index in group.sends { sends.append(waiting[index]) }
        for index in group.arrivals { arrivals.append(arrived[index]) }
      }
    }
    sends.sort()
    arrivals.sort { $0.ordinal < $1.ordinal }
    settleAt = max(64, 2 &* (sends.count &+ arrivals.count))
  }

  private mutating func account(_ solution: Solution) {
    if solution.isTooLarge {
      result.unknown += Int64(solution.sends.count + solution.arrivals.count)
      return
    }
    for arrival in solution.arrivals.indices {
      var isFirst = true
      for send in solution.links[arrival] {
        let isWhole = solution.sends[send].length == solution.arrivals[arrival].length
        link(
          solution.sends[send], solution.arrivals[arrival], isFirst: isFirst && isWhole,
          isFirstPart: isFirst)
        isFirst = false
      }
      if solution.links[arrival].isEmpty { explain(solution.arrivals[arrival]) }
    }
    for send in solution.sends.indices {
      if solution.covered[send] >= max(1, solution.sends[send].length) {
        result.matched += 1
      } else {
        miss(solution.sends[send])
      }
    }
  }

  /// A segment that did not arrive, or not all of it.
  private mutating func miss(_ packet: Packet) {
    let expected = packet.time &+ (times.count == 0 ? 0 : times.least)
    let isUnknown =
      setting.isTimed && !setting.receiver.contains(expected)
      || packet.length > 0 && space.misses(packet.sequence, packet.end)
      || packet.length == 0 && (setting.receiverDrops || space.missesAnything)
    if isUnknown {
      result.unknown += 1
      return
    }
    result.lost += 1
    if packet.length > 0 {
      if missing.count >= Lane.missingLimit {
        missing.removeAll { space.holds($0.sequence, $0.end) }
      }
      if missing.count < Lane.missingLimit { missing.append(packet) }
    }
    if recordsFlights {
      flights.append(
        PathFlight(packet, arrived: nil, from: side))
    }
    if result.lostFrames.count < PathDirection.namedFrames {
      result.lostFrames.append(packet.place)
    }
  }

  /// An arrival that none of the waiting segments explains.
  private mutating func explain(_ packet: Packet) {
    if packet.marks.contains(.wasSent) {
      result.duplicated += 1
      return
    }
    let sent = packet.time &- (times.count == 0 ? 0 : times.least)
    let isUnknown =
      setting.isTimed && !setting.sender.contains(sent) || setting.senderDrops
      || packet.length > 0 || senderMissedSome && !packet.isRST
    if isUnknown {
      if packet.length > 0 { senderMissedSome = true }
      result.unknown += 1
      return
    }
    result.injected += 1
    if packet.isRST { result.injectedRSTs += 1 }
    if result.injectedFrames.count < PathDirection.namedFrames {
      result.injectedFrames.append(packet.place)
    }
  }

  mutating func finish() {
    if !isIdle { settle(now: .max, isOver: true) }
    result.needless = max(0, redundant &- result.duplicated)
    findUndelivered()
    if result.lostFrames.count > 1 {
      result.lostFrames.sort { ($0.capture, $0.frame) < ($1.capture, $1.frame) }
    }
    if result.injectedFrames.count > 1 {
      result.injectedFrames.sort { ($0.capture, $0.frame) < ($1.capture, $1.frame) }
    }
    result.delay = times.delays
  }

  /// What was sent twice or more, and of which no copy arrived.
  private mutating func findUndelivered() {
    if missing.isEmpty { return }
    let left = missing.filter { !space.holds($0.sequence, $0.end) }
    guard let base = left.map(\.sequence).min(by: { Int32(bitPattern: $0 &- $1) < 0 }) else {
      return
    }
    var end: UInt32 = 0
    for packet in left.sorted(by: { $0.sequence &- base < $1.sequence &- base }) {
      let copies = left.count { $0.sequence == packet.sequence }
      let (start, finish) = (packet.sequence &- base, packet.end &- base)
      guard copies > 1, finish > end || end == 0, finish < 1 << 30 else { continue }
      result.undelivered &+= Int64(finish &- max(start, end))
      end = finish
    }
    guard result.undelivered > 0 else { return }
    let last = latest?.sent ?? 0
    result.undeliveredSegments = left.map {
      UndeliveredSegment(place: $0.place, payload: $0.payload, isPassed: $0.ordinal < last)
    }
    .sorted { ($0.place.capture, $0.frame) < ($1.place.capture, $1.frame) }
  }
}

extension Likeness {
  /// - Parameter least: The least time seen between them so far.
  @inline(__always)
  fileprivate init(_ setting: Lane.Setting, isSegmented: Bool, least: Int64) {
    keepsTimestamps = setting.keepsTimestamps
    keepsIdentification = setting.keepsIdentification
    self.isSegmented = isSegmented
    zero = .min
    floor = .min
    if setting.isTimed {
      zero = 0 &- setting.doubt &- setting.slack
      let least = min(setting.least, least)
      floor = least == .max ? zero : least &- setting.slack
    }
  }
}
