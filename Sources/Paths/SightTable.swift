import CPrefetch
import Support
import TCPModel

/// The connections one point sees, and which one a segment belongs to.
///
/// The first walk through the point's segments finds the connections; every later one tells, of the same
/// segments in the same order, whose they are.
struct SightTable {
  private(set) var sights = SightList()
  private(set) var ordinal: Int64 = 0
  /// Of the whole point, once it is surveyed.
  private(set) var segments: Int64 = 0
  private(set) var firstTime = Int64.max
  private(set) var lastTime = Int64.min

  /// Open addressing: the endpoints' connection that is going on and 1, 0 where none is; beside it the hash.
  private var slots: [Slot]
  private var mask: Int
  private var used = 0
  /// Some endpoints have several connections, one after another.
  private var hasChains = false
  private let secret: UInt64

  private struct Slot: BitwiseCopyable {
    var reference: UInt32 = 0
    var hash: UInt32 = 0
  }

  /// As many segments are looked up together: what their slots have to be fetched for, most of a look-up, then
  /// overlaps.
  static let overlap = 32

  init() {
    mask = (1 << 10) - 1
    slots = LargePages.array(repeating: Slot(), count: mask + 1)
    secret = UInt64.random(in: .min ... .max)
  }

  @inline(__always)
  func hash(_ key: FlowKey) -> UInt32 {
    FoldedHash.ofEndpoints(key.low, key.high, secret)
  }

  /// The slot of a flow, or the empty one where it belongs.
  @inline(__always)
  private func find(_ key: FlowKey, _ hash: UInt32) -> Int {
    var position = Int(hash) & mask
    while slots[position].reference != 0 {
      if slots[position].hash == hash, sights[Int(slots[position].reference) - 1].key == key {
        break
      }
      position = (position + 1) & mask
    }
    return position
  }

  /// Begins to fetch the slot of a flow that will be asked for soon.
  ///
  /// - Returns: The flow's hash.
  @inline(__always)
  func fetch(_ key: FlowKey) -> UInt32 {
    let hash = hash(key)
    slots.withUnsafeBufferPointer { slots in
      if let first = slots.baseAddress { prefetch(first + (Int(hash) & mask)) }
    }
    return hash
  }

  // MARK: The first walk

  /// - Parameters:
  ///   - segment: In a batch, where it need not be copied.
  ///   - hash: Of its flow, as `fetch` gave it.
  ///   - capture: The number that its capture has among those of all points.
  /// - Returns: Whose the segment is.
  mutating func ingest(_ segment: UnsafePointer<Segment>, _ hash: UInt32, capture: UInt16) -> Int {
    ordinal &+= 1
    segments = ordinal
    let time = segment.pointee.time.nanoseconds
    firstTime = min(firstTime, time)
    lastTime = max(lastTime, time)
    let position = find(segment.pointee.key, hash)
    let reference = Int(slots[position].reference)
    if reference != 0, !sights[reference - 1].isBegunAnew(by: segment) {
      sights[reference - 1].note(segment, ordinal: ordinal, capture: capture)
      return reference - 1
    }
    return begin(segment, hash, capture: capture, position)
  }

  private mutating func begin(
    _ segment: UnsafePointer<Segment>, _ hash: UInt32, capture: UInt16, _ position: Int
  ) -> Int {
    let number = sights.count
    let reference = Int(slots[position].reference)
    sights.append(Sight(segment, ordinal: ordinal, capture: capture))
    if reference != 0 {
      sights[reference - 1].next = Int32(truncatingIfNeeded: number)
      sights[number].first = sights[reference - 1].first
      hasChains = true
    } else {
      sights[number].first = Int32(truncatingIfNeeded: number)
      used += 1
    }
    sights[number].note(segment, ordinal: ordinal, capture: capture)
    slots[position] = Slot(reference: UInt32(truncatingIfNeeded: number + 1), hash: hash)
    if used * 2 > mask { grow() }
    return number
  }

  /// What relative numbers count from, of the segment's sender and of its receiver; 0 where it is not known.
  @inline(__always)
  func bases(_ number: Int, from: End) -> (own: UInt32, peer: UInt32) {
    let low = sights[number].low.syn?.sequence ?? 0
    let high = sights[number].high.syn?.sequence ?? 0
    return from == .low ? (low, high) : (high, low)
  }

  private mutating func grow() {
    let old = slots
    mask = mask * 2 + 1
    slots = LargePages.array(repeating: Slot(), count: mask + 1)
    for slot in old where slot.reference != 0 {
      var position = Int(slot.hash) & mask
      while slots[position].reference != 0 { position = (position + 1) & mask }
      slots[position] = slot
    }
  }

  /// Gives the captures other numbers.
  mutating func move(_ captures: [UInt16]) {
    for index in sights.indices {
      sights[index].firstPlace.move(captures)
      sights[index].lastPlace.move(captures)
    }
  }

  // MARK: Later walks

  /// Goes back to before the first segment.
  mutating func rewind() {
    ordinal = 0
    guard hasChains else { return }
    for index in slots.indices where slots[index].reference != 0 {
      let first = sights[Int(slots[index].reference) - 1].first
      slots[index].reference = UInt32(truncatingIfNeeded: first + 1)
    }
  }

  /// Counts the next segment, and begins to fetch what tells whose it is.
  @inline(__always)
  mutating func pass(_ segment: UnsafePointer<Segment>, at point: Int) -> SeenSegment {
    ordinal &+= 1
    return SeenSegment(
      segment: segment, ordinal: ordinal, hash: fetch(segment.pointee.key),
      point: Int32(truncatingIfNeeded: point))
  }

  /// The slot is there: begins to fetch the sight.
  @inline(__always)
  mutating func fetchSight(_ one: SeenSegment) {
    let reference = slots[Int(one.hash) & mask].reference
    if reference != 0 { sights.fetch(Int(reference) - 1) }
  }

  /// Whose a segment is that was counted.
  @inline(__always)
  mutating func identify(_ one: inout SeenSegment) {
    let position = find(one.segment.pointee.key, one.hash)
    let reference = slots[position].reference
    guard reference != 0 else { return }
    var current = Int(reference) - 1
    if sights[current].next >= 0 {
      while sights[current].next >= 0,
        sights[Int(sights[current].next)].firstOrdinal <= one.ordinal
      {
        current = Int(sights[current].next)
      }
      slots[position].reference = UInt32(truncatingIfNeeded: current + 1)
    }
    one.sight = Int32(truncatingIfNeeded: current)
    one.isFromClient = one.segment.pointee.from == sights[current].client
    one.isLast = one.ordinal >= sights[current].lastOrdinal
  }

  /// The first connection of a flow, -1 where there is none.
  func firstSight(of key: FlowKey, _ hash: UInt32) -> Int32 {
    let reference = slots[find(key, hash)].reference
    return reference == 0 ? -1 : sights[Int(reference) - 1].first
  }

  /// The connection of some endpoints at a time, by the point's own clock; the first one where it began later.
  func sight(of key: FlowKey, at time: Int64) -> Int? {
    let reference = slots[find(key, hash(key))].reference
    guard reference != 0 else { return nil }
    var current = Int(sights[Int(reference) - 1].first)
    while sights[current].next >= 0, sights[Int(sights[current].next)].firstTime <= time {
      current = Int(sights[current].next)
    }
    return current
  }
}
