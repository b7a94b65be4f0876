import Support
import TCPModel

/// A connection that its client asked for and whose SYNs the other point, which was capturing, never saw.
enum NeverArrivedRule: FindingRule {
  static let kind = FindingKind.neverArrived
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    guard connection.unmatched == .neverArrived else { return nil }
    return Sighting(weight: connection.traffic.client.segments, frame: connection.firstFrame)
  }

  static func sentence(_ group: FindingGroup) -> String {
    let sent = Quantity.counted(group.example.traffic.client.segments, "segment")
    return
      "\(group.capitalised) to \(group.serverName) never arrived at the server's capture point: "
      + "all of \(sent) was lost on the way there\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("segments", group.example.traffic.client.segments)
    return evidence
  }
}
