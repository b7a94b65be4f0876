import TCPModel

/// Small segments arrive, full ones never do, and nothing says why.
enum MTUBlackHoleRule: FindingRule {
  static let kind = FindingKind.mtuBlackHole
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [
    .limitedByPath,
    .stalled, .retransmissions, .reset, .slowResponse, .idlePathDropped,
  ]

  static let leastTime: Nanoseconds = 1_000_000_000
  static let leastRepeats = 3
  /// Every path takes this much (RFC 791, RFC 8200), less the headers.
  static let leastLength: Int64 = 400

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard connection.isTwoWay else { return nil }
    for side in Side.allCases {
      if let sighting = seenBySender(connection, side) ?? seenByReceiver(connection, side, context)
      {
        return sighting
      }
    }
    return nil
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let (side, length) = hole(group.example)
    let small = group.example.landmarks.stuck[side]?.longestArrived ?? 0
    return group.says(
      "finding.mtu_black_hole",
      [
        "side": .side(side), "bytes": group.upTo(.counted("unit.bytes", length)),
        "proof": small > 0
          ? .said("finding.mtu_black_hole.arrived", ["bytes": .counted("unit.bytes", small)])
          : .said("finding.mtu_black_hole.smaller"),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let (side, length) = hole(group.example)
    evidence.add("by", side.name)
    evidence.add("segment_bytes", length)
    evidence.add("repeats", group.example.landmarks.stuck[side]?.repeats)
    evidence.add("arrived_bytes", group.example.landmarks.stuck[side]?.longestArrived)
    return evidence
  }

  /// Captured on the sender's side of the hole: the same full segment again and again, while the receiver
  /// reports a smaller one sent later.
  private static func seenBySender(_ connection: ConnectionSummary, _ side: Side) -> Sighting? {
    let marks = connection.landmarks
    guard let stuck = marks.stuck[side], stuck.repeats >= leastRepeats, stuck.length >= leastLength,
      stuck.longestArrived > 0 || isFirst(stuck, connection, side),
      stuck.longestArrived < stuck.length, stuck.until &- stuck.since >= leastTime / 2
    else { return nil }
    let delivered = (connection.traffic[side].uniqueBytes ?? 0) - marks.unacknowledged[side]
    // Either no segment of that size can have got through before, or the receiver is alive still.
    guard delivered < stuck.length || (marks.lastSegment[side.peer] ?? 0) > stuck.since else {
      return nil
    }
    return Sighting(
      weight: stuck.length, frames: [stuck.firstFrame, stuck.lastFrame],
      cost: Sighting.failure &+ stuck.until &- stuck.since)
  }

  /// The first segment of all is full, and nothing smaller was sent behind it; but the acknowledgment of what the
  /// other end had sent got there, which never sent that again and says later that it lives and has nothing.
  private static func isFirst(
    _ stuck: StuckData, _ connection: ConnectionSummary, _ side: Side
  ) -> Bool {
    let peer = side.peer
    let marks = connection.landmarks
    return stuck.length >= fullSegment(connection, from: side) ?? .max
      && marks.unacknowledged[side] >= connection.traffic[side].uniqueBytes ?? .max
      && connection.traffic[peer].payloadBytes > 0 && marks.unacknowledged[peer] == 0
      && connection.traffic[peer].retransmittedSegments == 0
      && marks.lastSegment[peer] ?? 0 > stuck.since
  }

  /// Captured on the receiver's side: a hole of whole full segments that is never filled, and no full segment
  /// at all.
  private static func seenByReceiver(
    _ connection: ConnectionSummary, _ side: Side, _ context: FindingContext
  ) -> Sighting? {
    let marks = connection.landmarks
    guard marks.stuck[side] == nil, marks.firstHole[side] > 0,
      let full = fullSegment(connection, from: side), marks.firstHole[side] % full == 0,
      let seen = connection.traffic[side].uniqueBytes, seen < full, seen > 0,
      let last = marks.lastSegment[side], context.time(after: last, of: connection) >= leastTime
    else { return nil }
    return Sighting(
      weight: full, frames: [marks.lastPayload, connection.lastFrame], cost: Sighting.failure)
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

  private static func hole(_ connection: ConnectionSummary) -> (Side, Int64) {
    let marks = connection.landmarks
    for side in Side.allCases {
      if let stuck = marks.stuck[side], stuck.repeats >= leastRepeats {
        return (side, stuck.length)
      }
    }
    let side: Side = marks.firstHole.server > 0 ? .server : .client
    return (side, fullSegment(connection, from: side) ?? 0)
  }
}
