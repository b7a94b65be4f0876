import TCPModel

/// Which connections deserve a diagram first.
///
/// Failures come before trouble, trouble before slowness, slowness before what is typical. One
/// small value per connection, so that millions can be ranked.
public struct Notability: Sendable, Hashable {
  public enum Group: UInt8, Sendable, CaseIterable {
    /// Reset, refused, unanswered.
    case failed
    /// Retransmissions, closed windows, a handshake never completed.
    case troubled
    /// Somebody waited a second or longer.
    case slow
    case plain
  }

  public let id: Int
  public let group: Group
  public let outcome: Outcome
  /// Within the group and outcome: more is more notable.
  public let weight: Int64

  public init(_ summary: ConnectionSummary) {
    id = summary.id
    outcome = summary.outcome
    let trouble = Notability.troubledSegments(in: summary)
    let longest = max(summary.timings.longestWait ?? 0, summary.timings.handshake ?? 0)
    switch summary.outcome {
    case .reset, .refused, .unanswered:
      group = .failed
      weight = trouble
    case .halfOpen:
      group = .troubled
      weight = trouble
    case .halfClosed, .closed, .open:
      if trouble > 0 {
        group = .troubled
        weight = trouble
      } else if longest >= Notability.slow {
        group = .slow
        weight = longest
      } else {
        // Among plain ones a whole lifecycle tells most.
        group = .plain
        weight = Int64(summary.completeness)
      }
    }
  }

  /// Of a connection that nothing more is to be said of than a glance tells; nil for others.
  public init?(_ glance: ConnectionGlance, id: Int) {
    guard glance.isPlain else { return nil }
    self.id = id
    group = .plain
    outcome = glance.outcome
    weight = Int64(glance.completeness)
  }

  /// What a person who waits for an answer notices.
  private static let slow: Nanoseconds = 1_000_000_000

  /// Segments that something went wrong with.
  private static func troubledSegments(in summary: ConnectionSummary) -> Int64 {
    var count = Int64(summary.handshake.synRetransmissions)
    count &+= Int64(summary.handshake.synACKRetransmissions)
    for side in Side.allCases {
      count &+= summary.traffic[side].retransmittedSegments ?? 0
      if let analysis = summary.analysis { count &+= Int64(analysis[side].zeroWindows) }
    }
    return count
  }

  /// The more notable first; among equals the earlier connection.
  private static func precedes(_ left: Notability, _ right: Notability) -> Bool {
    left.weight != right.weight ? left.weight > right.weight : left.id < right.id
  }

  /// The ids of the `count` most notable connections, the most notable first.
  ///
  /// Inside a group the outcomes take turns, so that a thousand refused connections do not hide
  /// the one that was reset.
  public static func mostNotable(_ all: some Sequence<Notability>, count: Int) -> [Int] {
    guard count > 0 else { return [] }
    let outcomes = Outcome.allCases
    var best: [[Notability]] = Array(repeating: [], count: Group.allCases.count * outcomes.count)
    for one in all {
      guard let outcome = outcomes.firstIndex(of: one.outcome) else { continue }
      let slot = Int(one.group.rawValue) * outcomes.count + outcome
      if best[slot].count == count {
        guard let last = best[slot].last, precedes(one, last) else { continue }
        best[slot].removeLast()
      }
      let position = best[slot].partitioningIndex { precedes(one, $0) }
      best[slot].insert(one, at: position)
    }
    var ids: [Int] = []
    for group in Group.allCases {
      let first = Int(group.rawValue) * outcomes.count
      let lists = best[first..<(first + outcomes.count)]
      for turn in 0..<(lists.map(\.count).max() ?? 0) {
        let round = lists.compactMap { turn < $0.count ? $0[turn] : nil }
        ids += round.sorted(by: precedes).map(\.id)
      }
    }
    return Array(ids.prefix(count))
  }
}

extension [ConnectionSummary] {
  /// The first of each story, in their order.
  public var ofDifferentStories: [ConnectionSummary] {
    var told: Set<Story.Kind> = []
    return filter { told.insert(Story.Kind($0)).inserted }
  }
}

extension Array {
  /// The first index of those elements that the test holds for, in an array partitioned by it.
  func partitioningIndex(where test: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if test(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
