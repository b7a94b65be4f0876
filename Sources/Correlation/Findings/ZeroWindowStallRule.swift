import Support
import TCPModel

/// A sender that had to stop because its peer could take no more data.
enum ZeroWindowStallRule: FindingRule {
  static let kind = FindingKind.zeroWindowStall
  static let severity = Finding.Severity.warning

  /// A stop of at least this long.
  static let longStall: Nanoseconds = 200_000_000

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    let marks = connection.landmarks
    return Sighting(frames: marks.firstZeroWindow) { side in
      let time = marks.zeroWindowTime[side]
      return time >= longStall ? time : nil
    }
  }

  static func sentence(_ group: FindingGroup) -> String {
    let times = group.example.landmarks.zeroWindowTime
    let side: Side = times.client >= times.server ? .client : .server
    return
      "\(group.capitalised) to \(group.serverName): the \(side.name) could take no more data for "
      + "\(Quantity.duration(times[side])) (window 0), so the \(side.peer.name) had to wait\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("client_zero_window_ns", group.example.landmarks.zeroWindowTime.client)
    evidence.add("server_zero_window_ns", group.example.landmarks.zeroWindowTime.server)
    return evidence
  }
}
