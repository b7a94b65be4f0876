/// How a figure of a service differs between two captures, beyond chance.
public struct ServiceChange: Sendable, Hashable {
  /// A `ServiceMetric`'s name, or `failed` or `retransmitted`: the share of connections.
  public var figure: String
  /// Medians in nanoseconds, or shares.
  public var before: Double
  public var after: Double
  /// How likely a difference as large is by chance alone.
  public var probability: Double
  public var isWorse: Bool
  public var isDuration: Bool
  /// The connection in which the figure is largest, in each capture; the first one that failed.
  public var exampleBefore: ServiceExample?
  public var exampleAfter: ServiceExample?

  public init(
    figure: String, before: Double, after: Double, probability: Double, isWorse: Bool,
    isDuration: Bool, exampleBefore: ServiceExample?, exampleAfter: ServiceExample?
  ) {
    self.figure = figure
    self.before = before
    self.after = after
    self.probability = probability
    self.isWorse = isWorse
    self.isDuration = isDuration
    self.exampleBefore = exampleBefore
    self.exampleAfter = exampleAfter
  }
}

/// A service in two captures.
public struct ComparedService: Sendable, Hashable {
  public var key: String
  /// nil where there is none.
  public var before: Service?
  public var after: Service?
  public var changes: [ServiceChange]

  public init(key: String, before: Service?, after: Service?, changes: [ServiceChange]) {
    self.key = key
    self.before = before
    self.after = after
    self.changes = changes
  }
}

/// Two captures side by side.
public struct ComparisonReport: Sendable {
  public var by: ServiceKind
  public var before: ReportHeader
  public var after: ReportHeader
  /// Those that changed first, then the others; by connections.
  public var services: [ComparedService]
  /// Of the later capture, of kinds that the earlier one has not.
  public var newFindings: [Finding]
  /// The connection that took longest, in each capture; nil where there is none.
  public var slowestBefore: ServiceExample?
  public var slowestAfter: ServiceExample?

  public init(
    by: ServiceKind, before: ReportHeader, after: ReportHeader, services: [ComparedService],
    newFindings: [Finding], slowestBefore: ServiceExample?, slowestAfter: ServiceExample?
  ) {
    self.by = by
    self.before = before
    self.after = after
    self.services = services
    self.newFindings = newFindings
    self.slowestBefore = slowestBefore
    self.slowestAfter = slowestAfter
  }

  public var hasRegression: Bool {
    services.contains { $0.changes.contains(where: \.isWorse) }
  }
}
