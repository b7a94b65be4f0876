/// Where, in an array of the caller's, each of its keys is: open addressing, linear probing, load at
/// most 1/2.
///
/// A slot holds the hash beside the place, so a probe rarely touches a key. A removed place leaves no
/// trace: what stands behind it moves up. The caller's hash has to be keyed with a secret, where
/// input could be made to collide; the order of what a program writes must not depend on it.
///
/// The flow table of the correlator is one of its own: it holds several connections of one key, the
/// newest first, and lies in memory that is fetched before it is looked at.
public struct PlaceIndex: Sendable {
  @usableFromInline
  struct Slot: BitwiseCopyable, Sendable {
    /// 0 marks an empty slot; otherwise the place plus one.
    @usableFromInline var reference: UInt32
    @usableFromInline var hash: UInt32

    @inlinable
    init(reference: UInt32, hash: UInt32) {
      self.reference = reference
      self.hash = hash
    }
  }

  @usableFromInline var slots: [Slot]
  @usableFromInline var count = 0

  /// - Parameter slots: To begin with, as a power of two.
  public init(slots: Int) {
    self.slots = Array(repeating: Slot(reference: 0, hash: 0), count: slots)
  }

  /// The place with this hash of which the body says that its key is the one.
  @inlinable
  public func place(of hash: UInt32, where isKey: (Int) -> Bool) -> Int? {
    var position = Int(hash) & (slots.count - 1)
    while slots[position].reference != 0 {
      let place = Int(slots[position].reference) - 1
      if slots[position].hash == hash, isKey(place) { return place }
      position = (position + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Makes room for so many keys in all.
  public mutating func reserve(_ keys: Int) {
    while keys * 2 > slots.count { grow() }
  }

  /// The key must not be there yet.
  @inlinable
  public mutating func insert(_ hash: UInt32, at place: Int) {
    if (count + 1) * 2 > slots.count { grow() }
    insert(Slot(reference: UInt32(truncatingIfNeeded: place + 1), hash: hash))
    count += 1
  }

  /// The key with this hash is somewhere else now.
  public mutating func move(_ hash: UInt32, from place: Int, to newPlace: Int) {
    guard let position = position(of: hash, at: place) else { return }
    slots[position].reference = UInt32(truncatingIfNeeded: newPlace + 1)
  }

  public mutating func remove(_ hash: UInt32, at place: Int) {
    guard var hole = position(of: hash, at: place) else { return }
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

  private func position(of hash: UInt32, at place: Int) -> Int? {
    var position = Int(hash) & (slots.count - 1)
    while slots[position].reference != 0 {
      if Int(slots[position].reference) - 1 == place { return position }
      position = (position + 1) & (slots.count - 1)
    }
    return nil
  }

  @inlinable
  mutating func insert(_ slot: Slot) {
    var position = Int(slot.hash) & (slots.count - 1)
    while slots[position].reference != 0 { position = (position + 1) & (slots.count - 1) }
    slots[position] = slot
  }

  @usableFromInline
  mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(reference: 0, hash: 0), count: old.count * 2)
    for slot in old where slot.reference != 0 { insert(slot) }
  }
}
