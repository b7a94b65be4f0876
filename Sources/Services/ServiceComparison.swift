import TCPModel

extension ServiceCollector {
  /// Fewer connections than this on either side say nothing.
  static let leastConnections = 30
  /// Medians differ where they do by a fifth and a millisecond, ..
  static let leastRatio = 1.2
  static let leastStep = 1_000_000.0
  /// .. and chance makes any such difference less often than this, ..
  static let mostProbability = 0.01
  /// .. in so many comparisons together: captures are compared every night, or after every build.
  static let comparisons = 1_000.0

  private struct Test {
    var key: String
    var change: ServiceChange
    /// The difference is worth telling.
    var isLarge: Bool
  }

  /// The services of two captures side by side.
  public static func compare(
    _ before: ServiceCollector, _ after: ServiceCollector
  ) -> [ComparedService] {
    let (before, after) = (before.groups, after.groups)
    let keys = Set(before.keys).union(after.keys)
    let tests = keys.flatMap { key -> [Test] in
      guard let early = before[key], let late = after[key] else { return [] }
      return self.tests(of: key, early, late)
    }
    let most = Statistics.holm(
      tests.map(\.change.probability), level: mostProbability / comparisons)
    var changes: [String: [ServiceChange]] = [:]
    for test in tests where test.isLarge && test.change.probability <= most ?? -1 {
      changes[test.key, default: []].append(test.change)
    }
    let services = keys.map { key in
      ComparedService(
        key: key, before: before[key]?.finished, after: after[key]?.finished,
        changes: changes[key] ?? [])
    }
    return services.sorted { one, other in
      if one.weight != other.weight { return one.weight > other.weight }
      return one.connections != other.connections
        ? one.connections > other.connections : one.key < other.key
    }
  }

  /// Every figure of a service that both captures have often enough.
  private static func tests(of key: String, _ before: Group, _ after: Group) -> [Test] {
    let sizes = (before.service.connections, after.service.connections)
    guard min(sizes.0, sizes.1) >= leastConnections else { return [] }
    var tests: [Test] = []
    for (index, metric) in ServiceMetric.allCases.enumerated() {
      let (early, late) = (before.histograms[index], after.histograms[index])
      guard min(early.count, late.count) >= leastConnections,
        let first = early.quantile(0.5).map(Double.init),
        let second = late.quantile(0.5).map(Double.init)
      else { continue }
      let isLarge =
        abs(second - first) >= leastStep && max(first, second) >= leastRatio * min(first, second)
      tests.append(
        Test(
          key: key,
          change: ServiceChange(
            figure: metric.rawValue, before: first, after: second,
            probability: Statistics.mannWhitney(early, late), isWorse: second > first,
            isDuration: true, exampleBefore: before.longest[index],
            exampleAfter: after.longest[index]), isLarge: isLarge))
    }
    let shares = [
      ("failed", before.failed, after.failed, \Group.firstFailed),
      ("retransmitted", before.repeating, after.repeating, \Group.mostRepeating),
    ]
    for (figure, early, late, example) in shares {
      let (first, second) = (Double(early) / Double(sizes.0), Double(late) / Double(sizes.1))
      tests.append(
        Test(
          key: key,
          change: ServiceChange(
            figure: figure, before: first, after: second,
            probability: Statistics.twoProportions((early, sizes.0), (late, sizes.1)),
            isWorse: second > first, isDuration: false, exampleBefore: before[keyPath: example],
            exampleAfter: after[keyPath: example]), isLarge: true))
    }
    return tests
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
