import TCPModel

/// An RST that its end did not send: captures at both ends show that, or it came another way.
enum MiddleboxResetRule: FindingRule {
  static let kind = FindingKind.middleboxReset
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.outcome == .reset, isForeign(connection) else { return nil }
    guard let path = connection.path, proves(path) else {
      return Sighting(frame: connection.landmarks.reset, cost: Sighting.failure)
    }
    let frames = Side.allCases.flatMap { path.directions[$0].injectedFrames.map(\.frame) }
    return Sighting(weight: Int64(frames.count), frames: frames, cost: Sighting.failure)
  }

  /// Whether the device's work shows: both ends were captured and neither sent what the other received.
  static func proves(_ path: ConnectionPath) -> Bool {
    path.directions.client.injectedRSTs + path.directions.server.injectedRSTs > 0
  }

  /// What both ends show stands above what a time to live lets one guess.
  static func isForeign(_ connection: ConnectionSummary) -> Bool {
    guard let path = connection.path else { return connection.landmarks.isRSTForeign }
    if proves(path) { return true }
    let sent = path.directions.client.sentRSTs + path.directions.server.sentRSTs
    return sent == 0 && connection.landmarks.isRSTForeign
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    if let path = group.example.path, proves(path) {
      let sides = Side.allCases.filter { path.directions[$0].injectedRSTs > 0 }
      return group.says(
        "finding.middlebox_reset.injected",
        ["names": sides.count > 1 ? .said("sides.ofBoth") : .side(sides[0])])
    }
    let marks = group.example.landmarks
    func number(_ value: UInt8?) -> Wording.Value {
      value.map { .digits($0) } ?? .said("number.unknown")
    }
    return group.says(
      "finding.middlebox_reset",
      [
        "side": marks.resetBy.map { .side($0) } ?? .said("side.peer"), "ttl": number(marks.rstTTL),
        "usual": number(marks.usualTTL),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addReset(group.example.landmarks)
    if let path = group.example.path {
      evidence.add("injected_from_client", path.directions.client.injectedRSTs)
      evidence.add("injected_from_server", path.directions.server.injectedRSTs)
    }
    return evidence
  }
}
