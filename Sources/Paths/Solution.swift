/// Which arrivals carry what of which segments, within one group.
struct Solution {
  private(set) var sends: [Packet]
  private(set) var arrivals: [Packet]
  /// For each arrival the segments it carries, in their order.
  private(set) var links: [[Int]]
  /// For each segment how much of it arrived; 1 of an empty one.
  private(set) var covered: [UInt32]
  /// Everything is explained, and nothing could be explained otherwise.
  private(set) var isCertain = true

  /// More segments about the same numbers than any path holds: nothing is told of them.
  private(set) var isTooLarge = false

  private static let limit = 1 << 20

  init(
    _ sends: [Packet], _ arrivals: [Packet], mayBe: (Packet, Packet, Bool) -> Bool,
    keepsIdentification: Bool
  ) {
    self.sends = sends.sorted { ($0.time, $0.ordinal) < ($1.time, $1.ordinal) }
    self.arrivals = arrivals.sorted { ($0.time, $0.ordinal) < ($1.time, $1.ordinal) }
    links = Array(repeating: [], count: arrivals.count)
    covered = Array(repeating: 0, count: sends.count)
    guard !sends.isEmpty, !arrivals.isEmpty, sends.count * arrivals.count <= Solution.limit else {
      isCertain = false
      isTooLarge = !sends.isEmpty && !arrivals.isEmpty
      return
    }
    if sends[0].length == 0 {
      solve(Array(sends.indices), Array(arrivals.indices), length: 1, mayBe)
      return
    }
    var openSends = Array(sends.indices)
    var openArrivals = Array(arrivals.indices)
    if keepsIdentification { pin(&openSends, &openArrivals, mayBe) }
    solvePieces(openSends, openArrivals, mayBe)
  }

  /// What came through uncut has kept its identification, which decides.
  private mutating func pin(
    _ openSends: inout [Int], _ openArrivals: inout [Int], _ mayBe: (Packet, Packet, Bool) -> Bool
  ) {
    var pinned: Set<Int> = []
    for send in openSends where sends[send].identification != 0 {
      for arrival in openArrivals
      where !pinned.contains(arrival)
        && sends[send].hasSameRange(as: arrivals[arrival])
        && sends[send].identification == arrivals[arrival].identification
        && mayBe(sends[send], arrivals[arrival], true)
      {
        connect(send, arrival, length: sends[send].length)
        pinned.insert(arrival)
        break
      }
    }
    openArrivals.removeAll { pinned.contains($0) }
    openSends.removeAll { covered[$0] > 0 }
  }

  private mutating func solvePieces(
    _ openSends: [Int], _ openArrivals: [Int], _ mayBe: (Packet, Packet, Bool) -> Bool
  ) {
    guard let base = openSends.first.map({ sends[$0].sequence }) else {
      if !openArrivals.isEmpty { isCertain = false }
      return
    }
    func start(_ packet: Packet) -> Int64 { Int64(Int32(bitPattern: packet.sequence &- base)) }
    func end(_ packet: Packet) -> Int64 { start(packet) + Int64(packet.length) }
    var borders: Set<Int64> = []
    for index in openSends { borders.formUnion([start(sends[index]), end(sends[index])]) }
    for index in openArrivals { borders.formUnion([start(arrivals[index]), end(arrivals[index])]) }
    let edges = borders.sorted()
    guard edges.count * (openSends.count + openArrivals.count) <= Solution.limit else {
      isCertain = false
      isTooLarge = true
      return
    }
    for (left, right) in zip(edges, edges.dropFirst()) {
      let copies = openSends.filter { start(sends[$0]) <= left && end(sends[$0]) >= right }
      let arrived = openArrivals.filter {
        start(arrivals[$0]) <= left && end(arrivals[$0]) >= right
      }
      if copies.isEmpty && arrived.isEmpty { continue }
      solve(copies, arrived, length: UInt32(truncatingIfNeeded: right - left), mayBe)
    }
  }

  private mutating func solve(
    _ copies: [Int], _ arrived: [Int], length: UInt32, _ mayBe: (Packet, Packet, Bool) -> Bool
  ) {
    let isAlone = copies.count == 1 && arrived.count == 1
    if !isAlone { isCertain = false }
    let assigned = Assignment.assign(copies: copies.count, arrivals: arrived.count) {
      mayBe(sends[copies[$0]], arrivals[arrived[$1]], isAlone)
    }
    for (index, copy) in assigned.enumerated() {
      if copy >= 0 {
        connect(copies[copy], arrived[index], length: length)
      } else {
        isCertain = false
      }
    }
  }

  private mutating func connect(_ send: Int, _ arrival: Int, length: UInt32) {
    covered[send] = covered[send] &+ length
    if !links[arrival].contains(send) { links[arrival].append(send) }
  }
}
