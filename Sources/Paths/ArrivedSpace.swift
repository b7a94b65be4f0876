/// What of a sender's sequence space came by at the receiver's point, and what the receiver acknowledged
/// without it: that one its capture missed.
struct ArrivedSpace {
  private static let limit = 64

  private struct Gap: BitwiseCopyable {
    var start: UInt32
    var end: UInt32
  }

  private var isKnown = false
  private var high: UInt32 = 0
  private var holes: [Gap] = []
  private var missed: [Gap] = []

  private static func isBefore(_ left: UInt32, _ right: UInt32) -> Bool {
    Int32(bitPattern: right &- left) > 0
  }

  mutating func add(_ start: UInt32, _ end: UInt32) {
    if !isKnown {
      isKnown = true
      high = end
      return
    }
    if start == high {
      high = end
      return
    }
    if ArrivedSpace.isBefore(high, start) {
      if holes.count < ArrivedSpace.limit { holes.append(Gap(start: high, end: start)) }
      high = end
      return
    }
    if !holes.isEmpty { holes = ArrivedSpace.without(holes, start, end) }
    if !missed.isEmpty { missed = ArrivedSpace.without(missed, start, end) }
    if ArrivedSpace.isBefore(high, end) { high = end }
  }

  mutating func removeAll() {
    isKnown = false
    high = 0
    holes.removeAll(keepingCapacity: true)
    missed.removeAll(keepingCapacity: true)
  }

  /// Whether all of these numbers have come by.
  func holds(_ start: UInt32, _ end: UInt32) -> Bool {
    guard isKnown, !ArrivedSpace.isBefore(high, end) else { return false }
    func touches(_ gap: Gap) -> Bool {
      ArrivedSpace.isBefore(gap.start, end) && ArrivedSpace.isBefore(start, gap.end)
    }
    return !holes.contains(where: touches) && !missed.contains(where: touches)
  }

  private static func without(_ gaps: [Gap], _ start: UInt32, _ end: UInt32) -> [Gap] {
    var rest: [Gap] = []
    for gap in gaps {
      guard isBefore(gap.start, end), isBefore(start, gap.end) else {
        rest.append(gap)
        continue
      }
      if isBefore(gap.start, start) { rest.append(Gap(start: gap.start, end: start)) }
      if isBefore(end, gap.end) { rest.append(Gap(start: end, end: gap.end)) }
    }
    return Array(rest.prefix(limit))
  }

  /// The receiver says at its own point that everything before a number has come.
  mutating func acknowledge(_ number: UInt32) {
    if !isKnown {
      isKnown = true
      high = number
      return
    }
    if !holes.isEmpty {
      for index in holes.indices.reversed()
      where ArrivedSpace.isBefore(holes[index].start, number) {
        let hole = holes.remove(at: index)
        note(
          Gap(
            start: hole.start,
            end: ArrivedSpace.isBefore(number, hole.end) ? number : hole.end))
        if ArrivedSpace.isBefore(number, hole.end) {
          holes.append(Gap(start: number, end: hole.end))
        }
      }
    }
    // An acknowledgment of what nobody has sent yet is not to be believed far.
    if ArrivedSpace.isBefore(high, number), number &- high < 1 << 24 {
      note(Gap(start: high, end: number))
      high = number
    }
  }

  private mutating func note(_ gap: Gap) {
    if missed.count < ArrivedSpace.limit { missed.append(gap) }
  }

  /// Whether some of these numbers reached the receiver although its capture does not show them.
  func misses(_ start: UInt32, _ end: UInt32) -> Bool {
    missed.contains {
      ArrivedSpace.isBefore($0.start, end) && ArrivedSpace.isBefore(start, $0.end)
    }
  }

  var missesAnything: Bool { !missed.isEmpty }
}
