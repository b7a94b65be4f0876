import TCPModel

/// Which part of its sequence space an endpoint was seen to send: what is new, what was sent
/// before, what is missing. Our own judgement, where Wireshark's analysis guesses from times.
///
/// The space runs from `first` to `highest` with holes in between, kept in `HolePool`.
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
  /// Head of the list of holes, plus one; 0 is none.
  var holes: UInt32 = 0
}

/// A range of sequence space that was skipped, in a list sorted by place.
struct Hole: BitwiseCopyable {
  var left: SequenceNumber
  var right: SequenceNumber
  /// Of the segment that came after the hole, to tell a late segment from one sent again.
  var timestampValue: UInt32
  var ipIdentification: UInt16
  var hasTimestamp: Bool
  /// When that segment was captured.
  var opened: Timestamp
  /// When the receiver first told the sender of the hole; `.min` while it has not.
  var reported = Timestamp(nanoseconds: .min)
  /// The next hole, plus one; 0 ends the list.
  var next: UInt32
}

/// All holes of all connections: an arena with a free list. Few connections ever have one.
struct HolePool: ~Copyable {
  private var holes = BlockArray<8, Hole>()
  private var free: UInt32 = 0
  /// The last one of which neither time stamps nor identifications said what filled it.
  var doubtful: Hole?

  subscript(link: UInt32) -> Hole {
    get { holes[Int(link) - 1] }
    set { holes[Int(link) - 1] = newValue }
  }

  mutating func add(_ hole: Hole) -> UInt32 {
    if free != 0 {
      let link = free
      free = self[link].next
      self[link] = hole
      return link
    }
    holes.add().initialize(to: hole)
    return UInt32(holes.count)
  }

  mutating func remove(_ link: UInt32) {
    self[link].next = free
    free = link
  }
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

extension Hole {
  /// No sender repeats a segment earlier than this without being told of a loss: RFC 6298 2.4
  /// asks for a second, Linux waits 200 ms.
  private static let shortestTimeout: Nanoseconds = 200_000_000

  fileprivate func isReported(by segment: SegmentView, _ isDuplicateACK: Bool) -> Bool {
    for index in 0..<Int(min(segment.options.sackCount, 4)) {
      let block = segment.options.sack[index]
      if right.isAtOrBefore(block.left), block.left.isBefore(block.right) { return true }
    }
    return isDuplicateACK && segment.acknowledgment == left
  }

  /// Whether the segment that filled the hole was sent again, from the times alone: a repeat
  /// follows the receiver's report by the way to the sender and back, or a time-out; what is late
  /// comes sooner. nil when neither is sure.
  func wasSentAgain(_ segment: SegmentView, senderRoundTrip: Nanoseconds) -> Bool? {
    let age = segment.time.since(opened)
    if reported.nanoseconds != .min, segment.time.since(reported) >= senderRoundTrip {
      return true
    }
    return age >= 0 && age < Hole.shortestTimeout ? false : nil
  }
}

extension Coverage {
  /// More holes than this are merged with their neighbour, so that hostile input stays cheap.
  private static let holeLimit = 64
  /// A jump farther than the largest window (RFC 7323 2.2: 2^30) is no gap but nonsense.
  static let jumpLimit: Int32 = 1 << 30

  /// How the space of a segment lies to what was seen before.
  struct Addition: BitwiseCopyable {
    var newBytes: UInt32 = 0
    var repeatedBytes: UInt32 = 0
    /// The first byte was beyond everything seen, or at its end.
    var advances = false
    var fillsHole = false
    /// It filled a hole, and time stamps or IP identification say it was sent after what follows.
    var isLateCopy = false
    /// It filled a hole and nothing says whether it was late or sent again.
    var isAmbiguous = false
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
    if jump > 0 {
      addHole(from: highest, to: left, segment, &pool)
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
        if end.isBefore(first) { addHole(from: end, to: first, segment, &pool, atFront: true) }
        first = left
      }
      if holes != 0 { fill(left, right, segment, &addition, &pool) }
      addition.repeatedBytes = length &- min(length, addition.newBytes)
    }
    let virtual = length &- segment.payloadLength
    uniqueBytes &+= Int64(addition.newBytes) - Int64(min(virtual, addition.newBytes))
    return addition
  }

