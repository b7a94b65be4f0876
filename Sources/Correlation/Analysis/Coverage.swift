import TCPModel

/// Which part of its sequence space an endpoint was seen to send: what is new, what was sent
/// before, what is missing. Our own judgement, where Wireshark's analysis guesses from times.
///
/// The space runs from `first` to `highest` with holes in between, kept in `HolePool`. It is never longer
/// than `Coverage.span`.
struct Coverage: BitwiseCopyable {
  var uniqueBytes: Int64 = 0
  var retransmittedBytes: Int64 = 0
  var isStarted = false
  var isAcked = false
  var retransmittedSegments: UInt32 = 0
  var first = SequenceNumber(0)
  var highest = SequenceNumber(0)
  /// The highest acknowledgment the peer sent.
  var acked = SequenceNumber(0)
  /// The list of holes; 0 is none.
  var holes: UInt32 = 0
}

/// The order in which a host sent two IPv4 packets, as far as their identifications tell.
enum Identification {
  /// Hosts that count packets per connection or per destination advance in small steps; a wider
  /// one is a random number, or a busy host's common counter, and says nothing.
  private static let widestStep: Int16 = 1024

  static func order(_ one: UInt16, after other: UInt16) -> Order {
    let step = Int16(bitPattern: one &- other)
    guard one != 0, other != 0, step != 0, step < widestStep, step > -widestStep else {
      return .unknown
    }
    return step > 0 ? .later : .earlier
  }

  enum Order {
    case earlier, later, unknown
  }
}

extension Coverage {
  /// For `EndpointRecord.fold`.
  @inline(__always)
  mutating func fold(payload: Int64, base: SequenceNumber, next: SequenceNumber) {
    uniqueBytes.fold(payload)
    first.fold(base)
    highest.fold(next)
    acked.fold(next)
  }
}

extension Hole.Times {
  /// No sender repeats a segment earlier than this without being told of a loss: RFC 6298 2.4
  /// asks for a second, Linux waits 200 ms.
  private static let shortestTimeout: Nanoseconds = 200_000_000

  /// Whether the segment that filled the hole was sent again, from the times alone: a repeat
  /// follows the receiver's report by the way to the sender and back, or a time-out; what is late
  /// comes sooner. nil when neither is sure.
  func wasSentAgain(_ segment: SegmentView, senderRoundTrip: Nanoseconds) -> Bool? {
    if opened.nanoseconds == .min { return nil }
    let age = segment.time.since(opened)
    if reported.nanoseconds != .min, segment.time.since(reported) >= senderRoundTrip {
      return true
    }
    return age >= 0 && age < Hole.Times.shortestTimeout ? false : nil
  }
}

extension Coverage {
  /// A jump farther than the largest window (RFC 7323 2.2: 2^30) is no gap but nonsense.
  static let jumpLimit: Int32 = 1 << 30
  /// Sequence numbers have an order only within half of their circle: what lies farther back than this
  /// is given up.
  private static let span: UInt32 = 1 << 30

  /// How the space of a segment lies to what was seen before.
  struct Addition: BitwiseCopyable {
    var newBytes: UInt32 = 0
    var repeatedBytes: UInt32 = 0
    /// The first byte was beyond everything seen, or at its end.
    var advances = false
    var fillsHole = false
    /// It filled a hole, and time stamps or IP identification say it was sent after what follows.
    var isLateCopy = false
    /// It filled a hole and neither time stamps nor identifications say whether it was late or sent
    /// again: what the clock knows.
    var doubt: Hole.Times?
  }

  /// A SYN begins the space.
  @inline(__always)
  mutating func open(at sequence: SequenceNumber) {
    isStarted = true
    first = sequence
    highest = sequence + 1
  }

  @inline(__always)
  mutating func add(_ segment: SegmentView, _ pool: inout HolePool) -> Addition {
    let length = segment.sequenceLength
    if length == 0 { return Addition() }
    let left = segment.sequence
    if isStarted, left == highest {
      highest = left + length
      uniqueBytes &+= Int64(segment.payloadLength)
      return Addition(newBytes: length, advances: true)
    }
    return addOutOfLine(segment, length, &pool)
  }

