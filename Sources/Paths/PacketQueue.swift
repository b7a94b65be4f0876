/// What is on its way, in the order it was sent. Most arrivals are the one behind the last one found.
struct PacketQueue {
  /// What lies at `end` and behind is none, only room for others.
  private var packets: [Packet] = []
  private var head = 0
  private var end = 0
  private var live = 0
  private var hint = 0

  var count: Int { live }
  var isEmpty: Bool { live == 0 }

  subscript(index: Int) -> Packet { packets[index] }

  @inline(__always)
  mutating func append(_ packet: Packet) {
    if end < packets.count { packets[end] = packet } else { packets.append(packet) }
    end += 1
    live += 1
  }

  /// The first one that an arrival may be, looked for from behind the last one found.
  @inline(__always)
  func firstIndex(like arrival: Packet, _ likeness: Likeness) -> Int? {
    firstIndex { $0.hasSameRange(as: arrival) && likeness.mayBe($0, arrival, isAlone: true) }
  }

  @inline(__always)
  func firstIndex(where isWanted: (Packet) -> Bool) -> Int? {
    if live == 0 { return nil }
    let start = max(hint, head)
    return firstIndex(in: start..<end, isWanted) ?? firstIndex(in: head..<start, isWanted)
  }

  @inline(__always)
  private func firstIndex(in range: Range<Int>, _ isWanted: (Packet) -> Bool) -> Int? {
    for index in range
    where !packets[index].marks.contains(.isSettled) && isWanted(packets[index]) {
      return index
    }
    return nil
  }

  func containsLive(_ isWanted: (Packet) -> Bool) -> Bool { firstIndex(where: isWanted) != nil }

  mutating func forEachLive(_ body: (inout Packet) -> Void) {
    for index in head..<end where !packets[index].marks.contains(.isSettled) {
      body(&packets[index])
    }
  }

  /// The packet's fate is known.
  mutating func settle(_ index: Int) {
    packets[index].marks.insert(.isSettled)
    live -= 1
    hint = index + 1
    if live == 0 { return removeAll() }
    while head < end, packets[head].marks.contains(.isSettled) { head += 1 }
    if end > 2 * live + 32 { closeGaps() }
  }

  private mutating func closeGaps() {
    let before = packets[head..<max(head, min(hint, end))]
      .count { !$0.marks.contains(.isSettled) }
    var kept = 0
    for index in head..<end where !packets[index].marks.contains(.isSettled) {
      packets[kept] = packets[index]
      kept += 1
    }
    head = 0
    end = kept
    hint = before
  }

  /// The memory stays.
  mutating func removeAll() {
    head = 0
    end = 0
    live = 0
    hint = 0
  }

  mutating func takeAll() -> [Packet] {
    let all = packets[head..<end].filter { !$0.marks.contains(.isSettled) }
    removeAll()
    return all
  }

  mutating func sort() {
    packets[..<end].sort { $0.ordinal < $1.ordinal }
  }
}
