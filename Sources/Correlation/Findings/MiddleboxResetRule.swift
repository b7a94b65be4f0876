import TCPModel

/// An RST that its end did not send: captures at both ends show that, or it came another way.
enum MiddleboxResetRule: FindingRule {
  static let kind = FindingKind.middleboxReset
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard isForeign(connection) else { return nil }
    let marks = connection.landmarks
    guard connection.outcome == .reset else {
      return marks.rstIsForged && marks.goesOnAfterReset != nil
        ? Sighting(frames: [marks.reset, marks.goesOnAfterReset], severity: .info)
          .telling("ignored") : nil
    }
    guard let path = connection.path, proves(path) else {
      return Sighting(
        frames: [marks.reset, marks.goesOnAfterReset], cost: Sighting.failure
      ).telling(differs(marks) ? "" : "goesOn")
    }
    let frames = Side.allCases.flatMap { path.directions[$0].injectedFrames.map(\.frame) }
    return Sighting(weight: Int64(frames.count), frames: frames, cost: Sighting.failure)
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool { record.pointee.bits.contains(.rstIsForged) }

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
    let side: Wording.Value = marks.resetBy.map { .side($0) } ?? .said("side.peer")
    if group.example.outcome != .reset {
      return group.says("finding.middlebox_reset.ignored", ["side": side])
    }
    if !differs(marks) { return group.says("finding.middlebox_reset.goesOn", ["side": side]) }
    func number(_ value: UInt8?) -> Wording.Value {
      value.map { .digits($0) } ?? .said("number.unknown")
    }
    return group.says(
      "finding.middlebox_reset",
      [
        "side": side, "ttl": number(marks.rstTTL), "usual": number(marks.usualTTL),
      ])
  }

  /// Its time to live shows it.
  private static func differs(_ marks: Landmarks) -> Bool {
    !marks.rstIsForged || marks.rstTTL != marks.usualTTL
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