  private mutating func addOutOfLine(
    _ segment: SegmentView, _ length: UInt32, _ pool: inout HolePool
  ) -> Addition {
    let left = segment.sequence
    let right = left + length
    var addition = Addition()
    if !isStarted {
      isStarted = true
      first = left
      highest = right
      uniqueBytes = Int64(segment.payloadLength)
      return Addition(newBytes: length, advances: true)
    }
    let jump = highest.distance(to: left)
    if !Coverage.believes(jump) { return addition }
    leaveBehind(&pool)
    if jump > 0 {
      let gap = Hole(from: highest, to: left, before: segment)
      pool.insert(gap, at: pool.holes(holes).count, &holes)
      highest = right
      addition.newBytes = length
      addition.advances = true
    } else {
      if highest.isBefore(right) {
        addition.newBytes = UInt32(bitPattern: highest.distance(to: right))
        addition.advances = true
        highest = right
      }
      if left.isBefore(first) {
        let end = right.isBefore(first) ? right : first
        addition.newBytes &+= UInt32(bitPattern: left.distance(to: end))
        // What lies between stays a hole.
        if end.isBefore(first) {
          pool.insert(Hole(from: end, to: first, before: segment), at: 0, &holes)
        }
        first = left
      }
      var unknownBytes: UInt32 = 0
      if holes != 0 { unknownBytes = fill(left, right, segment, &addition, &pool) }
      let known = addition.newBytes &+ unknownBytes
      addition.repeatedBytes = length &- min(length, known)
    }
    let virtual = length &- segment.payloadLength
    uniqueBytes &+= Int64(addition.newBytes) - Int64(min(virtual, addition.newBytes))
    return addition
  }

  /// Moves the beginning of the space up to `span` before its end.
  private mutating func leaveBehind(_ pool: inout HolePool) {
    let length = UInt32(bitPattern: first.distance(to: highest))
    guard length > Coverage.span || uniqueBytes >= Int64(Coverage.span) else { return }
    first = highest - Coverage.span
    retire(&pool)
  }

  /// Gives up the holes that lie before the space.
  private mutating func retire(_ pool: inout HolePool) {
    while let hole = pool.holes(holes).first {
      let place = UInt32(bitPattern: first.distance(to: hole.right))
      if place != 0, place <= Coverage.span { return }
      pool.retireFirst(&holes)
    }
  }

  /// - Returns: How many bytes lie where something was seen and something not.
  private mutating func fill(
    _ left: SequenceNumber, _ right: SequenceNumber, _ segment: SegmentView,
    _ addition: inout Addition, _ pool: inout HolePool
  ) -> UInt32 {
    let all = pool.holes(holes)
    var unknown: UInt32 = 0
    var index = all.index(endingAfter: left)
    /// Those that are filled to the last byte.
    var filled = index..<index
    while index < all.count, all[index].left.isBefore(right) {
      let hole = all[index]
      let from = hole.left.isBefore(left) ? left : hole.left
      let to = right.isBefore(hole.right) ? right : hole.right
      let overlap = UInt32(bitPattern: from.distance(to: to))
      let isNew = min(overlap, hole.missing)
      addition.newBytes &+= isNew
      unknown &+= overlap &- isNew
      addition.fillsHole = true
      judgeLateness(segment, hole, &addition)
      if isNew == hole.missing {
        if filled.isEmpty { filled = index..<index }
        filled = filled.lowerBound..<index + 1
      } else {
        all[index].missing = hole.missing &- isNew
        if from == hole.left {
          all[index].left = to
        } else if to == hole.right {
          all[index].right = from
        } else if !hole.isPorous {
          split(index, from, to, &pool)
          return unknown
        }
      }
      index += 1
    }
    if !filled.isEmpty { pool.remove(filled, &holes) }
    return unknown
  }

  /// A segment lies in the middle of a hole.
  private mutating func split(
    _ index: Int, _ left: SequenceNumber, _ right: SequenceNumber, _ pool: inout HolePool
  ) {
    let all = pool.holes(holes)
    var rest = all[index]
    rest.left = right
    rest.missing = UInt32(bitPattern: right.distance(to: rest.right))
    all[index].right = left
    all[index].missing = UInt32(bitPattern: all[index].left.distance(to: left))
    pool.insert(rest, at: index + 1, &holes)
  }

  /// RFC 7323 time stamps grow with the time of sending, IPv4 identifications usually with the
  /// order of sending: later than what followed the hole means sent again.
  private func judgeLateness(_ segment: SegmentView, _ hole: Hole, _ addition: inout Addition) {
    if segment.options.kinds.contains(.timestamps), hole.hasTimestamp {
      let step = Int32(bitPattern: segment.options.timestampValue &- hole.timestampValue)
      if step != 0 {
        if step > 0 { addition.isLateCopy = true }
        return
      }
    }
    switch Identification.order(segment.ipIdentification, after: hole.ipIdentification) {
    case .later: addition.isLateCopy = true
    case .earlier: break
    case .unknown: addition.doubt = hole.times
    }
  }

