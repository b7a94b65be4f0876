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

  static func sentence(_ sight: Sight, _ night: NightFindings) -> String {
    let report = sight.listener.report
    return "\(sight.listener.owner(night, or: "A process")) listened on "
      + "\(report.local) until \(night.options.clock.instant(report.lastSeen)) and was gone at "
      + night.text(sight.vanished)
  }

  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence] {
    [
      Finding.Evidence("last_seen", .text(sight.listener.report.lastSeen.rfc3339)),
      night.instant("time", sight.vanished),
    ]
  }
}
