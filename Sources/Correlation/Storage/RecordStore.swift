import CPrefetch
import TCPModel

/// All records in first-seen order: the busy ones open, the quiet ones packed.
///
/// An open record lies in a slot. When all slots are taken, a hand goes round them and packs the
/// first record that was not touched since it came by last (the clock algorithm), or that is over. There
/// are few slots at first, which stay in the cache; where connections come back too soon, there are more.
struct RecordStore: ~Copyable {
  /// How many slots there are: at first, and at most, which is 60 MB. One in 10 connections may always
  /// be open, which is 147 bytes a connection. A segment of a packed one takes six times as long.
  struct Limits {
    var first = 1 << 12
    var most = 40 << 10
    var share = 10
    /// States and phases are kept of so many connections, the first ones.
    var lists = Int.max
    /// So many records are kept.
    var kept = Int.max
    /// Whether it is found out what limited the transfers.
    var measuresTransfers = true
    /// Bytes in a block of packed records, as a power of two.
    var archiveBlockShift = 20
  }

  private static let moreSlots = 1 << 10
  /// Of a place: the record is open, and the rest is the number of its slot.
  private static let openBit: UInt32 = 1 << 31
  /// In place of a record that was let go. No slot has this number.
  private static let gone = UInt32.max
  /// In place of the owner of a slot that has none.
  private static let nobody = UInt32.max

  /// The number of the slot that an open record's place says.
  @inline(__always)
  private static func slot(_ place: UInt32) -> Int { Int(place & ~openBit) }

  /// Where each record is.
  private var places = BlockArray<14, UInt32>()
  /// Of each packed record.
  private var glances = BlockArray<14, ConnectionGlance>()
  private var slots = BlockArray<10, ConnectionRecord>()
  /// Whose record is in a slot.
  private var owners: [UInt32] = []
  /// Of each slot: its record was touched since the hand came by. Apart from the records, most of which
  /// the hand only passes.
  private var recent: UnsafeMutablePointer<Bool>
  private var slotLimit: Int
  /// Slots of records that were let go.
  private var vacant: [UInt32] = []
  /// How many records were let go.
  private(set) var gone = 0
  private var hand = 0
  /// Records unpacked since there were last more slots.
  private(set) var returns = 0
  private var archive: RecordArchive
  /// Their states and phases.
  let journal: UnsafeMutablePointer<Journal>
  /// Of the packed records, and of those that were let go.
  private var packed = TraceTotals()
  /// One for all stores, never freed: what lies between fields has no value of its own, but has to be
  /// the same wherever records are packed or compared.
  private nonisolated(unsafe) static let pattern: UnsafeMutablePointer<ConnectionRecord> = {
    let pattern = UnsafeMutablePointer<ConnectionRecord>.allocate(capacity: 1)
    UnsafeMutableRawPointer(pattern).initializeMemory(
      as: UInt8.self, repeating: 0, count: MemoryLayout<ConnectionRecord>.stride)
    pattern.initialize(to: ConnectionRecord())
    return pattern
  }()
  /// What a record begins with.
  private let blank: UnsafeMutablePointer<ConnectionRecord>
  /// For a look at a packed record.
  private let scratch: UnsafeMutablePointer<ConnectionRecord>
  private let limits: Limits

  init(_ limits: Limits = Limits(), phaseLimit: Int = .max) {
    journal = .allocate(capacity: 1)
    journal.initialize(to: Journal(phaseLimit: phaseLimit))
    self.limits = limits
    slotLimit = limits.first
    recent = .allocate(capacity: slotLimit)
    recent.initialize(repeating: false, count: slotLimit)
    blank = .allocate(capacity: 1)
    UnsafeMutableRawPointer(blank).copyMemory(
      from: RecordStore.pattern, byteCount: MemoryLayout<ConnectionRecord>.stride)
    if limits.lists < .max { blank.pointee.chain.close() }
    scratch = .allocate(capacity: 1)
    scratch.initialize(to: ConnectionRecord())
    archive = RecordArchive(blank: blank, blockShift: limits.archiveBlockShift)
  }

  deinit {
    journal.deinitialize(count: 1)
    journal.deallocate()
    recent.deallocate()
    blank.deallocate()
    scratch.deallocate()
  }

