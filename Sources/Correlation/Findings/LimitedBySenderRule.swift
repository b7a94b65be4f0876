import Support
import TCPModel

/// A transfer that the sending host kept slow: by its socket's buffer, or by Nagle's algorithm.
enum LimitedBySenderRule: FindingRule {
  static let kind = FindingKind.limitedBySender
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    HeldTime(connection, by: .sender).map { $0.sighting($0.limits.longestOfSender) }
  }

  static func sentence(_ group: FindingGroup) -> String {
    guard let held = HeldTime(group.example, by: .sender) else { return "" }
    let sender = held.side.name
    let time = held.share(of: group.example)
    let buffer = held.limits.sendBuffer.map { ", \(Quantity.count($0)) bytes," } ?? ""
    let cause =
      if held.longest(of: [.sendBuffer, .nagle]) == .nagle {
        "the \(sender)'s small segments waited for acknowledgments (Nagle's algorithm) for \(time):"
          + " write a message in one call, or set TCP_NODELAY"
      } else {
        "the \(sender)'s send buffer\(buffer) was full for \(time): let its host have more"
          + " (SO_SNDBUF, net.ipv4.tcp_wmem)"
      }
    return "\(group.capitalised) to \(group.serverName): \(cause)\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = HeldTime(group.example, by: .sender) else { return Evidence() }
    var evidence = held.evidence(of: .sender)
    evidence.add("send_buffer_bytes", held.limits.sendBuffer)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
