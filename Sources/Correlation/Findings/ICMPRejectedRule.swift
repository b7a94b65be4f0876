import TCPModel

/// A router or the host says by ICMP that segments do not arrive.
enum ICMPRejectedRule: FindingRule {
  static let kind = FindingKind.icmpRejected
  static let severity = Finding.Severity.error
  static let explains: Set<FindingKind> = [.unanswered, .synRetries, .slowHandshake, .stalled]

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let messages = context.icmp.messages(about: connection).filter { message in
      switch message.kind {
      case .unreachable, .timeExceeded: true
      case .packetTooBig: false
      }
    }
    guard let first = messages.first else { return nil }
    // TCP only notes them once a connection is open (RFC 5927 4).
    let isOpen = connection.handshake.ack != nil || connection.handshake.kind == .notCaptured
    var sighting = Sighting(
      weight: Int64(messages.count), frame: first.frame, severity: isOpen ? .warning : .error,
      cost: isOpen ? 0 : Sighting.failure)
    sighting.icmp = first
    return sighting
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let icmp = group.icmp else { return .nothing }
    let target = icmp.destination.address
    let sender = Wording.Value.text(icmp.sender.description)
    return group.says(
      icmp.kind == .timeExceeded ? "finding.icmp_rejected.loop" : "finding.icmp_rejected",
      [
        "who": .said(place(of: icmp), ["address": sender]),
        "target": .text(target.description), "icmp": .text(icmp.name),
      ])
  }

  /// Who speaks: the host that the segment went to, the one that sent it, or one between them.
  private static func place(of icmp: ICMPMessage) -> String {
    switch icmp.sender {
    case icmp.destination.address: "icmp.itself"
    case icmp.source.address: "icmp.own"
    default: "icmp.onPath"
    }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("icmp_sender", group.icmp?.sender.description)
    evidence.add("icmp", group.icmp?.name)
    evidence.add("icmp_code", group.icmp?.code)
    evidence.add("icmp_frame", group.icmp?.frame)
    return evidence
  }
}
