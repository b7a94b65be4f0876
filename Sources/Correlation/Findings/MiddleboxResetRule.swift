import TCPModel

/// An RST that its end did not send: captures at both ends show that, or its time to live is another one.
enum MiddleboxResetRule: FindingRule {
  static let kind = FindingKind.middleboxReset
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    guard connection.outcome == .reset, isForeign(connection) else { return nil }
    guard let path = connection.path, proves(path) else {
      return Sighting(frame: connection.landmarks.reset)
    }
    let frames = Side.allCases.flatMap { path.directions[$0].injectedFrames.map(\.frame) }
    return Sighting(weight: Int64(frames.count), frames: frames)
  }

  /// Whether the device's work shows: both ends were captured and neither sent what the other received.
  static func proves(_ path: ConnectionPath) -> Bool {
    path.directions.client.injectedResets + path.directions.server.injectedResets > 0
  }

  /// What both ends show stands above what a time to live lets one guess.
  static func isForeign(_ connection: ConnectionSummary) -> Bool {
    guard let path = connection.path else { return isForeign(connection.landmarks) }
    if proves(path) { return true }
    let sent = path.directions.client.sentResets + path.directions.server.sentResets
    return sent == 0 && isForeign(connection.landmarks)
  }

  static func sentence(_ group: FindingGroup) -> String {
    if let path = group.example.path, proves(path) {
      let sides = Side.allCases.filter { path.directions[$0].injectedResets > 0 }
      let names = sides.map(\.name).joined(separator: " and of the ")
      return
        "\(group.capitalised) to \(group.serverName) ended by an RST in the name of the \(names) that "
        + "arrived without having been sent there: a device on the path sent it\(group.worst)."
    }
    let marks = group.example.landmarks
    func number(_ value: UInt8?) -> String { value.map(String.init) ?? "unknown" }
    return "\(group.capitalised) to \(group.serverName) ended by an RST in the name of the "
      + "\(marks.resetBy?.name ?? "peer") whose time to live is \(number(marks.resetTTL)) instead of "
      + "\(number(marks.usualTTL)): a device on the path sent it\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addReset(group.example.landmarks)
    if let path = group.example.path {
      evidence.add("injected_from_client", path.directions.client.injectedResets)
      evidence.add("injected_from_server", path.directions.server.injectedResets)
    }
    return evidence
  }

  /// An RST whose time to live is far from that of its side's other segments took another way:
  /// a router on the path made it. Hosts count the same hops each time, give or take a few.
  static func isForeign(_ marks: Landmarks) -> Bool {
    guard let reset = marks.resetTTL, let usual = marks.usualTTL, reset != 0, usual != 0 else {
      return false
    }
    return abs(Int(reset) - Int(usual)) > 3
  }
}
