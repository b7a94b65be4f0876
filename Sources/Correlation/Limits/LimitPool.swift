import TCPModel

/// The transfers of all connections that have sent anything: those that go on in slots, those that are
/// over packed.
struct LimitPool: ~Copyable {
  /// So many go on at once at first; where more do, the one longest untouched is given up: what it does
  /// from then on is unknown.
  private static let leastRoom = 40 << 10
  /// One connection in so many may always go on.
  private static let share = 10
  private static let liveBit: UInt32 = 1 << 31

  /// Where each transfer is: a slot's number with the bit set, or a place in the archive.
  private var places = BlockArray<14, UInt32>()
  private var slots = BlockArray<6, TransferRecord>()
  private var owners: [UInt32] = []
  private var free: [UInt32] = []
  private var hand = 0
  private var archive = TransferArchive()
  /// Whether intervals are kept, for connections shown in detail.
  private let keepsIntervals: Bool

  init(keepsIntervals: Bool) {
    self.keepsIntervals = keepsIntervals
  }

  deinit {
    for number in 0..<slots.count { slots.pointer(to: number).pointee.deallocate() }
  }

  /// A segment was taken into a record.
  @inline(__always)
  mutating func note(
    _ segment: SegmentView, _ verdict: SegmentVerdict,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) {
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
    if record.pointee.transfer == 0 { begin(record) }
    let place = places[Int(record.pointee.transfer) - 1]
    guard place & LimitPool.liveBit != 0 else { return }
    let slot = slots.pointer(to: Int(place & ~LimitPool.liveBit))
    slot.pointee.isRecent = true
    var step = record.pointee.step(segment)
    let isLow = segment.isFromLow
    step.kind = step.kind(verdict, slot.pointee[isLow])
    slot.pointee[isLow].place = record.pointee.place(ofSender: isLow)
    slot.pointee[!isLow].place = record.pointee.place(ofSender: !isLow)
    slot.pointee.note(step, isFromLow: isLow)
    if slot.pointee.isOver, !keepsIntervals { pack(Int(place & ~LimitPool.liveBit), at: step.at) }
  }

  private mutating func begin(_ record: UnsafeMutablePointer<ConnectionRecord>) {
    let number = takeSlot()
    let slot = slots.pointer(to: number)
    slot.initialize(to: TransferRecord())
    places.add().pointee = LimitPool.liveBit | UInt32(truncatingIfNeeded: number)
    record.pointee.transfer = UInt32(truncatingIfNeeded: places.count)
    owners[number] = record.pointee.transfer
    let opened = record.pointee.handshake.ack
    if opened != .min { slot.pointee.opened = opened }
    slot.pointee.blame.passNetwork(
      to: opened == .min ? 0 : opened, speakerIsLow: record.pointee.clientIsLow)
    for isLow in [true, false] {
      record.pointee.prepare(&slot.pointee[isLow], isLow: isLow)
      if keepsIntervals {
        let list = UnsafeMutablePointer<LimitList>.allocate(capacity: 1)
        list.initialize(to: LimitList())
        slot.pointee[isLow].list = list
      }
    }
  }

  private mutating func takeSlot() -> Int {
    if let number = free.popLast() { return Int(number) }
    let room = max(LimitPool.leastRoom, places.count / LimitPool.share)
    if slots.count >= room, !keepsIntervals {
      while slots.pointer(to: hand).pointee.isRecent || owners[hand] == 0 {
        slots.pointer(to: hand).pointee.isRecent = false
        stepHand()
      }
      let number = hand
      stepHand()
      pack(number, at: slots.pointer(to: number).pointee.latest)
      return free.popLast().map(Int.init) ?? number
    }
    slots.add()
    owners.append(0)
    return slots.count - 1
  }

  private mutating func stepHand() {
    hand = hand + 1 == slots.count ? 0 : hand + 1
  }

  private mutating func pack(_ number: Int, at end: Nanoseconds) {
    let slot = slots.pointer(to: number)
    slot.pointee.finish(at: end)
    places[Int(owners[number]) - 1] = archive.add(slot.pointee.summary(until: end))
    slot.pointee.deallocate()
    owners[number] = 0
    free.append(UInt32(truncatingIfNeeded: number))
  }

  /// A connection's transfer as it stands when the capture is over; nil where nothing was sent.
  func summary(of record: UnsafePointer<ConnectionRecord>) -> TransferSummary? {
    guard record.pointee.transfer > 0 else { return nil }
    let place = places[Int(record.pointee.transfer) - 1]
    let end = max(0, record.pointee.latest.since(record.pointee.start))
    if place & LimitPool.liveBit == 0 {
      var transfer = archive.transfer(at: place)
      let rest = max(0, end &- transfer.until)
      transfer.blame.unknown &+= rest
      return transfer
    }
    var copy = slots[Int(place & ~LimitPool.liveBit)].copy()
    copy.finish(at: end)
    let transfer = copy.summary(until: end)
    copy.deallocate()
    return transfer
  }

  /// The intervals of both ends.
  func intervals(
    of record: UnsafePointer<ConnectionRecord>, isLow: Bool
  ) -> LimitList? {
    guard record.pointee.transfer > 0, keepsIntervals else { return nil }
    let place = places[Int(record.pointee.transfer) - 1]
    var copy = slots[Int(place & ~LimitPool.liveBit)].copy()
    copy.finish(at: max(0, record.pointee.latest.since(record.pointee.start)))
    let list = copy[isLow].list?.pointee
    copy.deallocate()
    return list
  }
}