  /// Those that were let go, too.
  var count: Int { places.count }

  /// There are more than may be kept.
  @inline(__always)
  var isOverfull: Bool { places.count &- gone > limits.kept }

  /// How many to let go at a time, so that each is looked at eight times at most.
  var share: Int { max(1, limits.kept / 8) }

  func isKept(_ index: Int) -> Bool { places[index] != RecordStore.gone }

  /// Bytes of the packed records, and of what is there for them.
  var packedSize: (records: Int, blocks: Int) { archive.size }

  /// Adds a blank record. Its pointer is good until another record is opened or added.
  mutating func append(now: Timestamp) -> UnsafeMutablePointer<ConnectionRecord> {
    // So that each record's start takes five bytes, not eight.
    if count == 0 { blank.pointee.start = now }
    let index = count
    let number = takeSlot(for: index, now)
    places.add().pointee = RecordStore.openBit | number
    glances.add()
    let slot = slots.pointer(to: Int(number))
    UnsafeMutableRawPointer(slot).copyMemory(
      from: blank, byteCount: ConnectionRecord.packedSize)
    if index < limits.lists { slot.pointee.chain.removeAll() }
    return slot
  }

  /// The open record. The pointer is good until another record is opened or added.
  @inline(__always)
  mutating func open(
    _ index: Int, now: Timestamp
  ) -> UnsafeMutablePointer<ConnectionRecord> {
    let place = places[index]
    if place & RecordStore.openBit == 0 { return unpack(index, now) }
    let number = RecordStore.slot(place)
    recent[number] = true
    return slots.pointer(to: number)
  }

  func glance(_ index: Int) -> ConnectionGlance {
    let place = places[index]
    if place & RecordStore.openBit != 0 {
      return UnsafePointer(slots.pointer(to: RecordStore.slot(place))).glance
    }
    return glances[index]
  }

  var totals: TraceTotals {
    var totals = packed
    for number in owners.indices where owners[number] != RecordStore.nobody {
      totals.add(slots.pointer(to: number))
    }
    return totals
  }

  /// A look at the record as it is. The pointer is good until another one is looked at, opened or
  /// added.
  func look(at index: Int) -> UnsafePointer<ConnectionRecord> {
    let place = places[index]
    if place & RecordStore.openBit != 0 {
      return UnsafePointer(slots.pointer(to: RecordStore.slot(place)))
    }
    archive.unpack(place, into: scratch)
    return UnsafePointer(scratch)
  }

  /// The record as it is, to go on with elsewhere. Inlined, because the compiler copies the whole store
  /// for a call that only reads it.
  @inline(__always)
  func copy(_ index: Int, to copy: UnsafeMutablePointer<ConnectionRecord>) {
    let place = places[index]
    if place & RecordStore.openBit != 0 {
      copy.update(from: slots.pointer(to: RecordStore.slot(place)), count: 1)
    } else {
      archive.unpack(place, into: copy)
    }
  }

  /// The open record if it is of that flow; a packed one of another flow stays so.
  @inline(__always)
  mutating func open(
    _ index: Int, ifOf segment: SegmentView, now: Timestamp
  ) -> UnsafeMutablePointer<ConnectionRecord>? {
    let place = places[index]
    if place & RecordStore.openBit == 0 {
      return unpackKey(place) == segment.key ? unpack(index, now) : nil
    }
    let number = RecordStore.slot(place)
    let record = slots.pointer(to: number)
    guard record.pointee.key == segment.key else { return nil }
    recent[number] = true
    return record
  }

  @inline(never)
  private func unpackKey(_ place: UInt32) -> FlowKey {
    archive.unpackKey(place, into: scratch)
    return scratch.pointee.key
  }

  @inline(never)
  private mutating func unpack(
    _ index: Int, _ now: Timestamp
  ) -> UnsafeMutablePointer<ConnectionRecord> {
    returns += 1
    let number = takeSlot(for: index, now)
    let slot = slots.pointer(to: Int(number))
    // Only now: for the slot everything that is packed may have been moved.
    let place = places[index]
    places[index] = RecordStore.openBit | number
    archive.unpack(place, into: slot)
    archive.remove(place)
    packed.remove(slot)
    recent[Int(number)] = true
    return slot
  }

