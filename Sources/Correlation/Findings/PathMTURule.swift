import TCPModel

/// A router says by ICMP how large a packet may be.
enum PathMTURule: FindingRule {
  static let kind = FindingKind.pathMTU
  static let severity = Finding.Severity.info
  static let explains: Set<FindingKind> = [.mtuBlackHole, .stalled]

  /// Of the same segment: the first one may have been under way.
  private static let leastRepeats = 2

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let messages = context.icmp.messages(about: connection).filter { message in
      if case .packetTooBig = message.kind { true } else { false }
    }
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
    return sighting
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