  private mutating func addHole(
    from left: SequenceNumber, to right: SequenceNumber, _ segment: SegmentView,
    _ pool: inout HolePool, atFront: Bool = false
  ) {
    var hole = Hole(
      left: left, right: right, timestampValue: segment.options.timestampValue,
      ipIdentification: segment.ipIdentification,
      hasTimestamp: segment.options.kinds.contains(.timestamps), opened: segment.time, next: 0)
    if holes == 0 || atFront {
      hole.next = holes
      holes = pool.add(hole)
      return
    }
    var count = 1
    var last = holes
    while pool[last].next != 0 {
      last = pool[last].next
      count += 1
    }
    if count >= Coverage.holeLimit {
      pool[last].right = right
    } else {
      let link = pool.add(hole)
      pool[last].next = link
    }
  }

  private mutating func fill(
    _ left: SequenceNumber, _ right: SequenceNumber, _ segment: SegmentView,
    _ addition: inout Addition, _ pool: inout HolePool
  ) {
    var before: UInt32 = 0
    var link = holes
    while link != 0 {
      var hole = pool[link]
      let next = hole.next
      if right.isAtOrBefore(hole.left) { break }
      if hole.right.isAtOrBefore(left) {
        before = link
        link = next
        continue
      }
      let from = hole.left.isBefore(left) ? left : hole.left
      let to = right.isBefore(hole.right) ? right : hole.right
      addition.newBytes &+= UInt32(bitPattern: from.distance(to: to))
      addition.fillsHole = true
      judgeLateness(segment, hole, &addition, &pool)
      if from == hole.left, to == hole.right {
        if before == 0 { holes = next } else { pool[before].next = next }
        pool.remove(link)
      } else if from == hole.left {
        hole.left = to
        pool[link] = hole
        before = link
      } else if to == hole.right {
        hole.right = from
        pool[link] = hole
        before = link
      } else {
        var rest = hole
        rest.left = to
        hole.right = from
        hole.next = pool.add(rest)
        pool[link] = hole
        before = hole.next
      }
      link = next
    }
  }

  /// RFC 7323 time stamps grow with the time of sending, IPv4 identifications usually with the
  /// order of sending: later than what followed the hole means sent again.
  private func judgeLateness(
    _ segment: SegmentView, _ hole: Hole, _ addition: inout Addition, _ pool: inout HolePool
  ) {
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
    case .unknown:
      addition.isAmbiguous = true
      pool.doubtful = hole
    }
  }

  /// An ACK that was sent because of a hole tells the sender of it: a SACK block beyond the hole
  /// (RFC 2018), or a duplicate ACK where SACK is not used.
  @inline(never)
  func noteReport(of segment: SegmentView, isDuplicateACK: Bool, _ pool: inout HolePool) {
    var link = holes
    while link != 0 {
      var hole = pool[link]
      if hole.reported.nanoseconds == .min, hole.isReported(by: segment, isDuplicateACK) {
        hole.reported = segment.time
        pool[link] = hole
      }
      link = hole.next
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
    var count: UInt32 = 0
    var link = holes
    while link != 0 {
      let hole = pool[link]
      if acked.isAtOrBefore(hole.left), hole.left.isBefore(acknowledgment) { count += 1 }
      link = hole.next
    }
    return acked.isAtOrBefore(highest) && highest.isBefore(acknowledgment) ? count + 1 : count
  }

  /// Acknowledged by the peer, so it was sent and arrived, but never captured.
  func missingBytes(_ pool: borrowing HolePool) -> Int64 {
    guard isAcked else { return 0 }
    var missing: Int64 = 0
    var link = holes
    while link != 0 {
      let hole = pool[link]
      let right = acked.isBefore(hole.right) ? acked : hole.right
      missing += Int64(max(0, hole.left.distance(to: right)))
      link = hole.next
    }
    return missing + Int64(max(0, highest.distance(to: acked)))
  }
}
