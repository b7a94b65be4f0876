import Support
import TCPModel

/// So many ports wait in TIME_WAIT that few are left for new connections.
enum TimeWaitNearPortRangeRule: NightRule {
  static let kind = FindingKind.timeWaitNearPortRange

  static func judge(_ night: NightFindings) -> [TimeWaitTally.Worst] {
    night.tallies.timeWaits.worst.map { [$0] } ?? []
  }

  static func severity(
    _ worst: TimeWaitTally.Worst, _ night: NightFindings
  ) -> Finding.Severity {
    worst.ports >= night.options.portRange.count ? .error : .warning
  }

  static func subject(_ worst: TimeWaitTally.Worst, _ night: NightFindings) -> NightSubject {
    NightSubject(
      local: worst.isOwn ? Endpoint(address: worst.address, port: 0) : worst.busiest,
      peer: worst.isOwn ? worst.busiest.description : worst.address.description)
  }

  static func sentence(_ worst: TimeWaitTally.Worst, _ night: NightFindings) -> Wording {
    let range = night.options.portRange
    return Wording(
      worst.isOwn
        ? "night.time_wait_near_port_range" : "night.time_wait_near_port_range.peer",
      [
        "address": .text(worst.address.description), "ports": .digits(worst.ports),
        "percent": .digits(percent(worst, night)),
        "range": .text("\(range.lowerBound)-\(range.upperBound)"),
        "time": night.time(of: worst.instant), "ofBusiest": .digits(worst.ofBusiest),
        "busiest": .text(worst.busiest.description),
      ])
  }

  static func evidence(
    _ worst: TimeWaitTally.Worst, _ night: NightFindings
  ) -> [Finding.Evidence] {
    [
      NightFindings.number("ports", worst.ports),
      NightFindings.number("range", night.options.portRange.count),
      NightFindings.number("percent", percent(worst, night)),
      night.instant("time", worst.instant),
    ]
  }

  private static func percent(_ worst: TimeWaitTally.Worst, _ night: NightFindings) -> Int {
    worst.ports * 100 / night.options.portRange.count
  }
}
