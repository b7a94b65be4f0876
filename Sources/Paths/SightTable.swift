import Support
import TCPModel

/// The connections one point sees, and which one a segment belongs to.
///
/// The first walk through the point's segments finds the connections; every later one tells, of the same
/// segments in the same order, whose they are.
struct SightTable {
  private(set) var sights: [Sight] = []
  private(set) var ordinal: Int64 = 0
  /// Of the whole point, once it is surveyed.
  private(set) var segments: Int64 = 0
  private(set) var firstTime = Int64.max
  private(set) var lastTime = Int64.min

  /// Open addressing: the endpoints' connection that is going on and 1, 0 where none is; beside it the hash.
  private var slots: [Slot]
  private var mask: Int
  private var used = 0
  private let secret: UInt64

  private struct Slot: BitwiseCopyable {
    var reference: UInt32 = 0
    var hash: UInt32 = 0
  }

  init() {
    mask = (1 << 10) - 1
    slots = Array(repeating: Slot(), count: mask + 1)
    secret = UInt64.random(in: .min ... .max)
  }

  private func hash(_ key: FlowKey) -> UInt32 {
    let ports = UInt64(key.low.port) << 16 | UInt64(key.high.port)
    var hash = FoldedHash.fold(key.low.address.lower ^ secret, key.high.address.lower ^ ports << 32)
    if key.low.address.isIPv6 {
      hash ^= FoldedHash.fold(key.low.address.upper ^ secret, key.high.address.upper &+ secret)
    }
    return UInt32(truncatingIfNeeded: FoldedHash.fold(hash ^ secret, secret ^ ports))
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

  // MARK: The first walk

  /// - Returns: Whose the segment is.
  mutating func ingest(_ segment: Segment) -> Int {
    ordinal &+= 1
    segments = ordinal
    firstTime = min(firstTime, segment.time.nanoseconds)
    lastTime = max(lastTime, segment.time.nanoseconds)
    let hash = hash(segment.key)
    let position = find(segment.key, hash)
    let number = sights.count
    let reference = Int(slots[position].reference)
    if reference != 0 {
      let current = reference - 1
      guard sights[current].isBegunAnew(by: segment) else {
        sights[current].note(segment, ordinal: ordinal)
        return current
      }
      sights[current].next = Int32(truncatingIfNeeded: number)
      sights.append(Sight(segment, ordinal: ordinal))
      sights[number].first = sights[current].first
    } else {
      sights.append(Sight(segment, ordinal: ordinal))
      sights[number].first = Int32(truncatingIfNeeded: number)
      used += 1
    }
    sights[number].note(segment, ordinal: ordinal)
    slots[position] = Slot(reference: UInt32(truncatingIfNeeded: number + 1), hash: hash)
    if used * 2 > mask { grow() }
    return number
  }

  /// What relative numbers count from, of the segment's sender and of its receiver; 0 where it is not known.
  func bases(_ number: Int, from: End) -> (own: UInt32, peer: UInt32) {
    let low = sights[number].low.syn?.sequence ?? 0
    let high = sights[number].high.syn?.sequence ?? 0
    return from == .low ? (low, high) : (high, low)
  }

  private mutating func grow() {
    let old = slots
    mask = mask * 2 + 1
    slots = Array(repeating: Slot(), count: mask + 1)
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
    for index in slots.indices where slots[index].reference != 0 {
      let first = sights[Int(slots[index].reference) - 1].first
      slots[index].reference = UInt32(truncatingIfNeeded: first + 1)
    }
  }

  /// Whose the next segment is.
  mutating func next(_ segment: Segment) -> Int? {
    ordinal &+= 1
    let position = find(segment.key, hash(segment.key))
    let reference = slots[position].reference
    guard reference != 0 else { return nil }
    var current = Int(reference) - 1
    if sights[current].next >= 0 {
      while sights[current].next >= 0,
        sights[Int(sights[current].next)].firstOrdinal <= ordinal
      {
        current = Int(sights[current].next)
      }
      slots[position].reference = UInt32(truncatingIfNeeded: current + 1)
    }
    return current
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
