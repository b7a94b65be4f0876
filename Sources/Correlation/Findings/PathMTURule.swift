import Support
import TCPModel

/// A router says by ICMP how large a packet may be.
enum PathMTURule: FindingRule {
  static let kind = FindingKind.pathMTU
  static let severity = Finding.Severity.info
  static let explains: Set<FindingKind> = [.mtuBlackHole]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let messages = context.icmp.messages(about: connection).filter { message in
      if case .packetTooBig = message.kind { true } else { false }
    }
    guard let first = messages.first else { return nil }
    // A sender that goes on all the same has not heard of it, or does not listen.
    let isIgnored = Side.allCases.contains {
      (connection.landmarks.stuck[$0]?.repeats ?? 0) >= MTUBlackHoleRule.leastRepeats
    }
    var sighting = Sighting(
      weight: Int64(messages.count), frame: first.frame, severity: isIgnored ? .error : .info,
      cost: isIgnored ? Sighting.failure : 0)
    sighting.icmp = first
    return sighting
  }

  static func sentence(_ group: FindingGroup) -> String {
    guard let icmp = group.icmp else { return "" }
    let size =
      if case .packetTooBig(let mtu) = icmp.kind, mtu > 0 {
        "takes packets of at most \(mtu) bytes"
      } else { "takes no packets as large" }
    let ignored =
      group.severity == .error ? "; the sender repeats its large segments all the same" : ""
    let isItself = icmp.sender == icmp.destination.address
    return "\(group.capitalised) to \(group.serverName): \(icmp.sender) \(size)"
      + (isItself ? " itself" : " towards \(icmp.destination.address)")
      + " (ICMP \"\(icmp.name)\")\(ignored)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("icmp_sender", group.icmp?.sender.description)
    if case .packetTooBig(let mtu) = group.icmp?.kind { evidence.add("mtu", mtu) }
    evidence.add("icmp_frame", group.icmp?.frame)
    return evidence
  }
}
