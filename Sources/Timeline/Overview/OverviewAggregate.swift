import TCPModel

/// What a crowd of connections has in common, fed one summary at a time: fixed in size.
public struct OverviewAggregate: Sendable, Hashable {
  public private(set) var count: Int
  public private(set) var byOutcome: [Outcome: Int]
  /// Connections by duration: the index is that of the first of `ConnectionGlance.durationSteps`
  /// above it, the last entry has no limit.
  public private(set) var byDuration: [Int]
  public private(set) var payloadBytes: Int64
  public private(set) var start: Timestamp?
  public private(set) var end: Timestamp?

  public init() {
    count = 0
    byOutcome = [:]
    byDuration = Array(repeating: 0, count: ConnectionGlance.durationSteps.count + 1)
    payloadBytes = 0
  }

  public mutating func add(_ summary: ConnectionSummary) {
    count += 1
    byOutcome[summary.outcome, default: 0] += 1
    byDuration[ConnectionGlance.durationStep(summary.duration)] += 1
    payloadBytes &+= OverviewAggregate.payload(of: summary)
    start = min(start ?? summary.start, summary.start)
    end = max(end ?? summary.end, summary.end)
  }

  /// Every connection of a trace, but for their durations.
  public init(_ trace: TraceSummary) {
    self.init()
    count = trace.connections
    byOutcome = trace.byOutcome
    payloadBytes = trace.payloadBytes
    start = trace.start
    end = trace.end
  }

  /// The duration of one of them.
  public mutating func add(_ glance: ConnectionGlance) {
    byDuration[glance.durationStep] += 1
  }

  /// The crowd without those connections; its start and end stay those of the whole.
  public func removing(_ summaries: some Sequence<ConnectionSummary>) -> OverviewAggregate {
    var rest = self
    for summary in summaries where rest.count > 0 {
      rest.count -= 1
      rest.byOutcome[summary.outcome, default: 0] -= 1
      rest.byDuration[ConnectionGlance.durationStep(summary.duration)] -= 1
      rest.payloadBytes &-= OverviewAggregate.payload(of: summary)
    }
    return rest
  }

  private static func payload(of summary: ConnectionSummary) -> Int64 {
    summary.traffic.client.payloadBytes &+ summary.traffic.server.payloadBytes
  }
}
