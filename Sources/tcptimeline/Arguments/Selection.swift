import Support
import TCPModel

/// Which connections a report is about. Kinds of conditions all have to hold; of one kind, any.
struct Selection {
  var connections: [IDRange] = []
  var hosts: [HostPattern] = []
  var applications: [Application] = []
  var ports: [UInt16] = []
  var outcomes: [Outcome] = []
  /// Connections with a part of their span in it.
  var between: ClosedRange<Timestamp>?
  /// The ones that took longest, times of nothing to do not counted.
  var slowest: Int?
  var limit: Int?

  /// Whether every connection is chosen.
  var isEverything: Bool { isUnconditional && limit == nil }

  /// Whether the first connection is chosen before all others.
  var isUnconditional: Bool {
    connections.isEmpty && hosts.isEmpty && applications.isEmpty && ports.isEmpty
      && outcomes.isEmpty && between == nil
      && slowest == nil
  }

  func matches(_ summary: ConnectionSummary) -> Bool {
    if !connections.isEmpty, !connections.contains(where: { $0.ids.contains(summary.id) }) {
      return false
    }
    if !outcomes.isEmpty, !outcomes.contains(summary.outcome) { return false }
    if !ports.isEmpty, !ports.contains(summary.client.port), !ports.contains(summary.server.port) {
      return false
    }
    if let between, summary.start > between.upperBound || summary.end < between.lowerBound {
      return false
    }
    if !applications.isEmpty {
      guard let spoken = summary.spoken?.application, applications.contains(spoken) else {
        return false
      }
    }
    return hosts.isEmpty || hosts.contains { $0.matches(summary) }
  }

  /// The chosen ones of the connections, as indices in their order.
  func indices(of all: [Int], summary: (Int) -> ConnectionSummary) -> [Int] {
    var chosen: [(index: Int, duration: Nanoseconds)] = []
    for index in all {
      let summary = summary(index)
      guard matches(summary) else { continue }
      chosen.append((index, summary.duration &- (summary.timings.idle ?? 0)))
      if slowest == nil, let limit, chosen.count >= limit { break }
    }
    if let slowest {
      // Longest first; of equals the earlier one, so that the choice is always the same.
      chosen.sort { ($1.duration, $0.index) < ($0.duration, $1.index) }
      chosen = Array(chosen.prefix(slowest))
    }
    return Array(chosen.map(\.index).sorted().prefix(limit ?? .max))
  }
}

/// `7`, `3-7` or `3-`.
struct IDRange: Hashable, CustomStringConvertible {
  var ids: ClosedRange<Int>

  init?(_ text: String) {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first.flatMap({ Int($0) }), first > 0 else { return nil }
    guard parts.count == 2 else {
      ids = first...first
      return
    }
    guard let last = parts[1].isEmpty ? Int.max : Int(parts[1]), last >= first else { return nil }
    ids = first...last
  }

  var description: String {
    if ids.lowerBound == ids.upperBound { return "\(ids.lowerBound)" }
    return "\(ids.lowerBound)-" + (ids.upperBound == .max ? "" : "\(ids.upperBound)")
  }
}
