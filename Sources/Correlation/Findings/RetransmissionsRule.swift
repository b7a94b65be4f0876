import TCPModel

/// A noticeable share of the segments had to be sent again.
enum RetransmissionsRule: FindingRule {
  static let kind = FindingKind.retransmissions
  static let severity = Finding.Severity.warning

  /// Share of a side's segments, in thousandths, and the least number of them.
  static let leastShare: Int64 = 10
  static let leastCount: Int64 = 3

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    if let reporter = reporter(connection) {
      return Sighting(
        weight: Int64(connection.landmarks.reportedHoles[reporter]),
        frame: connection.landmarks.holeReport[reporter]
      ).telling("reported by \(reporter.name)")
    }
    // What a segment sent again costs is not known yet; a round trip at least.
    let trip = max(connection.rtt.client?.mean ?? 0, connection.rtt.server?.mean ?? 0)
    let all = Side.allCases.reduce(0) { $0 + max(0, repeats(connection, $1)) }
    guard
      var sighting = Sighting(
        frames: connection.landmarks.firstRetransmission,
        cost: trip.multipliedReportingOverflow(by: all).partialValue,
        weight: { isMuch(connection, $0) ? repeats(connection, $0) : nil })
    else { return nil }
    if connection.path == nil {
      sighting.frames += sides(connection).compactMap {
        connection.landmarks.duplicateReport[$0.peer]
      }
    }
    return sighting.telling("\(isMuch(connection, .client)) \(isMuch(connection, .server))")
  }

  /// The only side that was captured, where its acknowledgments tell of as many holes as repeats would be much.
  private static func reporter(_ connection: ConnectionSummary) -> Side? {
    guard !connection.isTwoWay, connection.path == nil else { return nil }
    return Side.allCases.first { side in
      let holes = Int64(connection.landmarks.reportedHoles[side])
      let unseen = connection.traffic[side.peer].missingBytes ?? 0
      return holes >= leastCount && holes * 1000 >= unseen / 1460 * leastShare
    }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    if let reporter = reporter(group.example) {
      let holes = Int64(group.example.landmarks.reportedHoles[reporter])
      return group.says(
        "finding.retransmissions.reported",
        [
          "side": .side(reporter), "peer": .side(reporter.peer),
          "count": group.upTo(.count(holes)),
        ])
    }
    let sides = sides(group.example)
    let first = share(group.example, sides[0], ("repeats.first", "repeats.firstOf"))
    let needless = group.count == 1 ? inVain(group.example) : .nothing
    guard sides.count > 1 else {
      return group.says(
        "finding.retransmissions",
        ["side": .side(sides[0]), "first": group.upTo(first), "needless": needless])
    }
    return group.says(
      "finding.retransmissions.both",
      [
        "side": .side(sides[0]), "first": group.upTo(first), "other": .side(sides[1]),
        "second": share(group.example, sides[1], ("repeats.second", "repeats.secondOf")),
        "needless": needless,
      ])
  }

  /// What the capture at the other end, or the receiver, says of the repeats.
  private static func inVain(_ connection: ConnectionSummary) -> Wording.Value {
    let needless = needless(connection)
    return needless == 0
      ? .nothing
      : .said("repeats.needless", ["repeats": .counted("unit.repeats", needless)])
  }

  private static func needless(_ connection: ConnectionSummary) -> Int64 {
    sides(connection).reduce(0) { $0 &+ connection.needlessRepeats(by: $1) }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    if let reporter = reporter(group.example) {
      evidence.add("by", reporter.peer.name)
      evidence.add("reported_holes", Int64(group.example.landmarks.reportedHoles[reporter]))
      return evidence
    }
    let sides = sides(group.example)
    evidence.add("retransmitted_segments", repeats(group.example, sides[0]))
    evidence.add("segments", segments(group.example, sides[0]))
    evidence.add("by", sides[0].name)
    if group.example.path != nil || needless(group.example) > 0 {
      evidence.add("needless", needless(group.example))
    }
    if sides.count > 1 {
      evidence.add("peer_retransmitted_segments", repeats(group.example, sides[1]))
      evidence.add("peer_segments", segments(group.example, sides[1]))
    }
    return evidence
  }

  /// Segments sent again, without those of the handshake and what goes with it.
  private static func repeats(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    let repeats =
      (connection.traffic[side].retransmittedSegments ?? 0) - handshakes(connection, side)
    return side == .client && repeats > 0 && carriesInVain(connection) ? repeats - 1 : repeats
  }

  /// The SYN carried data that the server did not take: it is sent again when the handshake is over, and was not
  /// lost (RFC 7413 4.2.2).
  private static func carriesInVain(_ connection: ConnectionSummary) -> Bool {
    connection.handshake.kind == .threeWay && connection.handshake.syn != nil
      && connection.landmarks.firstPayload.client == connection.handshake.syn
  }

  private static func handshakes(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    let handshake = connection.handshake
    return Int64(side == .client ? handshake.synRetransmissions : handshake.synACKRetransmissions)
  }

  /// What it sent, without those of the handshake that were sent again. What was captured as one counts as the
  /// segments that it became on the wire, as what was sent again does.
  private static func segments(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    let options = connection.handshake.options
    // What neither end told is taken to be as Ethernet has it: a share too small is no alarm.
    let size = Int64(max(1, options[side.peer]?.mss ?? options[side]?.mss ?? 1460))
    let traffic = connection.traffic[side]
    return max(
      traffic.segments, traffic.payloadBytes / size, connection.path?.directions[side].sent ?? 0)
      - handshakes(connection, side)
      - Int64(connection.analysis?[side].duplicateFrames ?? 0)
  }

  private static func isMuch(_ connection: ConnectionSummary, _ side: Side) -> Bool {
    let repeats = repeats(connection, side)
    // A FIN that nobody acknowledges is another trouble than loss, and of who sent no data nothing else is repeated.
    if connection.traffic[side].payloadBytes == 0 { return false }
    if connection.outcome == .halfClosed, connection.traffic[side].fin > repeats { return false }
    // What is sent again and again and never acknowledged tells of an end that is gone, or a path, not of losses.
    let inVain = connection.landmarks.stuck[side]?.repeats ?? 0
    let lost = repeats - (inVain > 1 ? Int64(inVain) : 0)
    return lost >= leastCount && lost * 1000 >= segments(connection, side) * leastShare
  }

  /// Those that sent much again, the one that sent more first.
  private static func sides(_ connection: ConnectionSummary) -> [Side] {
    let serverSentMore = repeats(connection, .client) < repeats(connection, .server)
    return (serverSentMore ? [.server, .client] : [Side.client, .server]).filter {
      isMuch(connection, $0)
    }
  }

  /// `22 of 172 segments (12.8 %)`; one captured segment may have become many on the wire, so their
  /// number is no limit.
  private static func share(
    _ connection: ConnectionSummary, _ side: Side, _ keys: (alone: String, ofAll: String)
  ) -> Wording.Value {
    let all = segments(connection, side)
    let repeats = repeats(connection, side)
    if repeats > all { return .said(keys.alone, ["repeats": .digits(repeats)]) }
    return .said(
      keys.ofAll,
      [
        "repeats": .digits(repeats), "all": .digits(all),
        "percent": .share(repeats, of: all),
      ])
  }
}