  /// An ACK that was sent because of a hole tells the sender of it: a SACK block beyond the hole
  /// (RFC 2018), or a duplicate ACK where SACK is not used.
  @inline(never)
  mutating func noteReport(
    of segment: SegmentView, isDuplicateACK: Bool, _ pool: inout HolePool
  ) {
    leaveBehind(&pool)
    let all = pool.holes(holes)
    if isDuplicateACK {
      let index = all.index(beginningFrom: segment.acknowledgment)
      if index < all.count, all[index].left == segment.acknowledgment {
        all[index].noteReport(segment)
      }
    }
    guard let received = segment.farthestSACK else { return }
    // Who tells of one tells of all before it.
    var index = all.index(endingAfter: received)
    while index > 0, all[index - 1].times.reported.nanoseconds == .min {
      index -= 1
      all[index].noteReport(segment)
    }
  }

  /// Whether a first acknowledgment can be of what was captured.
  @inline(__always)
  func believesFirst(_ acknowledgment: SequenceNumber) -> Bool {
    Coverage.believes(highest.distance(to: acknowledgment))
  }

  @inline(__always)
  private static func believes(_ jump: Int32) -> Bool { jump <= jumpLimit && jump >= -jumpLimit }

  /// The peer acknowledged everything before `acknowledgment`.
  @inline(__always)
  mutating func acknowledge(_ acknowledgment: SequenceNumber) {
    if !isAcked {
      if !isStarted {
        // Nothing of this direction was captured yet: count from here.
        isStarted = true
        first = acknowledgment
        highest = acknowledgment
      }
      guard believesFirst(acknowledgment) else { return }
      isAcked = true
      acked = acknowledgment
    } else if acked.isBefore(acknowledgment),
      acked.distance(to: acknowledgment) < Coverage.jumpLimit
    {
      acked = acknowledgment
    }
  }

  /// Nothing that was sent is outstanding.
  @inline(__always)
  var isAllAcknowledged: Bool { isAcked && highest.isAtOrBefore(acked) }

  /// How many holes the peer's acknowledgment passes over: data that was never captured.
  @inline(__always)
  func gaps(passedBy segment: SegmentView, _ pool: borrowing HolePool) -> UInt32 {
    let acknowledgment = segment.acknowledgment
    guard holes != 0 || highest.isBefore(acknowledgment), segment.flags.contains(.ack), isAcked,
      acked.isBefore(acknowledgment)
    else { return 0 }
    return countGaps(acknowledgment, pool)
  }

  private func countGaps(
    _ acknowledgment: SequenceNumber, _ pool: borrowing HolePool
  ) -> UInt32 {
    let all = pool.holes(holes)
    let passed =
      all.index(beginningFrom: acknowledgment) - all.index(beginningFrom: acked)
    let count = UInt32(clamping: passed)
    return acked.isAtOrBefore(highest) && highest.isBefore(acknowledgment) ? count + 1 : count
  }

  /// Acknowledged by the peer, so it was sent and arrived, but never captured.
  ///
  /// - Parameter beginning: What lies before it was sent before the capture began.
  func missingBytes(_ pool: borrowing HolePool, from beginning: SequenceNumber? = nil) -> Int64 {
    guard isAcked else { return 0 }
    var missing = pool.retired(holes)
    for hole in pool.holes(holes) {
      var left = hole.left
      if let beginning, left.isBefore(beginning) { left = beginning }
      let right = acked.isBefore(hole.right) ? acked : hole.right
      missing += Int64(min(Int64(hole.missing), Int64(max(0, left.distance(to: right)))))
    }
    return missing + Int64(max(0, highest.distance(to: acked)))
  }
}

extension Hole {
  fileprivate init(
    from left: SequenceNumber, to right: SequenceNumber, before segment: SegmentView
  ) {
    times = Times(opened: segment.time)
    self.left = left
    self.right = right
    missing = UInt32(bitPattern: left.distance(to: right))
    timestampValue = segment.options.timestampValue
    ipIdentification = segment.ipIdentification
    hasTimestamp = segment.options.kinds.contains(.timestamps)
  }

  fileprivate mutating func noteReport(_ segment: SegmentView) {
    if times.reported.nanoseconds == .min { times.reported = segment.time }
  }
}

extension SegmentView {
  /// Where the farthest block of its SACK option begins.
  fileprivate var farthestSACK: SequenceNumber? {
    var farthest: SequenceNumber?
    for index in 0..<Int(min(options.sackCount, 4)) {
      let block = options.sack[index]
      guard block.left.isBefore(block.right) else { continue }
      if farthest.map({ $0.isBefore(block.left) }) ?? true { farthest = block.left }
    }
    return farthest
  }
}
