/// Segments that are about the same numbers: nothing in one group can be what is in another one.
struct SegmentGroups {
  struct Group {
    var sends: [Int] = []
    var arrivals: [Int] = []
  }

  private(set) var all: [Group] = []

  private struct Item {
    var packet: Packet
    var index: Int
    var isArrival: Bool
    /// From the least number.
    var start: Int64
  }

  init(_ sends: [Packet], _ arrivals: [Packet]) {
    guard let base = (sends.first ?? arrivals.first)?.sequence else { return }
    func items(_ packets: [Packet], isArrival: Bool) -> [Item] {
      packets.enumerated().map { index, packet in
        Item(
          packet: packet, index: index, isArrival: isArrival,
          start: Int64(Int32(bitPattern: packet.sequence &- base)))
      }
    }
    let items = items(sends, isArrival: false) + items(arrivals, isArrival: true)
    groupEmpty(items.filter { $0.packet.length == 0 })
    groupRanges(items.filter { $0.packet.length > 0 })
  }

  /// Without payload they are the same if all numbers are.
  private mutating func groupEmpty(_ items: [Item]) {
    func order(_ item: Item) -> (Int64, UInt32, UInt8) {
      (item.start, item.packet.acknowledgment, item.packet.kind.rawValue)
    }
    let sorted = items.sorted { order($0) < order($1) }
    for (index, item) in sorted.enumerated() {
      if index == 0 || order(sorted[index - 1]) != order(item) { all.append(Group()) }
      add(item)
    }
  }

  /// Ranges that overlap, or overlap what overlaps them.
  private mutating func groupRanges(_ items: [Item]) {
    let sorted = items.sorted { $0.start < $1.start }
    var end = Int64.min
    for item in sorted {
      if item.start >= end { all.append(Group()) }
      end = max(end, item.start + Int64(item.packet.length))
      add(item)
    }
  }

  private mutating func add(_ item: Item) {
    if item.isArrival {
      all[all.count - 1].arrivals.append(item.index)
    } else {
      all[all.count - 1].sends.append(item.index)
    }
  }
}
