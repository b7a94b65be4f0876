import Support
import TCPModel

/// A transfer that the path kept slow: by its rate, by losses, or by its length.
enum LimitedByPathRule: FindingRule {
  static let kind = FindingKind.limitedByPath
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    HeldTime(connection, by: .path).map { $0.sighting($0.limits.longestOfPath) }
  }

  static func sentence(_ group: FindingGroup) -> String {
    guard let held = HeldTime(group.example, by: .path) else { return "" }
    let times = held.limits.times
    let repair = times[.recovery] &+ times[.timeout] &+ times[.tailProbe] &+ times[.loss]
    let window = times[.congestionWindow] &+ times[.slowStart]
    let cause: String
    if times[.bandwidth] >= max(repair, window) {
      let rate = held.limits.bottleneck.map { " of \(Quantity.bitRate($0))" } ?? ""
      cause = "the path's bandwidth\(rate)"
    } else if repair >= window {
      cause = "losses and their repair"
    } else {
      let roundTrip =
        held.limits.leastRoundTrip.map { " and a round trip of \(Quantity.duration($0))" } ?? ""
      cause = "its congestion window\(roundTrip)"
    }
    return "\(group.capitalised) to \(group.serverName): the \(held.side.name) was held back by "
      + "\(cause) for \(held.share(of: group.example))\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = HeldTime(group.example, by: .path) else { return Evidence() }
    var evidence = held.evidence(of: .path)
    evidence.add("bottleneck_bps", held.limits.bottleneck)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
