import TCPModel

extension ServiceCollector {
  /// Fewer connections than this on either side say nothing.
  static let leastConnections = 30
  /// Medians differ where they do by a fifth and a millisecond, ..
  static let leastRatio = 1.2
  static let leastStep = 1_000_000.0
  /// .. and chance makes such a difference less often than this. Six medians of each service are looked
  /// at: at one in a hundred each, one in twenty comparisons of a capture with itself would find something.
  static let mostProbability = 0.0001
  /// Shares have no least difference to keep chance out.
  static let mostProbabilityOfShares = 0.00001

  /// The services of two captures side by side.
  public static func compare(
    _ before: ServiceCollector, _ after: ServiceCollector
  ) -> [ComparedService] {
    let keys = Set(before.groups.keys).union(after.groups.keys)
    let services = keys.map { key in
      let (early, late) = (before.groups[key], after.groups[key])
      return ComparedService(
        key: key, before: early?.finished, after: late?.finished,
        changes: early.flatMap { early in late.map { changes(from: early, to: $0) } } ?? [])
    }
    return services.sorted { one, other in
      if one.weight != other.weight { return one.weight > other.weight }
      return one.connections != other.connections
        ? one.connections > other.connections : one.key < other.key
    }
  }

  private static func changes(from before: Group, to after: Group) -> [ServiceChange] {
    guard before.service.connections >= leastConnections,
      after.service.connections >= leastConnections
    else { return [] }
    var changes: [ServiceChange] = []
    for (index, metric) in ServiceMetric.allCases.enumerated() {
      let (early, late) = (before.histograms[index], after.histograms[index])
      if let change = change(of: metric.rawValue, early, late) { changes.append(change) }
    }
    let sizes = (before.service.connections, after.service.connections)
    let shares = [
      ("failed", before.failed, after.failed),
      ("retransmitted", before.repeating, after.repeating),
    ]
    for (figure, early, late) in shares {
      let probability = Statistics.twoProportions((early, sizes.0), (late, sizes.1))
      guard probability < mostProbabilityOfShares else { continue }
      let (first, second) = (Double(early) / Double(sizes.0), Double(late) / Double(sizes.1))
      changes.append(
        ServiceChange(
          figure: figure, before: first, after: second, probability: probability,
          isWorse: second > first, isDuration: false))
    }
    return changes
  }

  private static func change(
    of figure: String, _ before: LogHistogram, _ after: LogHistogram
  ) -> ServiceChange? {
    guard before.count >= leastConnections, after.count >= leastConnections,
      let early = before.quantile(0.5).map(Double.init),
      let late = after.quantile(0.5).map(Double.init),
      abs(late - early) >= leastStep, max(early, late) >= leastRatio * min(early, late)
    else { return nil }
    let probability = Statistics.mannWhitney(before, after)
    guard probability < mostProbability else { return nil }
    return ServiceChange(
      figure: figure, before: early, after: late, probability: probability, isWorse: late > early,
      isDuration: true)
  }
}

extension ComparedService {
  /// Worse ones first, then those that are new, gone or better.
  fileprivate var weight: Int {
    if changes.contains(where: \.isWorse) { return 2 }
    return changes.isEmpty && before != nil && after != nil ? 0 : 1
  }

  fileprivate var connections: Int { max(before?.connections ?? 0, after?.connections ?? 0) }
}
