import CPrefetch
import TCPModel

/// All records in first-seen order: the busy ones open, the quiet ones packed.
///
/// An open record lies in a slot. When all slots are taken, a hand goes round them and packs the
/// first record that was not touched since it came by last (the clock algorithm). There are few
/// slots at first, which stay in the cache; where connections come back too soon, there are more.
struct RecordStore: ~Copyable {
  /// How many slots there are: at first, and at most. One in 16 connections may always be open,
  /// which is 65 bytes a connection.
  struct Limits {
    var first = 1 << 12
    var most = 1 << 14
    var share = 16
    /// States and phases are kept of so many connections, the first ones.
    var lists = Int.max
  }

  private static let blockSize = 1 << 10
  private static let placeBlockSize = 1 << 14
  /// Of a place: the record is open, and the rest is the number of its slot.
  private static let openBit: UInt32 = 1 << 31

  private(set) var count = 0
  /// Where each record is, in blocks that never move.
  private var places: [UnsafeMutablePointer<UInt32>] = []
  /// Of each packed record, in as many blocks.
  private var glances: [UnsafeMutablePointer<ConnectionGlance>] = []
  private var slots: [UnsafeMutablePointer<ConnectionRecord>] = []
  /// Whose record is in a slot.
  private var owners: [UInt32] = []
  private var slotLimit: Int
  private var hand = 0
  /// Records unpacked since there were last more slots.
  private var returns = 0
  private var archive: RecordArchive
  /// Their states and phases.
  var journal = Journal()
  /// Of the packed records.
  private var packed = TraceTotals()
  /// What a record begins with.
  private let blank: UnsafeMutablePointer<ConnectionRecord>
  /// For a look at a packed record.
  private let scratch: UnsafeMutablePointer<ConnectionRecord>
  private let limits: Limits

  init(_ limits: Limits = Limits()) {
    self.limits = limits
    slotLimit = limits.first
    blank = .allocate(capacity: 1)
    UnsafeMutableRawPointer(blank).initializeMemory(
      as: UInt8.self, repeating: 0, count: MemoryLayout<ConnectionRecord>.stride)
    blank.initialize(to: ConnectionRecord())
    if limits.lists < .max { blank.pointee.chain.close() }
    scratch = .allocate(capacity: 1)
    scratch.initialize(to: ConnectionRecord())
    archive = RecordArchive(blank: blank)
  }

  deinit {
    for block in slots { block.deallocate() }
    for block in places { block.deallocate() }
    for block in glances { block.deallocate() }
    blank.deallocate()
    scratch.deallocate()
  }

  /// Adds a blank record. Its pointer is good until another record is opened or added.
  mutating func append(now: Timestamp) -> UnsafeMutablePointer<ConnectionRecord> {
    if count == places.count * RecordStore.placeBlockSize {
      places.append(.allocate(capacity: RecordStore.placeBlockSize))
      glances.append(.allocate(capacity: RecordStore.placeBlockSize))
    }
    // So that each record's start takes five bytes, not eight.
    if count == 0 { blank.pointee.start = now }
    let index = count
    count += 1
    let slot = takeSlot(for: index, now)
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
    let place = place(of: index).pointee
    if place & RecordStore.openBit == 0 { return unpack(index, place, now) }
    let record = slot(Int(place & ~RecordStore.openBit))
    record.pointee.isRecent = true
    return record
  }

  func glance(_ index: Int) -> ConnectionGlance {
    let place = place(of: index).pointee
    if place & RecordStore.openBit != 0 {
      return UnsafePointer(slot(Int(place & ~RecordStore.openBit))).glance
    }
    return glances[index / RecordStore.placeBlockSize][index % RecordStore.placeBlockSize]
  }

  var totals: TraceTotals {
    var totals = packed
    for number in owners.indices { totals.add(slot(number)) }
    return totals
  }

  /// A look at the record as it is. The pointer is good until another one is looked at, opened or
  /// added.
  func look(at index: Int) -> UnsafePointer<ConnectionRecord> {
    let place = place(of: index).pointee
    if place & RecordStore.openBit != 0 {
      return UnsafePointer(slot(Int(place & ~RecordStore.openBit)))
    }
    archive.unpack(place, into: scratch)
    return UnsafePointer(scratch)
  }

