import Support
import TCPModel

/// Connections wait for an application that does not accept them.
enum AcceptQueueFullRule: NightRule {
  static let kind = FindingKind.acceptQueueFull

  struct Sight {
    var listener: ListenerTally.Record
    var fullest: (instant: UInt32, waiting: UInt32, limit: UInt32)
  }

  static func judge(_ night: NightFindings) -> [Sight] {
    night.tallies.listeners.inOrder.compactMap { listener in
      listener.fullest.map { Sight(listener: listener, fullest: $0) }
    }
  }

  static func severity(_ sight: Sight, _ night: NightFindings) -> Finding.Severity { .error }

  static func subject(_ sight: Sight, _ night: NightFindings) -> NightSubject {
    sight.listener.subject(night)
  }

  static func sentence(_ sight: Sight, _ night: NightFindings) -> Wording {
    let (listener, fullest) = (sight.listener, sight.fullest)
    return Wording(
      "night.accept_queue_full",
      [
        "owner": listener.owner(night, or: "owner.theListener"),
        "local": .text(listener.report.local.description), "waiting": .digits(fullest.waiting),
        "limit": .digits(fullest.limit), "time": night.time(of: fullest.instant),
        "often": listener.fullInstants == 1
          ? .nothing
          : .said("night.accept_queue_full.often", ["count": .digits(listener.fullInstants - 1)]),
      ])
  }

  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence] {
    [
      NightFindings.number("waiting", sight.fullest.waiting),
      NightFindings.number("limit", sight.fullest.limit),
      NightFindings.number("instants", sight.listener.fullInstants),
      night.instant("time", sight.fullest.instant),
    ]
  }
}
