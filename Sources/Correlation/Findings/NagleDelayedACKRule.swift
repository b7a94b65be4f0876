import TCPModel

/// Nagle's algorithm meets delayed acknowledgments: a message written in pieces waits, with its second piece
/// unsent, for an acknowledgment that the receiver holds back until it has something to say.
enum NagleDelayedACKRule: FindingRule {
  static let kind = FindingKind.nagleDelayedACK
  static let severity = Finding.Severity.warning
  static let explains: Set<FindingKind> = [.limitedBySender, .limitedByReceiver]

  /// One may be chance.
  private static let leastWaits = 2

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let (_, limits) = worst(connection), limits.delayedWaits >= leastWaits else { return nil }
    var sighting = Sighting(
      weight: limits.delayedTime, frame: limits.delayedFrame, cost: limits.delayedTime)
    guard let (_, other) = lesser(connection) else { return sighting }
    sighting.frames.append(other.delayedFrame)
    return sighting.telling("both")
  }

  /// The other side, where it waited, too, and not for little.
  private static func lesser(_ connection: ConnectionSummary) -> (Side, TransferLimits)? {
    guard let (side, most) = worst(connection), let other = connection.limits[side.peer],
      other.delayedWaits >= leastWaits, other.delayedTime >= most.delayedTime / 4
    else { return nil }
    return (side.peer, other)
  }

  private static func worst(_ connection: ConnectionSummary) -> (Side, TransferLimits)? {
    Side.allCases.compactMap { side in connection.limits[side].map { (side, $0) } }
      .max { $0.1.delayedTime < $1.1.delayedTime }
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool { record.pointee.bits.contains(.waitedForDelayedACK) }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let (side, limits) = worst(group.example) else { return .nothing }
    if let (other, less) = lesser(group.example) {
      return group.says(
        "finding.nagle_delayed_ack.both",
        [
          "side": .side(side), "peer": .side(other),
          "times": group.upTo(.counted("unit.times", limits.delayedWaits)),
          "time": .duration(limits.delayedTime),
          "peersTimes": .counted("unit.times", less.delayedWaits),
          "peersTime": .duration(less.delayedTime),
        ])
    }
    return group.says(
      "finding.nagle_delayed_ack",
      [
        "side": .side(side), "peer": .side(side.peer),
        "times": group.upTo(.counted("unit.times", limits.delayedWaits)),
        "time": .duration(limits.delayedTime),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let (side, limits) = worst(group.example) else { return evidence }
    evidence.add("held_back", side.name)
    evidence.add("waits", limits.delayedWaits)
    evidence.add("waited_ns", limits.delayedTime)
    if let (_, less) = lesser(group.example) {
      evidence.add("peer_waits", less.delayedWaits)
      evidence.add("peer_waited_ns", less.delayedTime)
    }
    evidence.add("round_trip_ns", limits.leastRoundTrip)
    return evidence
  }
}
