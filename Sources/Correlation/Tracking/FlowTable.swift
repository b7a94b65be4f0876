import CPrefetch
import Support
import TCPModel

/// Finds the newest connection of a flow: open addressing, linear probing, load at most 3/4.
///
/// A slot holds the hash beside the index, so that a probe rarely touches a record and growing
/// touches none. A new flow takes the first slot where it may be, and those from there on move by one:
/// the newest flows have the most segments to come, and at the end of their clusters they took 0.86 steps
/// more a look-up, now 0.21.
///
/// The hash is keyed by a secret of this process: a crafted capture cannot make flows collide.
/// No output depends on it, because connections live in first-seen order elsewhere.
struct FlowTable: ~Copyable {
  struct Slot: BitwiseCopyable {
    /// 0 marks an empty slot; otherwise the index of the connection plus one.
    var reference: UInt32
    var hash: UInt32
  }

  private var slots: UnsafeMutablePointer<Slot>
  private var mask: Int
  private var count = 0
  private let secret: UInt64

  init() {
    secret = UInt64.random(in: .min ... .max) | 1
    mask = (1 << 12) - 1
    slots = FlowTable.allocate(mask + 1)
  }

  deinit {
    slots.deallocate()
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Slot> {
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
    slots.initialize(repeating: Slot(reference: 0, hash: 0), count: capacity)
    return slots
  }

  @inline(__always)
  func hash(_ key: FlowKey) -> UInt32 {
    FoldedHash.ofEndpoints(key.low, key.high, secret)
  }

  /// The slot where the flow is, or the empty one where it belongs.
  func find(_ hash: UInt32, where matches: (Int) -> Bool) -> Int {
    var position = position(hash)
    while let index = index(at: position) {
      if holds(hash, at: position), matches(index) { break }
      position = self.position(after: position)
    }
    return position
  }

  /// The first slot where a flow of that hash may be.
  @inline(__always)
  func position(_ hash: UInt32) -> Int { Int(hash) & mask }

  @inline(__always)
  func position(after position: Int) -> Int { (position &+ 1) & mask }

  /// nil in an empty slot: the flow is not in the table.
  @inline(__always)
  func index(at position: Int) -> Int? {
    let reference = slots[position].reference
    return reference == 0 ? nil : Int(reference) &- 1
  }

  @inline(__always)
  func holds(_ hash: UInt32, at position: Int) -> Bool { slots[position].hash == hash }

  /// Begins to fetch the slot of a flow that will be asked for soon.
  @inline(__always)
  func fetch(_ hash: UInt32) { prefetch(slots + position(hash)) }

  /// The connection that is most likely the flow's: the first one of its cluster, if its hash is the same.
  @inline(__always)
  func likelyIndex(_ hash: UInt32) -> Int? {
    let position = position(hash)
    return holds(hash, at: position) ? index(at: position) : nil
  }

  /// Puts a connection in the place of the one in a slot given by `find`, or adds it when that slot is
  /// empty.
  mutating func set(_ position: Int, to index: Int, hash: UInt32) {
    let slot = Slot(reference: UInt32(truncatingIfNeeded: index + 1), hash: hash)
    guard slots[position].reference == 0 else {
      slots[position] = slot
      return
    }
    let first = self.position(hash)
    var empty = position
    while empty != first {
      let before = (empty &- 1) & mask
      slots[empty] = slots[before]
      empty = before
    }
    slots[first] = slot
    count += 1
    if count * 4 > mask * 3 { grow() }
  }

  /// Takes a connection out, if the flow has no newer one. What lies behind it moves up, so that no
  /// look-up ends too early (D. E. Knuth, The Art of Computer Programming, 6.4, algorithm R).
  mutating func remove(_ index: Int, hash: UInt32) {
    let reference = UInt32(truncatingIfNeeded: index + 1)
    var hole = position(hash)
    while slots[hole].reference != reference {
      if slots[hole].reference == 0 { return }
      hole = position(after: hole)
    }
    var next = position(after: hole)
    while slots[next].reference != 0 {
      let isReachedThrough = (next &- position(slots[next].hash)) & mask >= (next &- hole) & mask
      if isReachedThrough {
        slots[hole] = slots[next]
        hole = next
      }
      next = position(after: next)
    }
    slots[hole].reference = 0
    count -= 1
  }

  private mutating func grow() {
    let old = slots
    let oldMask = mask
    mask = oldMask * 2 + 1
    slots = FlowTable.allocate(mask + 1)
    for position in 0...oldMask where old[position].reference != 0 {
      var target = Int(old[position].hash) & mask
      while slots[target].reference != 0 { target = (target + 1) & mask }
      slots[target] = old[position]
    }
    old.deallocate()
  }
}
