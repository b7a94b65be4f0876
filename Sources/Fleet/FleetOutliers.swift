import TCPModel

/// Hosts that differ from the others of their kind: from those that offer the same services.
struct FleetOutliers {
  private let hosts: [FleetHost]
  /// Of fewer hosts none can be called the odd one.
  private static let leastHosts = 5
  /// Services in common, of all that two hosts have: so much makes one kind.
  private static let likeness = 0.7

  init(_ hosts: [FleetHost]) {
    self.hosts = hosts
  }

  private struct Kind {
    var services: Set<String>
    var hosts: [Int] = []
  }

  var all: [FleetOutlier] {
    var outliers: [FleetOutlier] = []
    for kind in kinds where kind.hosts.count >= Self.leastHosts {
      for figure in Figure.all {
        let values = kind.hosts.map { figure.value(hosts[$0]) }
        let known = values.compactMap(\.self)
        guard known.count >= Self.leastHosts else { continue }
        let median = Self.median(known)
        let deviation = Self.median(known.map { abs($0 - median) })
        for (place, value) in zip(kind.hosts, values) {
          guard let value, Self.isOutlier(value, median, deviation, figure.least) else { continue }
          outliers.append(
            FleetOutlier(
              host: hosts[place].host.name, services: kind.services.sorted(), figure: figure.name,
              value: value, median: median, hosts: kind.hosts.count))
        }
      }
    }
    return outliers.sorted { left, right in
      let (one, two) = (left.distance, right.distance)
      if one != two { return one > two }
      return (left.host, left.figure) < (right.host, right.figure)
    }
  }

  /// Three times the others or a third of them, and far outside of how they differ among themselves:
  /// eight standard deviations as the median deviation estimates them.
  private static func isOutlier(
    _ value: Int64, _ median: Int64, _ deviation: Int64, _ least: Int64
  ) -> Bool {
    let distance = abs(value - median)
    guard distance >= least, distance > deviation * 12 else { return false }
    return value >= median * 3 || value * 3 <= median
  }

  private static func median(_ values: [Int64]) -> Int64 { values.sorted()[values.count / 2] }

  private var kinds: [Kind] {
    let services = hosts.map { host in
      Set(
        host.night.listeners.filter { !$0.local.address.isLoopback }.map { listener in
          listener.process?.name ?? "port \(listener.local.port)"
        })
    }
    var counts: [Set<String>: Int] = [:]
    for set in services where !set.isEmpty { counts[set, default: 0] += 1 }
    let order = counts.sorted { left, right in
      left.value != right.value
        ? left.value > right.value
        : left.key.sorted().lexicographicallyPrecedes(right.key.sorted())
    }
    var kinds: [Kind] = []
    for (set, _) in order where !kinds.contains(where: { Self.isLike($0.services, set) }) {
      kinds.append(Kind(services: set))
    }
    for (place, set) in services.enumerated() {
      if let kind = kinds.firstIndex(where: { Self.isLike($0.services, set) }) {
        kinds[kind].hosts.append(place)
      }
    }
    return kinds
  }

  private static func isLike(_ one: Set<String>, _ other: Set<String>) -> Bool {
    let common = one.intersection(other).count
    return Double(common) >= likeness * Double(one.count + other.count - common) && common > 0
  }

  /// What is compared.
  private struct Figure {
    var name: String
    /// A difference that may matter at all.
    var least: Int64
    var value: (FleetHost) -> Int64?

    static var all: [Figure] {
      [Figure(name: "sockets", least: 20) { $0.mostSockets }]
        + TCPState.allCases.filter { $0 != .listen }.map { state in
          Figure(name: state.name, least: 20) { $0.most(state) }
        } + [Figure(name: "retransmitted_per_mille", least: 20) { $0.retransmittedPerMille }]
    }
  }
}

extension FleetOutlier {
  /// How many times as much, or as little.
  fileprivate var distance: Double {
    let (more, less) = (max(value, median), min(value, median))
    return Double(more) / Double(max(1, less))
  }
}

extension FleetHost {
  /// Of the segments sent over the night; nil where the snapshots do not tell, or of too few.
  fileprivate var retransmittedPerMille: Int64? {
    var (sent, again): (Int64, Int64) = (0, 0)
    for instant in night.instants {
      sent += instant.segmentsSent ?? 0
      again += instant.segmentsRetransmitted ?? 0
    }
    return sent >= 1_000 ? again.multipliedReportingOverflow(by: 1_000).partialValue / sent : nil
  }
}
