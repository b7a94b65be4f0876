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

  public init(
    figure: String, before: Double, after: Double, probability: Double, isWorse: Bool,
    isDuration: Bool
  ) {
    self.figure = figure
    self.before = before
    self.after = after
    self.probability = probability
    self.isWorse = isWorse
    self.isDuration = isDuration
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

  public init(
    by: ServiceKind, before: ReportHeader, after: ReportHeader, services: [ComparedService],
    newFindings: [Finding]
  ) {
    self.by = by
    self.before = before
    self.after = after
    self.services = services
    self.newFindings = newFindings
  }

  public var hasRegression: Bool {
    services.contains { $0.changes.contains(where: \.isWorse) }
  }
}
