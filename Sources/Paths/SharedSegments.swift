import Support
import TCPModel

/// Watches captures that are read as one for segments that several of them show: those were taken at
/// different points of a path, or are copies of one another.
///
/// It looks at the SYNs, at what each capture begins with, and at one in 64 of all others, so that pieces of a
/// long connection are found too.
public struct SharedSegments {
  private static let limit = 1 << 20

  /// The capture that showed a segment first.
  private var known: [UInt64: UInt16] = [:]
  /// How many segments two captures have in common, by the lower and the higher number.
  private var shared: [UInt32: Int] = [:]
  private let captures: Int
  /// Segments of each capture so far.
  private var counts: [Int]
  /// So many of the first ones are all looked at.
  private static let beginning = 4096
  /// The captures that show segments of a flow: the first one, and how many flows two have in common.
  private var flows: [FlowKey: UInt16] = [:]
  private var sharedFlows: [UInt32: Int] = [:]

  public init(captures: Int) {
    self.captures = captures
    counts = Array(repeating: 0, count: captures)
  }

  public mutating func note(_ segments: Span<Segment>) {
    for index in segments.indices {
      let capture = Int(segments[index].capture)
      guard capture < captures else { continue }
      counts[capture] &+= 1
      let isBeginning = counts[capture] <= SharedSegments.beginning
      if segments[index].flags.intersection(.synACK) == .syn {
        noteSYN(segments[index])
        noteFlow(segments[index])
      } else {
        noteOther(segments[index], isBeginning: isBeginning)
        if isBeginning { noteFlow(segments[index]) }
      }
    }
  }

  private mutating func noteFlow(_ segment: Segment) {
    guard let first = flows[segment.key] else {
      if flows.count < SharedSegments.limit { flows[segment.key] = segment.capture }
      return
    }
    if first != segment.capture {
      sharedFlows[Self.pair(first, segment.capture), default: 0] += 1
    }
  }

  private static func pair(_ one: UInt16, _ other: UInt16) -> UInt32 {
    UInt32(min(one, other)) << 16 | UInt32(max(one, other))
  }

  /// How many segments of two captures belong to flows that both show.
  public func flowsShared(by one: Int, _ other: Int) -> Int {
    sharedFlows[
      Self.pair(UInt16(truncatingIfNeeded: one), UInt16(truncatingIfNeeded: other))] ?? 0
  }

  /// A translator may have changed its addresses, and its sequence number; a repeat is another segment.
  private mutating func noteSYN(_ segment: Segment) {
    let number = UInt64(segment.sequence.rawValue) << 16 | UInt64(segment.window)
    noteCopies(of: segment, number)
    guard segment.options.kinds.contains(.timestamps), segment.ipIdentification != 0 else { return }
    let stamp = UInt64(segment.options.timestampValue) << 16 | UInt64(segment.ipIdentification)
    note(FoldedHash.fold(stamp, UInt64(segment.window)) &+ 2, segment.capture)
  }

  private mutating func noteOther(_ segment: Segment, isBeginning: Bool) {
    guard segment.payloadLength > 0 else { return }
    let number = FoldedHash.fold(
      UInt64(segment.sequence.rawValue) << 32 | UInt64(segment.acknowledgment.rawValue),
      UInt64(segment.payloadLength))
    if isBeginning || number & 63 == 0 { noteCopies(of: segment, number) }
  }

  /// What tells a segment from its repeats: the identification, or the time stamp.
  private mutating func noteCopies(of segment: Segment, _ number: UInt64) {
    if segment.ipIdentification != 0 {
      note(FoldedHash.fold(number, UInt64(segment.ipIdentification)), segment.capture)
    }
    if segment.options.kinds.contains(.timestamps) {
      note(
        FoldedHash.fold(number, UInt64(segment.options.timestampValue)) &+ 1, segment.capture)
    }
  }

  private mutating func note(_ key: UInt64, _ capture: UInt16) {
    guard let first = known[key] else {
      if known.count < SharedSegments.limit { known[key] = capture }
      return
    }
    if first == capture { return }
    shared[Self.pair(first, capture), default: 0] += 1
  }

  public var isEmpty: Bool { shared.isEmpty }

  /// Captures that have segments in common, directly or by way of others; in each group the sets that
  /// must have been taken at different points, none of which holds two captures with a common segment.
  public var groups: [[[Int]]] {
    var neighbours = Array(repeating: Set<Int>(), count: captures)
    for (pair, _) in shared {
      let (low, high) = (Int(pair >> 16), Int(pair & 0xFFFF))
      guard high < captures else { continue }
      neighbours[low].insert(high)
      neighbours[high].insert(low)
    }
    var colour = Array(repeating: -1, count: captures)
    var groups: [[[Int]]] = []
    for start in 0..<captures where colour[start] < 0 && !neighbours[start].isEmpty {
      var waiting = [start]
      var sets: [[Int]] = []
      while let capture = waiting.popLast() {
        if colour[capture] >= 0 { continue }
        let taken = Set(neighbours[capture].map { colour[$0] })
        let free = (0...sets.count).first { !taken.contains($0) } ?? sets.count
        colour[capture] = free
        if free == sets.count { sets.append([]) }
        sets[free].append(capture)
        waiting += neighbours[capture].sorted().reversed().filter { colour[$0] < 0 }
      }
      groups.append(sets.map { $0.sorted() })
    }
    return groups
  }
}
