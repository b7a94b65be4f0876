import TCPModel

/// An end of the connection ended it by an RST.
enum ResetRule: FindingRule {
  static let kind = FindingKind.reset
  static let severity = Finding.Severity.warning

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    guard connection.outcome == .reset, !MiddleboxResetRule.isForeign(connection),
      !SlowResponseRule.hasNoResponse(connection, context)
    else { return nil }
    let harm = harm(connection)
    let isHarmless =
      switch harm {
      case .none, .tooLate, .turnedDown, .forever: true
      case .unanswered, .cutShort, .forgotten, .data: false
      }
    switch harm {
    case .data, .forgotten:
      // Where no acknowledgment was captured, nobody knows; a FIN is one.
      if !connection.holdsBareACKs { return nil }
    case .none, .tooLate, .turnedDown, .forever, .unanswered, .cutShort: break
    }
    // What was outstanding of an end whose segments were not captured, nobody knows.
    guard !isHarmless || harm == .forever || connection.isTwoWay && !marks.opensUnseen else {
      return nil
    }
    return Sighting(
      weight: isHarmless ? 0 : 1, frame: marks.reset, severity: isHarmless ? .info : .warning,
      cost: isHarmless ? 0 : Sighting.failure
    ).telling("\(harm)\(isAfterFIN(connection)) by \(marks.resetBy?.name ?? "")")
  }

  /// The client did not want the SYN/ACK.
  static func isTurnedDown(_ connection: ConnectionSummary) -> Bool {
    connection.handshake.ack == nil && connection.handshake.synACK != nil
      && !connection.landmarks.opensUnseen && connection.outcome == .reset
      && connection.landmarks.resetBy == .client
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let marks = group.example.landmarks
    let what: Wording.Value =
      switch harm(group.example) {
      case .none: .said(isAfterFIN(group.example) ? "reset.afterFIN" : "reset.insteadOfFIN")
      case .tooLate:
        .said(
          isByFirstToClose(group.example) ? "reset.tooLate" : "reset.afterFINOutstanding",
          ["amounts": outstanding(group.example)])
      case .turnedDown: .said("reset.turnedDown")
      case .forever:
        .said(
          "reset.forever",
          [
            "times": .counted("unit.times", group.example.traffic[marks.resetBy ?? .client].rst),
            "time": .duration(group.example.duration),
          ])
      case .unanswered:
        .said(
          "reset.beforeAnswer",
          ["by": .said(marks.resetBy == .server ? "side.server" : "side.otherEnd")])
      case .forgotten: forgotten(marks)
      case .cutShort:
        .said("reset.cutShort", ["bytes": .bytes(marks.acknowledgedByReset.client)])
      case .data: .said("reset.outstanding", ["amounts": outstanding(group.example)])
      }
    return group.says(
      "finding.reset",
      ["by": marks.resetBy.map { .side($0) } ?? .said("side.peer"), "what": what])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.addReset(group.example.landmarks)
    evidence.add("unacknowledged_bytes", Side.allCases.reduce(0) { $0 + lost(group.example, $1) })
    return evidence
  }

  /// More than that is an upload, and no request that waits for an answer.
  private static let longestRequest: Int64 = 65_536

  private enum Harm {
    case none, tooLate, turnedDown, forever, unanswered, forgotten, cutShort, data
  }

  /// So often nobody resets one connection to end it.
  private static let leastForever: Int64 = 10

  /// Nothing else was captured of it.
  private static func isForever(_ connection: ConnectionSummary) -> Bool {
    guard let by = connection.landmarks.resetBy else { return false }
    let traffic = connection.traffic[by]
    return traffic.rst - Int64(connection.analysis?[by].duplicateFrames ?? 0) >= leastForever
      && traffic.rst == traffic.segments && connection.traffic[by.peer].segments == 0
  }

  /// A time-out or two, and a route that changes, take less.
  private static let longSilence: Nanoseconds = 1_000_000_000

  /// What its target had sent again and again was not taken, until a repeat of it was answered by the RST: of a host that
  /// knows the connection no more.
  private static func isForgotten(_ connection: ConnectionSummary) -> Bool {
    let marks = connection.landmarks
    guard let by = marks.resetBy, let stuck = marks.stuck[by.peer], stuck.repeats >= 2,
      stuck.until &- stuck.since >= longSilence, marks.acknowledgedByReset[by.peer] == 0,
      connection.traffic[by].fin == 0, marks.zeroWindow[by].count == 0,
      let trip = connection.handshake.rtt ?? connection.rtt[by.peer]?.min
    else { return false }
    // A program that gives up does so at any time.
    let answer = (connection.teardown.start ?? .max) &- stuck.until
    return answer >= 0 && answer <= trip &* 2
  }

  private static func forgotten(_ marks: Landmarks) -> Wording.Value {
    let target = marks.resetBy?.peer ?? .client
    let stuck = marks.stuck[target]
    return .said(
      "reset.forgotten",
      [
        "side": .side(target), "times": .counted("unit.times", stuck?.repeats ?? 0),
        "time": .duration((stuck?.until ?? 0) &- (stuck?.since ?? 0)),
      ])
  }

  /// Bytes of a side that its peer may not have got: the RST too says what it has.
  private static func lost(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    let marks = connection.landmarks
    return max(0, marks.unacknowledged[side] - marks.acknowledgedByReset[side])
  }

  /// `21 kB of the server`.
  private static func outstanding(_ connection: ConnectionSummary) -> Wording.Value {
    .both(
      Side.allCases.filter { isOutstanding(connection, $0) }.map { side in
        .said("reset.amount", ["bytes": .bytes(lost(connection, side)), "side": .side(side)])
      })
  }

  private static func isOutstanding(_ connection: ConnectionSummary) -> Bool {
    Side.allCases.contains { isOutstanding(connection, $0) }
  }

  private static func isOutstanding(_ connection: ConnectionSummary, _ side: Side) -> Bool {
    guard lost(connection, side) > 0 else { return false }
    if isAfterFIN(connection) { return true }
    // What came only after the RST was not outstanding.
    let reset = connection.teardown.start ?? .max
    return (connection.landmarks.firstPayload[side] ?? .max) < reset
  }

  /// Who had closed got more all the same, and nobody was there to take it.
  private static func isByFirstToClose(_ connection: ConnectionSummary) -> Bool {
    guard let first = connection.teardown.initiator, connection.landmarks.resetBy == first else {
      return false
    }
    return isOutstanding(connection, first.peer) && !isOutstanding(connection, first)
  }

  private static func isAfterFIN(_ connection: ConnectionSummary) -> Bool {
    connection.teardown.landmarks[0] != 0
  }

  /// A browser that leaves resets too; it harms where something was still under way.
  private static func harm(_ connection: ConnectionSummary) -> Harm {
    let marks = connection.landmarks
    if isTurnedDown(connection) { return .turnedDown }
    if isForever(connection) { return .forever }
    if isAfterFIN(connection) { return isOutstanding(connection) ? .tooLate : .none }
    if isForgotten(connection) { return .forgotten }
    if marks.resetBy == .server, let client = marks.firstPayload.client,
      marks.firstPayload.server.map({ $0 < client }) ?? true,
      connection.traffic.client.payloadBytes > 0, connection.traffic.server.payloadBytes == 0,
      marks.unacknowledged.client == 0 || connection.traffic.client.payloadBytes < longestRequest
    {
      return .unanswered
    }
    if isOutstanding(connection) { return .data }
    // To LDAP's last request nobody answers (RFC 4511 4.3).
    let isCutShort =
      marks.resetBy == .server && marks.acknowledgedByReset.client > 0
      && connection.likelyApplication != .ldap
    return isCutShort ? .cutShort : .none
  }
}
