import TCPModel

/// The transfers of all connections that have sent anything: those that go on in slots, or packed
/// without loss where more go on than there are slots for; of those that are over the sums.
struct LimitPool: ~Copyable {
  /// So many slots, 25 MB.
  private static let room = 16 << 10

  /// Where a transfer is.
  private enum Place {
    case slot(Int)
    case packed(Int)
    case archived(UInt32)

    private static let slotBits: UInt32 = 2 << 30
    private static let packedBits: UInt32 = 3 << 30
    private static let mask: UInt32 = 3 << 30

    @inline(__always)
    init(_ bits: UInt32) {
      switch bits & Place.mask {
      case Place.slotBits: self = .slot(Int(bits & ~Place.mask))
      case Place.packedBits: self = .packed(Int(bits & ~Place.mask))
      default: self = .archived(bits)
      }
    }

    var bits: UInt32 {
      switch self {
      case .slot(let number): Place.slotBits | UInt32(truncatingIfNeeded: number)
      case .packed(let number): Place.packedBits | UInt32(truncatingIfNeeded: number)
      case .archived(let place): place
      }
    }
  }

  private var places = BlockArray<14, UInt32>()
  /// Of transfers that nobody will ask for any more.
  private var freePlaces: [UInt32] = []
  private var slots = BlockArray<6, TransferRecord>()
  /// Whose transfer is in a slot, plus one; 0 where it is free.
  private var owners: [UInt32] = []
  private var freeSlots: [UInt32] = []
  private var hand = 0
  private var packed = BlockArray<10, PackedTransfer>()
  private var freePacked: [UInt32] = []
  private var archive = TransferArchive()
  /// Of those that are over.
  private var archivedTotals = TransferTotals()
  private let blank: UnsafeMutablePointer<TransferRecord>
  /// For a look at a packed one.
  private let scratch: UnsafeMutablePointer<TransferRecord>
  private let copied: UnsafeMutablePointer<TransferRecord>
  /// Whether anything is measured.
  let isOn: Bool
  /// Whether intervals are kept, for connections shown in detail.
  private let keepsIntervals: Bool
  private let room: Int

  init(isOn: Bool, keepsIntervals: Bool, room: Int = LimitPool.room) {
    self.isOn = isOn
    self.keepsIntervals = keepsIntervals
    self.room = room
    blank = .allocate(capacity: 1)
    blank.initialize(to: TransferRecord())
    scratch = .allocate(capacity: 1)
    scratch.initialize(to: TransferRecord())
    copied = .allocate(capacity: 1)
    copied.initialize(to: TransferRecord())
  }

  deinit {
    for index in 0..<places.count {
      switch Place(places[index]) {
      case .packed(let number):
        packed[number].unpack(into: scratch, blank: blank)
        scratch.deallocateAll()
      case .slot, .archived: break
      }
    }
    for number in 0..<slots.count { slots.pointer(to: number).deallocateAll() }
    blank.deallocate()
    scratch.deallocate()
    copied.deallocate()
  }

  /// A segment was taken into a record.
  @inline(__always)
  mutating func note(
    _ segment: SegmentView, _ verdict: SegmentVerdict,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) {
    if !isOn { return }
    if record.pointee.transfer == 0, segment.payloadLength == 0, !segment.flags.contains(.fin) {
      return
    }
    noteTransfer(segment, verdict, record)
  }

  private mutating func noteTransfer(
    _ segment: SegmentView, _ verdict: SegmentVerdict,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) {
    if segment.isHeaderDamaged || verdict.contains(.duplicateFrame) { return }
    if segment.flags.contains(.rst), record.pointee.mayGoOn(afterRST: verdict) { return }
    if record.pointee.transfer == 0 { begin(record) }
    guard let number = open(Int(record.pointee.transfer) - 1) else { return }
    let slot = slots.pointer(to: number)
    // One that is over is kept only where its intervals are.
    if keepsIntervals, slot.isOver { return }
    slot.pointee.isRecent = true
    let place = record
    let record = UnsafePointer(record)
    if segment.flags.contains(.syn) { renewOffers(of: record, slot) }
    var step = record.step(segment)
    let end = segment.from
    step.kind = step.kind(verdict, slot.sender(end))
    record.updatePlaces(&slot.sender(.low).pointee.place, &slot.sender(.high).pointee.place)
    slot.pointee.latest = step.at
    slot.note(step, from: end)
    if slot.sender(.low).pointee.delayedWaits | slot.sender(.high).pointee.delayedWaits > 0 {
      place.pointee.bits.insert(.waitedForDelayedACK)
    }
    if !keepsIntervals, slot.isOver { finish(number, at: step.at) }
  }

  @inline(never)
  private func renewOffers(
    of record: UnsafePointer<ConnectionRecord>, _ slot: UnsafeMutablePointer<TransferRecord>
  ) {
    for end in End.allCases { record.prepareOffers(&slot.sender(end).pointee, end) }
  }

  private mutating func begin(_ record: UnsafeMutablePointer<ConnectionRecord>) {
    let number = takeSlot()
    let slot = slots.pointer(to: number)
    slot.clear(as: blank)
    if let place = freePlaces.popLast() {
      places[Int(place) - 1] = Place.slot(number).bits
      record.pointee.transfer = place
    } else {
      places.add().pointee = Place.slot(number).bits
      record.pointee.transfer = UInt32(truncatingIfNeeded: places.count)
    }
    owners[number] = record.pointee.transfer
    let opened = record.pointee.handshake.ack
    if opened != .min { slot.pointee.opened = opened }
    slot.pointee.blame.passNetwork(
      to: opened == .min ? 0 : opened, speaker: record.pointee.client)
    if opened == .min, record.pointee.bits.isDisjoint(with: [.midstream, .fastOpen]) {
      // When both could send was not captured: until now it was nobody's time that is known.
      slot.pointee.blame.passUnknown(
        to: record.pointee.latest.since(record.pointee.start), speaker: record.pointee.client)
    }
    for end in End.allCases {
      UnsafePointer(record).prepare(&slot.sender(end).pointee, end)
      if keepsIntervals {
        let list = UnsafeMutablePointer<LimitList>.allocate(capacity: 1)
        list.initialize(to: LimitList())
        slot.sender(end).pointee.list = list
      }
    }
  }

