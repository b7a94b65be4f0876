import Support
import TCPModel

/// Watches captures that are read as one for segments that several of them show: those were taken at
/// different points of a path, or are copies of one another.
///
/// It looks at the SYNs, and at one in 64 of all others, so that pieces of a long connection are found too.
public struct SharedSegments {
  private static let limit = 1 << 20

  /// The capture that showed a segment first.
  private var known: [UInt64: UInt16] = [:]
  /// How many segments two captures have in common, by the lower and the higher number.
  private var shared: [UInt32: Int] = [:]
  private let captures: Int

  public init(captures: Int) {
    self.captures = captures
  }

  public mutating func note(_ segments: Span<Segment>) {
    for index in segments.indices {
      if segments[index].flags.intersection(.synACK) == .syn {
        noteSYN(segments[index])
      } else {
        noteOther(segments[index])
      }
    }
  }

  /// A translator may have changed its addresses, and its sequence number; a repeat is another segment.
  private mutating func noteSYN(_ segment: Segment) {
    let number = UInt64(segment.sequence.rawValue) << 16 | UInt64(segment.window)
    noteCopies(of: segment, number)
    guard segment.options.kinds.contains(.timestamps), segment.ipIdentification != 0 else { return }
    let stamp = UInt64(segment.options.timestampValue) << 16 | UInt64(segment.ipIdentification)
    note(FoldedHash.fold(stamp, UInt64(segment.window)) &+ 2, segment.capture)
  }

  private mutating func noteOther(_ segment: Segment) {
    guard segment.payloadLength > 0 else { return }
    let number = FoldedHash.fold(
      UInt64(segment.sequence.rawValue) << 32 | UInt64(segment.acknowledgment.rawValue),
      UInt64(segment.payloadLength))
    if number & 63 == 0 { noteCopies(of: segment, number) }
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
    shared[UInt32(min(first, capture)) << 16 | UInt32(max(first, capture)), default: 0] += 1
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
