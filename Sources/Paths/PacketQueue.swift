/// What is on its way, in the order it was sent. Most arrivals are the one behind the last one found.
struct PacketQueue {
  private var packets: [Packet] = []
  private var head = 0
  private var live = 0
  private var hint = 0

  var count: Int { live }
  var isEmpty: Bool { live == 0 }

  subscript(index: Int) -> Packet { packets[index] }

  mutating func append(_ packet: Packet) {
    packets.append(packet)
    live += 1
  }

  func firstIndex(where isWanted: (Packet) -> Bool) -> Int? {
    if live == 0 { return nil }
    let start = max(hint, head)
    return firstIndex(in: start..<packets.count, isWanted)
      ?? firstIndex(in: head..<start, isWanted)
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
    for index in head..<packets.count where !packets[index].marks.contains(.isSettled) {
      body(&packets[index])
    }
  }

  /// The packet's fate is known.
  mutating func settle(_ index: Int) {
    packets[index].marks.insert(.isSettled)
    live -= 1
    hint = index + 1
    if live == 0 {
      packets.removeAll(keepingCapacity: true)
      head = 0
      hint = 0
      return
    }
    while head < packets.count, packets[head].marks.contains(.isSettled) { head += 1 }
    if packets.count > 2 * live + 32 {
      let before = packets[head..<max(head, min(hint, packets.count))]
        .count { !$0.marks.contains(.isSettled) }
      packets.removeAll { $0.marks.contains(.isSettled) }
      head = 0
      hint = before
    }
  }

  mutating func takeAll() -> [Packet] {
    let all = packets[head...].filter { !$0.marks.contains(.isSettled) }
    packets.removeAll(keepingCapacity: true)
    head = 0
    live = 0
    hint = 0
    return all
  }

  mutating func sort() {
    packets.sort { $0.ordinal < $1.ordinal }
  }
}
