import Support
import TCPModel

/// Somebody began to listen during the night.
enum ListenerAppearedRule: NightRule {
  static let kind = FindingKind.listenerAppeared

  struct Sight {
    var listener: ListenerTally.Record
    var appeared: UInt32
  }

  static func judge(_ night: NightFindings) -> [Sight] {
    night.tallies.listeners.inOrder.compactMap { listener in
      listener.appearedAt.map { Sight(listener: listener, appeared: $0) }
    }
  }

  static func severity(_ sight: Sight, _ night: NightFindings) -> Finding.Severity { .info }

  static func subject(_ sight: Sight, _ night: NightFindings) -> NightSubject {
    sight.listener.subject(night)
  }

  static func sentence(_ sight: Sight, _ night: NightFindings) -> Wording {
    Wording(
      "night.listener_appeared",
      [
        "owner": sight.listener.owner(night, or: "owner.aProcess"),
        "local": .text(sight.listener.report.local.description),
        "time": night.time(of: sight.appeared),
      ])
  }

  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence] {
    [night.instant("time", sight.appeared)]
  }
}
