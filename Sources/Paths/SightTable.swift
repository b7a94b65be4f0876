import Support
import TCPModel

/// The connections one point sees, and which one a segment belongs to.
///
/// The first walk through the point's segments finds the connections; every later one tells, of the same
/// segments in the same order, whose they are.
struct SightTable {
  private(set) var sights: [Sight] = []
  private(set) var ordinal: Int64 = 0
  private(set) var firstTime = Int64.max
  private(set) var lastTime = Int64.min

  /// One pair of endpoints: its first connection, and the one going on.
  private struct Flow: BitwiseCopyable {
    let first: Int32
    var current: Int32
  }

  private var flows: [Flow] = []
  /// Open addressing: the flow's number and 1, 0 where none is; beside it the hash.
  private var slots: [Slot]
  private var mask: Int
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
  private func find(_ key: FlowKey, _ hash: UInt32) -> Int {
    var position = Int(hash) & mask
    while slots[position].reference != 0 {
      if slots[position].hash == hash,
        sights[Int(flows[Int(slots[position].reference) - 1].first)].key == key
      {
        break
      }
      position = (position + 1) & mask
    }
    return position
  }

  // MARK: The first walk

  mutating func ingest(_ segment: Segment) {
    ordinal &+= 1
    firstTime = min(firstTime, segment.time.nanoseconds)
    lastTime = max(lastTime, segment.time.nanoseconds)
    let hash = hash(segment.key)
    let position = find(segment.key, hash)
    let reference = slots[position].reference
    if reference != 0 {
      let flow = Int(reference) - 1
      let current = Int(flows[flow].current)
      if sights[current].isBegunAnew(by: segment) {
        sights[current].next = Int32(truncatingIfNeeded: sights.count)
        flows[flow].current = Int32(truncatingIfNeeded: sights.count)
        sights.append(Sight(segment, ordinal: ordinal))
        sights[sights.count - 1].note(segment, ordinal: ordinal)
      } else {
        sights[current].note(segment, ordinal: ordinal)
      }
      return
    }
    let number = Int32(truncatingIfNeeded: sights.count)
    sights.append(Sight(segment, ordinal: ordinal))
    sights[sights.count - 1].note(segment, ordinal: ordinal)
    flows.append(Flow(first: number, current: number))
    slots[position] = Slot(reference: UInt32(truncatingIfNeeded: flows.count), hash: hash)
    if flows.count * 2 > mask { grow() }
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

  // MARK: Later walks

  /// Goes back to before the first segment.
  mutating func rewind() {
    ordinal = 0
    for index in flows.indices { flows[index].current = flows[index].first }
  }

  /// Whose the next segment is.
  mutating func next(_ segment: Segment) -> Int? {
    ordinal &+= 1
    let reference = slots[find(segment.key, hash(segment.key))].reference
    guard reference != 0 else { return nil }
    let flow = Int(reference) - 1
    var current = Int(flows[flow].current)
    while sights[current].next >= 0, sights[Int(sights[current].next)].firstOrdinal <= ordinal {
      current = Int(sights[current].next)
    }
    flows[flow].current = Int32(truncatingIfNeeded: current)
    return current
  }
}