  /// The slot of a transfer; nil where it is over.
  @inline(__always)
  private mutating func open(_ index: Int) -> Int? {
    switch Place(places[index]) {
    case .slot(let number): number
    case .packed(let number): unpack(index, number)
    case .archived: nil
    }
  }

  private mutating func unpack(_ index: Int, _ packedNumber: Int) -> Int {
    let number = takeSlot()
    slots.pointer(to: number).deallocateAll()
    packed[packedNumber].unpack(into: slots.pointer(to: number), blank: blank)
    freePacked.append(UInt32(truncatingIfNeeded: packedNumber))
    places[index] = Place.slot(number).bits
    owners[number] = UInt32(truncatingIfNeeded: index + 1)
    return number
  }

  private mutating func takeSlot() -> Int {
    if let number = freeSlots.popLast() { return Int(number) }
    if slots.count < room {
      slots.add().initialize(to: blank.pointee)
      owners.append(0)
      return slots.count - 1
    }
    // The clock algorithm, as `RecordStore` has it.
    while slots.pointer(to: hand).pointee.isRecent {
      slots.pointer(to: hand).pointee.isRecent = false
      stepHand()
    }
    let number = hand
    stepHand()
    pack(number)
    return number
  }

  private mutating func stepHand() {
    hand = hand + 1 == slots.count ? 0 : hand + 1
  }

  private mutating func pack(_ number: Int) {
    let transfer = PackedTransfer(slots.pointer(to: number), blank: blank)
    // What belonged to it is the packed one's.
    slots.pointer(to: number).update(from: blank, count: 1)
    let place: Int
    if let free = freePacked.popLast() {
      place = Int(free)
    } else {
      packed.add()
      place = packed.count - 1
    }
    packed.pointer(to: place).initialize(to: transfer)
    places[Int(owners[number]) - 1] = Place.packed(place).bits
  }

  private mutating func finish(_ number: Int, at end: Nanoseconds) {
    let slot = slots.pointer(to: number)
    slot.finish(at: end)
    archivedTotals.add(slot)
    places[Int(owners[number]) - 1] = Place.archived(archive.add(slot, until: end)).bits
    leave(number)
  }

  private mutating func leave(_ number: Int) {
    let slot = slots.pointer(to: number)
    slot.release()
    owners[number] = 0
    slot.pointee.isRecent = true
    freeSlots.append(UInt32(truncatingIfNeeded: number))
  }

  /// Nobody will ask for this transfer any more. What an archived one takes stays taken.
  mutating func remove(_ transfer: UInt32) {
    if transfer == 0 { return }
    switch Place(places[Int(transfer) - 1]) {
    case .slot(let number): leave(number)
    case .packed(let number):
      packed[number].unpack(into: scratch, blank: blank)
      scratch.deallocateAll()
      freePacked.append(UInt32(truncatingIfNeeded: number))
    case .archived: break
    }
    places[Int(transfer) - 1] = Place.archived(0).bits
    freePlaces.append(transfer)
  }

  // MARK: Asking

  /// A connection's transfer as it stands when the capture is over; nil where nothing was sent.
  func summary(of record: UnsafePointer<ConnectionRecord>) -> TransferSummary? {
    guard record.pointee.transfer > 0 else { return nil }
    let end = max(0, record.pointee.latest.since(record.pointee.start))
    guard let copy = copy(Int(record.pointee.transfer) - 1) else {
      guard case .archived(let place) = Place(places[Int(record.pointee.transfer) - 1]) else {
        return nil
      }
      var transfer = archive.transfer(at: place)
      transfer.blame.unknown &+= max(0, end &- transfer.until)
      return transfer
    }
    defer { copy.deallocateAll() }
    copy.finish(at: end)
    return TransferArchive.summary(of: copy, until: end)
  }

  /// All transfers together, as they stand when the capture is over.
  var totals: TransferTotals {
    var totals = archivedTotals
    for index in 0..<places.count {
      guard let copy = copy(index) else { continue }
      defer { copy.deallocateAll() }
      // Until its last segment: what comes after is nobody's.
      copy.finish(at: copy.pointee.latest)
      totals.add(copy)
    }
    return totals
  }

  /// The intervals of one end.
  func intervals(of record: UnsafePointer<ConnectionRecord>, _ end: End) -> LimitList? {
    guard keepsIntervals, record.pointee.transfer > 0,
      let copy = copy(Int(record.pointee.transfer) - 1)
    else { return nil }
    defer { copy.deallocateAll() }
    copy.finish(at: max(0, record.pointee.latest.since(record.pointee.start)))
    return copy.sender(end).pointee.list?.pointee
  }

  /// With what belongs to it, in `copied`; nil where it is over.
  private func copy(_ index: Int) -> UnsafeMutablePointer<TransferRecord>? {
    switch Place(places[index]) {
    case .slot(let number): slots.pointer(to: number).copy(to: copied)
    case .packed(let number):
      packed[number].write(to: scratch, blank: blank)
      scratch.copy(to: copied)
    case .archived: return nil
    }
    return copied
  }
}
