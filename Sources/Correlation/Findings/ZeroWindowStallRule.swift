import TCPModel

/// A sender that had to stop because its peer could take no more data.
enum ZeroWindowStallRule: FindingRule {
  static let kind = FindingKind.zeroWindowStall
  static let severity = Finding.Severity.warning

  /// A stop of at least this long.
  static let longStall: Nanoseconds = 200_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    return Sighting(
      frames: marks.firstZeroWindow,
      cost: max(marks.zeroWindowTime.client, marks.zeroWindowTime.server)
    ) { side in
      let time = marks.zeroWindowTime[side]
      // Nobody was stopped where nothing was to be sent.
      return time >= longStall && connection.traffic[side.peer].payloadBytes > 0 ? time : nil
    }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let times = group.example.landmarks.zeroWindowTime
    let side: Side = times.client >= times.server ? .client : .server
    return group.says(
      "finding.zero_window_stall",
      [
        "side": .side(side), "peer": .side(side.peer), "time": group.upTo(.duration(times[side])),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("client_zero_window_ns", group.example.landmarks.zeroWindowTime.client)
    evidence.add("server_zero_window_ns", group.example.landmarks.zeroWindowTime.server)
    return evidence
  }
}
