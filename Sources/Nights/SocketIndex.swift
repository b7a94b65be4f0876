import Support
import TCPModel

/// Where the socket of a key is: open addressing, linear probing, load at most 1/2.
///
/// A slot holds the hash beside the place, so a probe rarely touches a socket. A removed one leaves
/// no trace: what stands behind it moves up. The hash is keyed by a secret of this process, and no
/// output depends on it.
struct SocketIndex {
  private struct Slot: BitwiseCopyable {
    /// 0 marks an empty slot; otherwise the place plus one.
    var reference: UInt32
    var hash: UInt32
  }

  private var slots: [Slot]
  private var count = 0
  private let secret = UInt64.random(in: .min ... .max) | 1

  init() {
    slots = Array(repeating: Slot(reference: 0, hash: 0), count: 1 << 10)
  }

  func find(_ key: SocketKey, _ keyAt: (Int) -> SocketKey) -> Int? {
    let hash = hash(key)
    var position = Int(hash) & (slots.count - 1)
    while slots[position].reference != 0 {
      let place = Int(slots[position].reference) - 1
      if slots[position].hash == hash, keyAt(place) == key { return place }
      position = (position + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Makes room for so many keys in all.
  mutating func reserve(_ keys: Int) {
    while keys * 2 > slots.count { grow() }
  }

  /// The key must not be there yet.
  mutating func insert(_ key: SocketKey, at place: Int) {
    if (count + 1) * 2 > slots.count { grow() }
    insert(Slot(reference: UInt32(truncatingIfNeeded: place + 1), hash: hash(key)))
    count += 1
  }

  mutating func move(_ key: SocketKey, from place: Int, to newPlace: Int) {
    guard let position = position(of: key, at: place) else { return }
    slots[position].reference = UInt32(truncatingIfNeeded: newPlace + 1)
  }

  mutating func remove(_ key: SocketKey, at place: Int) {
    guard var hole = position(of: key, at: place) else { return }
    count -= 1
    let mask = slots.count - 1
    var next = (hole + 1) & mask
    while slots[next].reference != 0 {
      let home = Int(slots[next].hash) & mask
      // It may move up if its home does not lie behind the hole.
      if (next - home) & mask >= (next - hole) & mask {
        slots[hole] = slots[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    slots[hole].reference = 0
  }

  private func position(of key: SocketKey, at place: Int) -> Int? {
    var position = Int(hash(key)) & (slots.count - 1)
    while slots[position].reference != 0 {
      if Int(slots[position].reference) - 1 == place { return position }
      position = (position + 1) & (slots.count - 1)
    }
    return nil
  }

  private mutating func insert(_ slot: Slot) {
    var position = Int(slot.hash) & (slots.count - 1)
    while slots[position].reference != 0 { position = (position + 1) & (slots.count - 1) }
    slots[position] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(reference: 0, hash: 0), count: old.count * 2)
    for slot in old where slot.reference != 0 { insert(slot) }
  }

  private func hash(_ key: SocketKey) -> UInt32 {
    let ports = UInt64(key.local.port) << 16 | UInt64(key.remote.port)
    var hash = FoldedHash.fold(key.local.address.lower ^ secret, key.remote.address.lower ^ ports)
    if key.local.address.isIPv6 {
      hash ^= FoldedHash.fold(key.local.address.upper ^ secret, key.remote.address.upper &+ secret)
    }
    return UInt32(truncatingIfNeeded: FoldedHash.fold(hash ^ secret, ports ^ key.listener))
  }
}
