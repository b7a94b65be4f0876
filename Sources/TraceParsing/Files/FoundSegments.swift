import TCPModel

/// A segment that is not decoded yet: plain, or right behind an IPv6 header.
struct FoundSegment: BitwiseCopyable {
  var time: Timestamp
  /// Of its IP header, from the batch's first one.
  var place: Int32
  /// Its frame, counted from the batch's first one.
  var frame: UInt32
  /// Its number among all segments of the batch.
  var number: UInt32
  var byteCount: UInt16
  var interface: UInt16
}

/// Segments of a batch that several threads share: one finds whose they are, and each decodes its own.
/// To hand on what was found takes a seventh of the memory that a decoded segment takes.
struct FoundSegments: ~Copyable {
  /// In a list: as many as a window holds, nearly always.
  private static let room = 4096

  /// How many threads share the batch; 1 where everything is decoded at once.
  let shares: Int
  private let lists: UnsafeMutablePointer<FoundSegment>
  /// Of each list.
  private let counts: UnsafeMutablePointer<Int>
  /// Of all lists.
  private(set) var count = 0
  private(set) var firstFrame: Int64 = 0
  /// The first one's header.
  private(set) var origin: UInt = 0
  /// The number of the batch's first segment in the capture.
  private(set) var firstNumber: Int64 = 0
  /// Of the segments that are decoded already, among all of the batch.
  private(set) var decoded: [UInt32] = []
  /// So many of them.
  private(set) var numbered = 0

  init(shares: Int) {
    self.shares = shares
    lists = .allocate(capacity: shares > 1 ? shares * FoundSegments.room : 0)
    counts = .allocate(capacity: shares)
    counts.initialize(repeating: 0, count: shares)
  }

  deinit {
    lists.deallocate()
    counts.deallocate()
  }

  func list(_ share: Int) -> UnsafeBufferPointer<FoundSegment> {
    UnsafeBufferPointer(start: lists + share * FoundSegments.room, count: counts[share])
  }

  mutating func begin(frame: Int64, number: Int64) {
    firstFrame = frame
    firstNumber = number
    count = 0
    for share in 0..<shares { counts[share] = 0 }
    decoded.removeAll(keepingCapacity: true)
    numbered = 0
  }

  /// - Parameters:
  ///   - start: Of the IP header; what follows was captured, at least 20 bytes of the TCP header.
  ///   - decoded: How many segments are decoded so far.
  /// - Returns: How many more its list has room for; nil if it cannot be left.
  @inline(__always)
  mutating func append(
    _ start: UnsafeRawPointer, _ byteCount: Int, _ mark: FrameMark, of key: FlowKey, decoded: Int
  ) -> Int? {
    let share = FlowShare.number(of: key, among: shares)
    let index = counts[share]
    let room = FoundSegments.room &- 1 &- index
    let address = UInt(bitPattern: start)
    if count == 0 { origin = address }
    // What was put together from fragments may lie anywhere.
    guard room >= 0, let place = Int32(exactly: Int(bitPattern: address &- origin)),
      let byteCount = UInt16(exactly: byteCount)
    else { return nil }
    lists[share &* FoundSegments.room &+ index] = FoundSegment(
      time: mark.time, place: place, frame: UInt32(truncatingIfNeeded: mark.frame &- firstFrame),
      number: UInt32(truncatingIfNeeded: count &+ decoded), byteCount: byteCount,
      interface: mark.interface)
    counts[share] = index &+ 1
    count &+= 1
    return room
  }

  /// Where one begins that was found in this batch.
  @inline(__always)
  func start(of found: FoundSegment) -> UnsafeRawPointer? {
    UnsafeRawPointer(bitPattern: origin &+ UInt(bitPattern: Int(found.place)))
  }

  /// Gives numbers to the decoded segments that have none: all before them have theirs.
  @inline(never)
  mutating func number(_ decoded: Int) {
    while numbered < decoded {
      self.decoded.append(UInt32(truncatingIfNeeded: count + numbered))
      numbered += 1
    }
  }
}