  /// The number of a slot for a record that is not open, another one's if need be.
  private mutating func takeSlot(for index: Int, _ now: Timestamp) -> UInt32 {
    if let number = vacant.popLast() {
      owners[Int(number)] = UInt32(truncatingIfNeeded: index)
      return number
    }
    if owners.count == slotLimit { makeMoreSlots() }
    let number: Int
    if owners.count < slotLimit {
      number = owners.count
      owners.append(UInt32(truncatingIfNeeded: index))
      // Once, so that no byte is ever without a value: `append` sets those that are packed alone.
      slots.add().initialize(to: blank.pointee)
    } else {
      number = packOne(now)
      owners[number] = UInt32(truncatingIfNeeded: index)
    }
    return UInt32(truncatingIfNeeded: number)
  }

  /// Where one record in four slots came back, the busy ones do not fit.
  private mutating func makeMoreSlots() {
    if archive.isFull {
      setSlotLimit(slotLimit + RecordStore.moreSlots)
    } else if returns * 4 > slotLimit {
      returns = 0
      setSlotLimit(min(slotLimit * 2, max(limits.most, count / limits.share, slotLimit)))
    }
  }

  private mutating func setSlotLimit(_ limit: Int) {
    let more = UnsafeMutablePointer<Bool>.allocate(capacity: limit)
    more.update(from: recent, count: slotLimit)
    (more + slotLimit).initialize(repeating: false, count: limit - slotLimit)
    recent.deallocate()
    recent = more
    slotLimit = limit
  }

  /// The record may be packed before others: it is over.
  func release(_ index: Int) {
    let place = places[index]
    if place & RecordStore.openBit != 0 { recent[RecordStore.slot(place)] = false }
  }

  /// Forgets a record, but for what it adds to the totals. Gives it as it was; the pointer is good
  /// until another one is looked at.
  mutating func letGo(_ index: Int) -> UnsafeMutablePointer<ConnectionRecord> {
    let place = places[index]
    if place & RecordStore.openBit != 0 {
      let number = RecordStore.slot(place)
      let slot = slots.pointer(to: number)
      scratch.update(from: slot, count: 1)
      packed.add(slot)
      owners[number] = RecordStore.nobody
      recent[number] = false
      vacant.append(UInt32(truncatingIfNeeded: number))
    } else {
      archive.unpack(place, into: scratch)
      archive.remove(place)
    }
    places[index] = RecordStore.gone
    gone += 1
    return scratch
  }

  /// To the next record to be packed.
  private mutating func moveHand() {
    while recent[hand] {
      recent[hand] = false
      stepHand()
    }
  }

  private mutating func stepHand() {
    hand = hand + 1 == slotLimit ? 0 : hand + 1
  }

  /// There are more open records than a cache holds.
  var isSpread: Bool { slotLimit > limits.first }

  /// Begins to fetch a record that will be opened soon.
  @inline(__always)
  func fetch(_ index: Int) {
    let place = places[index]
    if place & RecordStore.openBit != 0 {
      fetch(slots.pointer(to: RecordStore.slot(place)))
    }
  }

  /// The next record to be packed was not touched for long: 5 % of the pass was waiting for it.
  private func fetch(_ record: UnsafeMutablePointer<ConnectionRecord>) {
    let bytes = UnsafeRawPointer(record)
    var offset = 0
    while offset < MemoryLayout<ConnectionRecord>.size {
      prefetch(bytes + offset)
      offset += 64
    }
  }

  private mutating func packOne(_ now: Timestamp) -> Int {
    if archive.isWasteful { compact() }
    moveHand()
    let number = hand
    stepHand()
    moveHand()
    fetch(slots.pointer(to: hand))
    let owner = Int(owners[number])
    let slot = slots.pointer(to: number)
    journal.pointee.write(&slot.pointee.chain)
    packed.add(slot)
    glances[owner] = UnsafePointer(slot).glance
    places[owner] = archive.add(slot, now: now)
    return number
  }

  @inline(never)
  private mutating func compact() {
    for index in 0..<count where places[index] & RecordStore.openBit == 0 {
      places[index] = archive.move(places[index])
    }
  }
}
