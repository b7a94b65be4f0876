import Support
import TCPModel

extension SnapshotJoin {
  /// The contradictions of these connections as findings, one for each pair of states at a server:
  /// a snapshot taken a moment late is one thing to know, not a hundred.
  public func findings(about chosen: Set<Int>?) -> [Finding] {
    var groups: [Disagreement: [Contradiction]] = [:]
    for contradiction in contradictions {
      if let chosen, !chosen.contains(contradiction.connection.id) { continue }
      groups[Disagreement(contradiction), default: []].append(contradiction)
    }
    let sorted = groups.values.sorted { left, right in
      if left.count != right.count { return left.count > right.count }
      return left[0].order < right[0].order
    }
    let limits = limitContradictions.filter { chosen?.contains($0.connection.id) ?? true }
    return sorted.map(SnapshotJoin.finding) + limits.map(\.finding)
  }

  /// Puts them behind what is as serious.
  public func add(findingsAbout chosen: Set<Int>?, to findings: inout [Finding]) {
    let place = findings.firstIndex { $0.severity > .warning } ?? findings.count
    findings.insert(contentsOf: self.findings(about: chosen), at: place)
  }

  private static func finding(_ group: [Contradiction]) -> Finding {
    let first = group[0]
    var connections: [Int] = []
    for contradiction in group
    where connections.last != contradiction.connection.id
      && connections.count < Finding.namedConnections
    {
      connections.append(contradiction.connection.id)
    }
    let server = first.connection.server.description
    return Finding(
      kind: .stateContradiction, severity: .warning, connections: connections, frames: [],
      wording: Wording(
        "finding.state_contradiction",
        [
          "n": .digits(connections.count), "server": .text(server), "side": .side(first.side),
          "kernel": .text(first.kernel.name), "inferred": .text(first.inferred.name),
          "id": .digits(first.connection.id),
          "at": .text(Quantity.seconds(first.snapshot.at, decimals: 3)),
        ], number: Int64(connections.count)),
      evidence: [
        Finding.Evidence("server", .text(server)),
        Finding.Evidence("side", .text(first.side.name)),
        Finding.Evidence("kernel_state", .text(first.kernel.name)),
        Finding.Evidence("inferred_state", .text(first.inferred.name)),
        Finding.Evidence("connections", .number(Int64(connections.count))),
        Finding.Evidence("example", .number(Int64(first.connection.id))),
        Finding.Evidence("at_ns", .number(first.snapshot.at)),
        Finding.Evidence("time", .text(first.snapshot.time.rfc3339)),
        Finding.Evidence("snapshot", .text(first.snapshot.path)),
      ])
  }
}

private struct Disagreement: Hashable {
  var server: Endpoint
  var side: Side
  var kernel: TCPState
  var inferred: TCPState

  init(_ contradiction: Contradiction) {
    server = contradiction.connection.server
    side = contradiction.side
    kernel = contradiction.kernel
    inferred = contradiction.inferred
  }
}

extension Contradiction {
  fileprivate var order: (Int, Nanoseconds, UInt8) {
    (connection.id, snapshot.at, kernel.rawValue)
  }
}
