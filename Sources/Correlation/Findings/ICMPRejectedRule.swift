import Support
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

  static func sentence(_ group: FindingGroup) -> String {
    guard let icmp = group.icmp else { return "" }
    let target = icmp.destination.address
    let who = icmp.sender == target ? "\(icmp.sender) itself" : "\(icmp.sender), on the path,"
    let loop =
      icmp.kind == .timeExceeded ? "; the packets go round in a loop, or take too many hops" : ""
    return
      "\(group.capitalised) to \(group.serverName): \(who) answered a segment to \(target) with ICMP "
      + "\"\(icmp.name)\"\(loop)."
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
