import Support
import TCPModel

/// One peer has most of the sockets.
enum PeerDominatesRule: NightRule {
  static let kind = FindingKind.peerDominates

  struct Sight {
    var address: IPAddress
    var domination: PeerTally.Domination
    var percent: Int { domination.worst.count * 100 / domination.worst.total }

    /// A load balancer has most of the sockets all the time, and nothing is wrong.
    func isUsual(_ night: NightFindings) -> Bool {
      domination.instants * 2 > night.instants.count
    }
  }

  static func judge(_ night: NightFindings) -> [Sight] {
    night.tallies.peers.dominations.map { Sight(address: $0.address, domination: $0.domination) }
  }

  static func severity(_ sight: Sight, _ night: NightFindings) -> Finding.Severity {
    sight.isUsual(night) ? .info : .warning
  }

  static func subject(_ sight: Sight, _ night: NightFindings) -> NightSubject {
    let service = busiestService(of: sight.domination, night)
    return NightSubject(
      process: night.process(service?.process), local: service?.local,
      peer: sight.address.description)
  }

  static func sentence(_ sight: Sight, _ night: NightFindings) -> Wording {
    let worst = sight.domination.worst
    let others: Wording.Value =
      if sight.isUsual(night) {
        .said("night.peer_dominates.usual")
      } else if sight.domination.instants > 1 {
        .said("night.peer_dominates.worst", ["count": .digits(sight.domination.instants)])
      } else { .nothing }
    return Wording(
      "night.peer_dominates",
      [
        "peer": .text(sight.address.description), "count": .digits(worst.count),
        "total": .digits(worst.total), "percent": .digits(sight.percent),
        "time": night.time(of: worst.instant), "others": others,
      ])
  }

  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence] {
    let worst = sight.domination.worst
    return [
      NightFindings.number("sockets", worst.count), NightFindings.number("of", worst.total),
      NightFindings.number("percent", sight.percent),
      NightFindings.number("instants", sight.domination.instants),
      night.instant("time", worst.instant),
    ]
  }

  /// The host's end of most of a peer's sockets at its worst instant.
  private static func busiestService(
    of domination: PeerTally.Domination, _ night: NightFindings
  ) -> (local: Endpoint, process: ProcessListID?)? {
    let instant = domination.worst.instant
    var counts: [Endpoint: (sockets: Int, process: ProcessListID?)] = [:]
    night.tallies.sockets.forEach { entry in
      guard entry.peer == domination.peer, !entry.isListener,
        (entry.firstInstant...entry.lastInstant).contains(instant)
      else { return }
      var count = counts[entry.key.local] ?? (0, nil)
      count.sockets += 1
      count.process = count.process ?? entry.process
      counts[entry.key.local] = count
    }
    let busiest = counts.max { left, right in
      left.value.sockets != right.value.sockets
        ? left.value.sockets < right.value.sockets : right.key.precedes(left.key)
    }
    return busiest.map { ($0.key, $0.value.process) }
  }
}
