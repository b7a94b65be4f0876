import TCPModel

/// A range of an endpoint's sequence space of which something was not seen.
struct Hole: BitwiseCopyable {
  var times: Times
  var left: SequenceNumber
  var right: SequenceNumber
  /// Bytes of the range that were not seen: all, or fewer where several holes became one.
  var missing: UInt32
  // Of the segment that came after the hole, to tell a late segment from one sent again.
  var timestampValue: UInt32
  var ipIdentification: UInt16
  var hasTimestamp: Bool

  /// What the clock says of a segment that fills the hole.
  struct Times: BitwiseCopyable {
    /// When what follows the hole was captured; `.min` where holes of several times became one.
    var opened: Timestamp
    /// When the receiver first told the sender of the hole; `.min` while it has not.
    var reported = Timestamp(nanoseconds: .min)
  }

  /// Something of the range was seen, and nobody knows where.
  var isPorous: Bool { missing != UInt32(bitPattern: left.distance(to: right)) }

  /// This hole, one behind it and what was seen between them.
  fileprivate func joined(_ next: Hole) -> Hole {
    var hole = next
    hole.left = left
    hole.missing = missing &+ next.missing
    hole.times.opened.nanoseconds = .min
    return hole
  }
}

/// The holes of all connections: a list for every endpoint that has any, sorted by place. Few ever have
/// one, and those have one or two.
///
/// A list has room for 2, 8, 32 or 128 holes. When there is no more room, or all lists together have
/// taken their share of memory, its two lowest holes become one, which is porous: how much of it was
/// seen is known, but not what. So a segment takes a binary search and a move of 5 KB at most, and no
/// input makes the memory grow with its segments.
struct HolePool: ~Copyable {
  /// Holes of an endpoint.
  static let most = capacity(of: kinds - 1)
  /// Bytes of all lists, beyond which none grows to more than 8 holes.
  static let share = 32 << 20

  private static let kinds = 4
  private static let kindBits: UInt32 = 2
  private static let smallKinds = 2
  /// Bytes in a slab, at most.
  private static let slabSize = 64 << 10

  private struct Header: BitwiseCopyable {
    /// Bytes that nobody will ask for any more, because they lie too far back.
    var retired: Int64 = 0
    var count: UInt32 = 0
    /// Of a list that is not used: the next such, plus one.
    var next: UInt32 = 0
  }

  private static func capacity(of kind: Int) -> Int { 2 << (2 * kind) }

  private static func listSize(_ kind: Int) -> Int {
    MemoryLayout<Header>.stride + capacity(of: kind) * MemoryLayout<Hole>.stride
  }

  /// Lists in a slab.
  private static func slabCount(_ kind: Int) -> Int { slabSize / listSize(kind) }

  /// Lists of one size.
  private struct Lists {
    var slabs: [UnsafeMutableRawPointer] = []
    var used = 0
    /// The first list that is not used any more, plus one.
    var free: UInt32 = 0
  }

  private var lists = InlineArray<4, Lists> { _ in Lists() }
  private var size = 0

  init() {}

  deinit {
    for kind in 0..<HolePool.kinds {
      for slab in lists[kind].slabs { slab.deallocate() }
    }
  }

  // MARK: Reading

