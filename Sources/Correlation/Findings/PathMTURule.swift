import TCPModel

/// A router says by ICMP how large a packet may be.
enum PathMTURule: FindingRule {
  static let kind = FindingKind.pathMTU
  static let severity = Finding.Severity.info
  static let explains: Set<FindingKind> = [.mtuBlackHole, .stalled]

  /// Of the same segment: the first one may have been under way.
  private static let leastRepeats = 2

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let messages = messages(about: connection, context)
    guard let first = messages.first else { return nil }
    // A sender that goes on all the same has not heard of it, or does not listen.
    let isIgnored = Side.allCases.contains {
      guard let stuck = connection.landmarks.stuck[$0] else { return false }
      return stuck.repeats >= leastRepeats && first.frame < stuck.lastFrame
    }
    var sighting = Sighting(
      weight: Int64(messages.count), frame: first.frame, severity: isIgnored ? .error : .info,
      cost: isIgnored ? Sighting.failure : 0)
    sighting.icmp = first
    guard !isIgnored, isRepairOnly(connection, first, messages) else { return sighting }
    sighting.explains = [.retransmissions]
    sighting.frames.append(connection.landmarks.firstRetransmission[sender(first, connection)] ?? 0)
    if let held = held(connection, first) {
      sighting.explains.insert(.limitedByPath)
      sighting.cost = held.time
    }
    return sighting.telling("repeated")
  }

  private static func messages(
    about connection: ConnectionSummary, _ context: FindingContext
  ) -> [ICMPMessage] {
    context.icmp.messages(about: connection).filter { message in
      if case .packetTooBig = message.kind { true } else { false }
    }
  }

  private static func sender(_ icmp: ICMPMessage, _ connection: ConnectionSummary) -> Side {
    icmp.source == connection.client ? .client : .server
  }

  /// Nothing else was sent again than what was refused, in smaller segments: each that a message is about becomes two
  /// at most.
  private static func isRepairOnly(
    _ connection: ConnectionSummary, _ first: ICMPMessage, _ messages: [ICMPMessage]
  ) -> Bool {
    let side = sender(first, connection)
    let count = repeats(connection, side)
    guard let frame = connection.landmarks.firstRetransmission[side] else { return false }
    return frame > first.frame && count > 0 && count <= Int64(messages.count) * 2
      && repeats(connection, side.peer) == 0
  }

  private static func repeats(_ connection: ConnectionSummary, _ side: Side) -> Int64 {
    connection.traffic[side].retransmittedSegments ?? 0
  }

  /// How long the refused segments held their sender back.
  private static func held(_ connection: ConnectionSummary, _ icmp: ICMPMessage) -> HeldTime? {
    guard let held = HeldTime(connection, by: .path), held.side == sender(icmp, connection),
      LimitedByPathRule.isRepair(held)
    else { return nil }
    return held
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let icmp = group.icmp else { return .nothing }
    let target = icmp.destination.address
    let isItself = icmp.sender == target
    let size: Wording.Value
    if case .packetTooBig(let mtu) = icmp.kind, mtu > 0 {
      size =
        isItself
        ? .said("pathMTU.mostItself", ["bytes": .digits(mtu)])
        : .said("pathMTU.most", ["bytes": .digits(mtu), "target": .text(target.description)])
    } else {
      size =
        isItself
        ? .said("pathMTU.lessItself")
        : .said("pathMTU.less", ["target": .text(target.description)])
    }
    let messages = messages(about: group.example, group.context)
    if group.severity == .info, isRepairOnly(group.example, icmp, messages) {
      let side = sender(icmp, group.example)
      let lost: Wording.Value =
        held(group.example, icmp).map { .said("pathMTU.held", ["time": .duration($0.time)]) }
        ?? .nothing
      return group.says(
        "finding.path_mtu.repeated",
        [
          "sender": .text(icmp.sender.description), "size": size, "icmp": .text(icmp.name),
          "side": .side(side), "lost": lost,
          "repeats": group.upTo(.counted("unit.segments", repeats(group.example, side))),
        ])
    }
    return group.says(
      group.severity == .error ? "finding.path_mtu.ignored" : "finding.path_mtu",
      ["sender": .text(icmp.sender.description), "size": size, "icmp": .text(icmp.name)])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("icmp_sender", group.icmp?.sender.description)
    if case .packetTooBig(let mtu) = group.icmp?.kind { evidence.add("mtu", mtu) }
    evidence.add("icmp_frame", group.icmp?.frame)
    return evidence
  }
}