  /// The record as it is, to go on with elsewhere. Inlined, because the compiler copies the whole store
  /// for a call that only reads it.
  @inline(__always)
  func copy(_ index: Int, to copy: UnsafeMutablePointer<ConnectionRecord>) {
    let place = place(of: index).pointee
    if place & RecordStore.openBit != 0 {
      copy.update(from: slot(Int(place & ~RecordStore.openBit)), count: 1)
    } else {
      archive.unpack(place, into: copy)
    }
  }

  /// The open record if it is of that flow; a packed one of another flow stays so.
  @inline(__always)
  mutating func open(
    _ index: Int, ifOf segment: SegmentView, now: Timestamp
  ) -> UnsafeMutablePointer<ConnectionRecord>? {
    let place = place(of: index).pointee
    if place & RecordStore.openBit == 0 {
      return unpackKey(place) == segment.key ? unpack(index, place, now) : nil
    }
    let record = slot(Int(place & ~RecordStore.openBit))
    guard record.pointee.key == segment.key else { return nil }
    record.pointee.isRecent = true
    return record
  }

  @inline(__always)
  private func place(of index: Int) -> UnsafeMutablePointer<UInt32> {
    places[index / RecordStore.placeBlockSize] + index % RecordStore.placeBlockSize
  }

  @inline(__always)
  private func slot(_ number: Int) -> UnsafeMutablePointer<ConnectionRecord> {
    slots[number / RecordStore.blockSize] + number % RecordStore.blockSize
  }

  @inline(never)
  private func unpackKey(_ place: UInt32) -> FlowKey {
    archive.unpackKey(place, into: scratch)
    return scratch.pointee.key
  }

  @inline(never)
  private mutating func unpack(
    _ index: Int, _ place: UInt32, _ now: Timestamp
  ) -> UnsafeMutablePointer<ConnectionRecord> {
    returns += 1
    let slot = takeSlot(for: index, now)
    archive.unpack(place, into: slot)
    archive.remove(place)
    packed.remove(slot)
    slot.pointee.isRecent = true
    return slot
  }

  /// A slot for a record that is not open, another one's if need be.
  private mutating func takeSlot(
    for index: Int, _ now: Timestamp
  ) -> UnsafeMutablePointer<ConnectionRecord> {
    if owners.count == slotLimit { makeMoreSlots() }
    let number: Int
    if owners.count < slotLimit {
      number = owners.count
      owners.append(UInt32(truncatingIfNeeded: index))
      if number == slots.count * RecordStore.blockSize {
        slots.append(.allocate(capacity: RecordStore.blockSize))
      }
      // Once, so that no byte is ever without a value: `append` sets those that are packed alone.
      slot(number).initialize(to: blank.pointee)
    } else {
      number = packOne(now)
      owners[number] = UInt32(truncatingIfNeeded: index)
    }
    place(of: index).pointee = RecordStore.openBit | UInt32(truncatingIfNeeded: number)
    return slot(number)
  }

  /// Where one record in four slots came back, the busy ones do not fit.
  private mutating func makeMoreSlots() {
    if archive.isFull {
      slotLimit += RecordStore.blockSize
    } else if returns * 4 > slotLimit {
      returns = 0
      slotLimit = min(slotLimit * 2, max(limits.most, count / limits.share, slotLimit))
    }
  }

  private mutating func moveHand() {
    hand = hand + 1 == slotLimit ? 0 : hand + 1
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
    while slot(hand).pointee.isRecent {
      slot(hand).pointee.isRecent = false
      moveHand()
    }
    let number = hand
    moveHand()
    fetch(slot(hand))
    let owner = Int(owners[number])
    journal.write(&slot(number).pointee.chain)
    packed.add(slot(number))
    glances[owner / RecordStore.placeBlockSize][owner % RecordStore.placeBlockSize] =
      UnsafePointer(slot(number)).glance
    place(of: owner).pointee = archive.add(slot(number), now: now)
    return number
  }
}