  /// The holes of a list in the order of the sequence space. Good until the list changes.
  func holes(_ link: UInt32) -> UnsafeMutableBufferPointer<Hole> {
    if link == 0 { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    let header = header(link)
    return UnsafeMutableBufferPointer(
      start: HolePool.first(header), count: Int(header.pointee.count))
  }

  func retired(_ link: UInt32) -> Int64 { link == 0 ? 0 : header(link).pointee.retired }

  private func header(_ link: UInt32) -> UnsafeMutablePointer<Header> {
    let kind = HolePool.kind(link)
    let index = Int((link &- 1) >> HolePool.kindBits)
    let count = HolePool.slabCount(kind)
    return (lists[kind].slabs[index / count] + index % count * HolePool.listSize(kind))
      .assumingMemoryBound(to: Header.self)
  }

  private static func kind(_ link: UInt32) -> Int { Int((link &- 1) & (1 << kindBits - 1)) }

  private static func first(_ header: UnsafeMutablePointer<Header>) -> UnsafeMutablePointer<Hole> {
    UnsafeMutableRawPointer(header + 1).assumingMemoryBound(to: Hole.self)
  }

  // MARK: Changing

  /// - Parameters:
  ///   - index: Where it belongs in the list.
  ///   - link: The list; 0 where there is none yet.
  mutating func insert(_ hole: Hole, at index: Int, _ link: inout UInt32) {
    var index = index
    if link == 0 {
      link = take(kind: 0)
    } else if Int(header(link).pointee.count) == HolePool.capacity(of: HolePool.kind(link)) {
      if let kind = largerKind(link) {
        move(&link, to: kind)
      } else {
        // The new one must not lie between the two.
        let lower = index == 1 ? 1 : 0
        let all = holes(link)
        all[lower] = all[lower].joined(all[lower + 1])
        remove(lower + 1..<lower + 2, &link)
        if index > lower { index -= 1 }
      }
    }
    let header = header(link)
    let place = HolePool.first(header) + index
    (place + 1).update(from: place, count: Int(header.pointee.count) - index)
    place.pointee = hole
    header.pointee.count += 1
  }

  mutating func remove(_ range: Range<Int>, _ link: inout UInt32) {
    let header = header(link)
    let first = HolePool.first(header)
    let count = Int(header.pointee.count)
    (first + range.lowerBound).update(
      from: first + range.upperBound, count: count - range.upperBound)
    header.pointee.count -= UInt32(range.count)
    if header.pointee.count == 0, header.pointee.retired == 0 { give(&link) }
  }

  /// Nobody will ask for the list any more.
  mutating func removeAll(_ link: inout UInt32) {
    if link != 0 { give(&link) }
  }

  /// Gives up the first hole of a list: it lies too far back.
  mutating func retireFirst(_ link: inout UInt32) {
    header(link).pointee.retired += Int64(holes(link)[0].missing)
    remove(0..<1, &link)
  }

  private func largerKind(_ link: UInt32) -> Int? {
    let kind = HolePool.kind(link) + 1
    guard kind < HolePool.kinds else { return nil }
    let isRoom = kind < HolePool.smallKinds || lists[kind].free != 0 || size < HolePool.share
    return isRoom ? kind : nil
  }

  private mutating func move(_ link: inout UInt32, to kind: Int) {
    let larger = take(kind: kind)
    let (old, new) = (header(link), header(larger))
    new.pointee.retired = old.pointee.retired
    new.pointee.count = old.pointee.count
    HolePool.first(new).update(from: HolePool.first(old), count: Int(old.pointee.count))
    give(&link)
    link = larger
  }

  /// An empty list.
  private mutating func take(kind: Int) -> UInt32 {
    let link: UInt32
    if lists[kind].free != 0 {
      link = lists[kind].free
      lists[kind].free = header(link).pointee.next
    } else {
      let count = HolePool.slabCount(kind)
      if lists[kind].used == count * lists[kind].slabs.count {
        let bytes = count * HolePool.listSize(kind)
        lists[kind].slabs.append(.allocate(byteCount: bytes, alignment: 8))
        size += bytes
      }
      link = UInt32(lists[kind].used) << HolePool.kindBits + UInt32(kind) + 1
      lists[kind].used += 1
    }
    header(link).initialize(to: Header())
    return link
  }

  private mutating func give(_ link: inout UInt32) {
    let kind = HolePool.kind(link)
    header(link).pointee.next = lists[kind].free
    lists[kind].free = link
    link = 0
  }
}

extension UnsafeMutableBufferPointer<Hole> {
  /// Where the first hole is whose end lies behind a place.
  func index(endingAfter place: SequenceNumber) -> Int {
    index { $0.right.isAtOrBefore(place) }
  }

  /// Where the first hole is that begins at a place or behind it.
  func index(beginningFrom place: SequenceNumber) -> Int {
    index { $0.left.isBefore(place) }
  }

  @inline(__always)
  private func index(where isBefore: (Hole) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
