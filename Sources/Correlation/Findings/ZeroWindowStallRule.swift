import TCPModel

/// A sender that had to stop because its peer could take no more data.
enum ZeroWindowStallRule: FindingRule {
  static let kind = FindingKind.zeroWindowStall
  static let severity = Finding.Severity.warning

  /// A stop of at least this long: many short ones are how a small buffer works.
  static let longStall: Nanoseconds = 200_000_000

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let stops = connection.landmarks.zeroWindow
    return Sighting(
      frames: PerSide(client: stops.client.longestFrame, server: stops.server.longestFrame),
      cost: max(stops.client.time, stops.server.time)
    ) { side in
      // Nobody was stopped where nothing was ever sent; `CountsPool` passes over windows that nobody asked for.
      stops[side].longest >= longStall && connection.traffic[side.peer].payloadBytes > 0
        ? stops[side].longest : nil
    }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let stops = group.example.landmarks.zeroWindow
    let side: Side = stops.client.longest >= stops.server.longest ? .client : .server
    let count = stops[side].count
    return group.says(
      "finding.zero_window_stall",
      [
        "side": .side(side), "peer": .side(side.peer),
        "time": count > 1
          ? .said("amount.upTo", ["amount": .duration(stops[side].longest)])
          : group.upTo(.duration(stops[side].longest)),
        "stops": count > 1
          ? .said(
            "finding.zero_window_stall.stops",
            ["count": Wording.Value.digits(Int(count)), "sum": .duration(stops[side].time)])
          : .nothing,
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let stops = group.example.landmarks.zeroWindow
    evidence.add("client_zero_window_ns", stops.client.time)
    evidence.add("server_zero_window_ns", stops.server.time)
    evidence.add("longest_ns", max(stops.client.longest, stops.server.longest))
    return evidence
  }
}
