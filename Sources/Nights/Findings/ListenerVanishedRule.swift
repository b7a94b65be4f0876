import Support
import TCPModel

/// Somebody listened, and does no more.
enum ListenerVanishedRule: NightRule {
  static let kind = FindingKind.listenerVanished

  struct Sight {
    var listener: ListenerTally.Record
    var vanished: UInt32
  }

  static func judge(_ night: NightFindings) -> [Sight] {
    night.tallies.listeners.inOrder.compactMap { listener in
      listener.vanishedAt.map { Sight(listener: listener, vanished: $0) }
    }
  }

  static func subject(_ sight: Sight, _ night: NightFindings) -> NightSubject {
    sight.listener.subject(night)
  }

  static func sentence(_ sight: Sight, _ night: NightFindings) -> Wording {
    let report = sight.listener.report
    return Wording(
      "night.listener_vanished",
      [
        "owner": sight.listener.owner(night, or: "owner.aProcess"),
        "local": .text(report.local.description),
        "until": .text(night.options.clock.instant(report.lastSeen)),
        "time": night.time(of: sight.vanished),
      ])
  }

  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence] {
    [
      Finding.Evidence("last_seen", .text(sight.listener.report.lastSeen.rfc3339)),
      night.instant("time", sight.vanished),
    ]
  }
}
