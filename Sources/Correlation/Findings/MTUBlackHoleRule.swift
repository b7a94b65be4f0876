import TCPModel

/// Small segments arrive, full ones never do, and nothing says why.
enum MTUBlackHoleRule: FindingRule {
  static let kind = FindingKind.mtuBlackHole
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [
    .limitedByPath,
    .stalled, .retransmissions, .reset, .slowResponse, .idlePathDropped, .neverArrived, .halfClosed,
  ]

  static let leastTime: Nanoseconds = 1_000_000_000
  static let leastRepeats = 3
  /// Every path takes this much (RFC 791, RFC 8200), less the headers.
  static let leastLength: Int64 = 400

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    hole(connection, context)?.sighting
  }

  /// Whose segments fall into it; the sighting weighs as much as such a segment is long.
  private static func hole(
    _ connection: ConnectionSummary, _ context: FindingContext
  ) -> (side: Side, sighting: Sighting)? {
    guard connection.isTwoWay, connection.holdsBareACKs else { return nil }
    for side in Side.allCases {
      if let path = connection.path {
        if let sighting = seenAtBothEnds(path.directions[side]) { return (side, sighting) }
        if path.directions[side].hasArrivedWhole { continue }
      }
      if let sighting = seenBySender(connection, side, context)
        ?? seenByReceiver(connection, side, context)
      {
        return (side, sighting)
      }
    }
    return nil
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let (side, sighting) = hole(group.example, group.context) else { return .nothing }
    let small = group.example.landmarks.stuck[side]?.longestArrived ?? 0
    return group.says(
      "finding.mtu_black_hole",
      [
        "side": .side(side), "bytes": group.upTo(.counted("unit.bytes", sighting.weight)),
        "proof": small > 0
          ? .said("finding.mtu_black_hole.arrived", ["bytes": .counted("unit.bytes", small)])
          : .said("finding.mtu_black_hole.smaller"),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let (side, sighting) = hole(group.example, group.context) else { return evidence }
    evidence.add("by", side.name)
    evidence.add("segment_bytes", sighting.weight)
    evidence.add("repeats", group.example.landmarks.stuck[side]?.repeats)
    evidence.add("arrived_bytes", group.example.landmarks.stuck[side]?.longestArrived)
    return evidence
  }

  /// Captured on both sides of the hole: of what was sent again and again, none of it short, nothing arrived,
  /// nothing as long ever did, and shorter segments that were sent later did.
  private static func seenAtBothEnds(_ direction: PathDirection) -> Sighting? {
    let segments = direction.undeliveredSegments
    guard let length = direction.leastUndelivered, length >= leastLength,
      direction.largest.receiver < length, segments.count(where: \.isPassed) > leastRepeats,
      let first = segments.first, let last = segments.last
    else { return nil }
    return Sighting(weight: length, frames: [first.frame, last.frame], cost: Sighting.failure)
  }

  /// Captured on the sender's side of the hole: the same full segment again and again, while the receiver
  /// shows that smaller ones arrive.
  private static func seenBySender(
    _ connection: ConnectionSummary, _ side: Side, _ context: FindingContext
  ) -> Sighting? {
    let marks = connection.landmarks
    guard let stuck = marks.stuck[side], stuck.repeats >= leastRepeats, stuck.length >= leastLength,
      stuck.longestArrived < stuck.length, stuck.until &- stuck.since >= leastTime / 2
    else { return nil }
    let delivered = (connection.traffic[side].uniqueBytes ?? 0) - marks.unacknowledged[side]
    let isNoneDelivered = delivered < stuck.length
    if stuck.longestArrived > 0 {
      // Either no segment of that size can have got through before, or the receiver is alive still.
      guard isNoneDelivered || (marks.lastSegment[side.peer] ?? 0) > stuck.since else {
        return nil
      }
    } else {
      guard isNoneDelivered, isHeard(connection, side, stuck, context) else { return nil }
    }
    return Sighting(
      weight: stuck.length, frames: [stuck.firstFrame, stuck.lastFrame],
      cost: Sighting.failure &+ stuck.until &- stuck.since)
  }

  /// Whether a side's acknowledgments reach its peer, which is there: it said something new while full segments were
  /// sent in vain, and did not have to say it again and again. An RST may come from a host that knows nothing of
  /// the connection.
  private static func isHeard(
    _ connection: ConnectionSummary, _ side: Side, _ stuck: StuckData, _ context: FindingContext
  ) -> Bool {
    let peer = side.peer
    let marks = connection.landmarks
    guard let last = marks.lastSegment[peer], last > stuck.since, marks.resetBy != peer,
      marks.zeroWindow[peer].count == 0, marks.unacknowledged[peer] == 0
    else { return false }
    let openings = peer == .client ? connection.handshake.synRetransmissions : 0
    let repeats = (connection.traffic[peer].retransmittedSegments ?? 0) - Int64(openings)
    // The acknowledgment of its request rode on a full segment, so it asked once more; a small one answered that.
    if repeats == 1, marks.acknowledgedRepeats[peer] == 1, last &- stuck.since >= repeatTime {
      return true
    }
    let close = connection.teardown.initiator == peer ? connection.teardown.start : nil
    let said = [marks.lastPayloadAt, close].compactMap(\.self).filter {
      $0 > stuck.since && $0 <= last
    }
    guard let first = said.min() else { return false }
    if context.time(after: first, of: connection) >= repeatTime { return repeats <= 1 }
    // The capture ends too soon to tell of that; but what it had said before was answered, and nothing from the first
    // full segment on.
    return repeats == 0 && connection.traffic[peer].payloadBytes > 0
      && stuck.length >= fullSegment(connection, from: side) ?? .max
      && marks.unacknowledged[side] >= connection.traffic[side].uniqueBytes ?? .max
  }

  /// In this time what is not acknowledged is sent again twice (RFC 6298 2).
  private static let repeatTime: Nanoseconds = 3_000_000_000

  /// Captured on the receiver's side: a hole of whole full segments that is never filled, and no full segment
  /// at all.
  private static func seenByReceiver(
    _ connection: ConnectionSummary, _ side: Side, _ context: FindingContext
  ) -> Sighting? {
    let marks = connection.landmarks
    guard marks.stuck[side] == nil, marks.firstHole[side] > 0,
      let full = fullSegment(connection, from: side), full >= leastLength,
      marks.firstHole[side] % full == 0,
      let seen = connection.traffic[side].uniqueBytes, seen < full,
      seen > 0 || isAnswering(connection, side), let last = marks.lastSegment[side],
      // It is gone, or lives and goes on without it.
      context.time(after: last, of: connection) >= leastTime
        || last &- marks.lastPayloadAt >= repeatTime
    else { return nil }
    return Sighting(
      weight: full, frames: [marks.lastPayload, connection.lastFrame], cost: Sighting.failure)
  }

  /// It had taken a request, so that what it sent next is no accident of a filter.
  private static func isAnswering(_ connection: ConnectionSummary, _ side: Side) -> Bool {
    connection.traffic[side.peer].payloadBytes > 0
      && connection.landmarks.unacknowledged[side.peer] == 0
  }

  /// What a side sends at most in one segment: the smaller MSS, less the time stamps.
  static func fullSegment(_ connection: ConnectionSummary, from side: Side) -> Int64? {
    let options = connection.handshake.options
    guard let own = options[side], let peer = options[side.peer], let mss = peer.mss else {
      return nil
    }
    let most = min(mss, own.mss ?? mss)
    let full = Int64(most) - (own.timestamps && peer.timestamps ? 12 : 0)
    // Anything may stand in the option.
    return full > 0 ? full : nil
  }
}

extension PathDirection {
  /// Payload of the smallest segment that never arrived.
  fileprivate var leastUndelivered: Int64? { undeliveredSegments.map { Int64($0.payload) }.min() }
}
