import TCPModel

/// What a crowd of connections has in common, fed one summary at a time: fixed in size.
public struct OverviewAggregate: Sendable, Hashable {
  public private(set) var count: Int
  public private(set) var byOutcome: [Outcome: Int]
  /// Connections by duration: the index is that of the first of `durationSteps` above it.
  public private(set) var byDuration: [Int]
  public private(set) var payloadBytes: Int64
  public private(set) var start: Timestamp?
  public private(set) var end: Timestamp?

  /// Upper limits of `byDuration`'s entries; the last entry has none.
  public static let durationSteps: [Nanoseconds] = [
    1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 60_000_000_000,
  ]

  public init() {
    count = 0
    byOutcome = [:]
    byDuration = Array(repeating: 0, count: OverviewAggregate.durationSteps.count + 1)
    payloadBytes = 0
  }

  public mutating func add(_ summary: ConnectionSummary) {
    count += 1
    byOutcome[summary.outcome, default: 0] += 1
    byDuration[OverviewAggregate.durationStep(of: summary)] += 1
    payloadBytes &+= OverviewAggregate.payload(of: summary)
    start = min(start ?? summary.start, summary.start)
    end = max(end ?? summary.end, summary.end)
  }

  /// The crowd without those connections; its start and end stay those of the whole.
  public func removing(_ summaries: some Sequence<ConnectionSummary>) -> OverviewAggregate {
    var rest = self
    for summary in summaries where rest.count > 0 {
      rest.count -= 1
      rest.byOutcome[summary.outcome, default: 0] -= 1
      rest.byDuration[OverviewAggregate.durationStep(of: summary)] -= 1
      rest.payloadBytes &-= OverviewAggregate.payload(of: summary)
    }
    return rest
  }

  private static func durationStep(of summary: ConnectionSummary) -> Int {
    durationSteps.partitioningIndex { summary.duration < $0 }
  }

  private static func payload(of summary: ConnectionSummary) -> Int64 {
    summary.traffic.client.payloadBytes &+ summary.traffic.server.payloadBytes
  }
}
