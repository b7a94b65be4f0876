import TCPModel

/// A finding with what decides its place.
struct RankedFinding {
  var finding: Finding
  /// Time lost, of all connections together.
  var cost: Nanoseconds

  init(_ finding: Finding, cost: Nanoseconds = 0) {
    self.finding = finding
    self.cost = cost
  }

  static func < (left: RankedFinding, right: RankedFinding) -> Bool {
    let (one, other) = (left.finding, right.finding)
    if one.severity != other.severity { return one.severity < other.severity }
    if left.cost != right.cost { return left.cost > right.cost }
    if one.kind != other.kind { return one.kind.rank < other.kind.rank }
    if one.connections.count != other.connections.count {
      return one.connections.count > other.connections.count
    }
    return (one.connections.first ?? 0) < (other.connections.first ?? 0)
  }
}
