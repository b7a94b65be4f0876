import Support
import TCPModel

/// Collects what a person should know, connection by connection.
///
/// Connections with the same finding at the same server become one finding: a service that is
/// down is one thing to know, not ten thousand.
public struct FindingCollector {
  private var groups: [FindingGroup] = []
  private var index: [Place: Int] = [:]
  private var captures: [Finding] = []

  private struct Place: Hashable {
    let kind: FindingKind
    let server: Endpoint
  }

  public init() {}

  // MARK: Collecting

  public mutating func add(_ connection: ConnectionSummary) {
    for rule in FindingRules.all {
      if let sighting = rule.judge(connection) { note(sighting, of: rule, connection) }
    }
  }

  public mutating func add(_ capture: CaptureInfo) {
    if let finding = InterfaceDropsRule.finding(capture) { captures.append(finding) }
  }

  public mutating func add(_ paths: PathsSummary) {
    captures += ClockStepRule.findings(paths)
  }

  private mutating func note(
    _ sighting: Sighting, of rule: any FindingRule.Type, _ connection: ConnectionSummary
  ) {
    let place = Place(kind: rule.kind, server: connection.server)
    if let known = index[place] {
      groups[known].add(sighting, connection)
    } else {
      index[place] = groups.count
      groups.append(FindingGroup(rule, sighting, connection))
    }
  }

  // MARK: Results

  /// The findings, most serious first; within a kind the one with the most connections.
  ///
  /// - Parameter name: What sentences call an endpoint.
  public func findings(
    calling name: (Endpoint) -> String = { $0.description }
  ) -> [Finding] {
    let sorted = groups.sorted { left, right in
      if left.rule.kind != right.rule.kind { return left.rule.kind.rank < right.rule.kind.rank }
      if left.count != right.count { return left.count > right.count }
      return (left.connections.first ?? 0) < (right.connections.first ?? 0)
    }
    var findings = sorted.map { $0.finding(calling: name) }
    let place = findings.firstIndex { $0.severity == .info } ?? findings.count
    findings.insert(contentsOf: captures, at: place)
    return findings
  }
}
