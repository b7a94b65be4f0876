import TCPModel

/// What one acknowledgment tells a sender.
struct AcknowledgmentSight: BitwiseCopyable {
  /// When it was captured.
  var at: Nanoseconds
  var acknowledgment = SequenceNumber(0)
  var window: UInt32 = 0
  var timestamp: UInt32 = 0
  var bits: Bits = []

  struct Bits: OptionSet, BitwiseCopyable {
    var rawValue: UInt8
    /// It acknowledged more, opened the window or reported data beyond a hole.
    static let moves = Bits(rawValue: 1 << 0)
    /// It reports a loss: data beyond a hole, or the third of the same acknowledgment.
    static let reportsHole = Bits(rawValue: 1 << 1)
    static let hasPayload = Bits(rawValue: 1 << 2)
    static let hasTimestamp = Bits(rawValue: 1 << 3)
    static let isWindowKnown = Bits(rawValue: 1 << 4)
  }

  var edge: SequenceNumber { acknowledgment + window }

  var tellsNothingNew: Bool { bits.isDisjoint(with: [.moves, .reportsHole]) }
}

/// The acknowledgments that were captured and have not reached the sender yet: a ring that grows, up
/// to a limit. Where the capture is at the sender it stays empty.
struct AcknowledgmentQueue: BitwiseCopyable {
  private static let mostShift = 11
  private static let keptShift = 4
  private var storage: UnsafeMutablePointer<AcknowledgmentSight>?
  private var shift: UInt8 = 0
  private var head: UInt32 = 0
  private var length: UInt32 = 0

  var isEmpty: Bool { length == 0 }

  var first: AcknowledgmentSight? {
    guard length > 0, let storage else { return nil }
    return storage[Int(head & (1 &<< UInt32(shift) &- 1))]
  }

  /// - Returns: Whether it has room; if not, the oldest one is forgotten.
  mutating func append(_ sight: AcknowledgmentSight) -> Bool {
    var fits = true
    if storage == nil || length == 1 &<< UInt32(shift) {
      if Int(shift) < AcknowledgmentQueue.mostShift {
        grow()
      } else if replaceLast(by: sight) {
        return true
      } else {
        removeFirst()
        fits = false
      }
    }
    guard let storage else { return false }
    storage[Int((head &+ length) & (1 &<< UInt32(shift) &- 1))] = sight
    length &+= 1
    return fits
  }

  /// While the sender is silent, and the other end sends thousands of segments with the same
  /// acknowledgment, all that they tell is that it is still so.
  private func replaceLast(by sight: AcknowledgmentSight) -> Bool {
    guard length > 0, let storage, sight.tellsNothingNew else { return false }
    let last = storage + Int((head &+ length &- 1) & (1 &<< UInt32(shift) &- 1))
    guard last.pointee.tellsNothingNew, last.pointee.acknowledgment == sight.acknowledgment,
      last.pointee.window == sight.window
    else { return false }
    last.pointee = sight
    return true
  }

  mutating func removeFirst() {
    guard length > 0 else { return }
    head &+= 1
    length &-= 1
  }

  /// Forgets all; a small ring's memory serves again.
  mutating func removeAll() {
    head = 0
    length = 0
    if Int(shift) > AcknowledgmentQueue.keptShift { deallocate() }
  }

  @inline(never)
  private mutating func grow() {
    let newShift = storage == nil ? 3 : shift + 1
    let larger = UnsafeMutablePointer<AcknowledgmentSight>.allocate(capacity: 1 << Int(newShift))
    for index in 0..<length {
      if let storage {
        (larger + Int(index)).initialize(
          to: storage[Int((head &+ index) & (1 &<< UInt32(shift) &- 1))])
      }
    }
    storage?.deallocate()
    storage = larger
    shift = newShift
    head = 0
  }

  mutating func deallocate() {
    storage?.deallocate()
    self = AcknowledgmentQueue()
  }
}
