import Support
import TCPModel

/// A transfer that its receiver kept slow: by the window it offered, or by acknowledging late.
enum LimitedByReceiverRule: FindingRule {
  static let kind = FindingKind.limitedByReceiver
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    HeldTime(connection, by: .receiver).map { $0.sighting($0.limits.longestOfReceiver) }
  }

  static func sentence(_ group: FindingGroup) -> String {
    guard let held = HeldTime(group.example, by: .receiver) else { return "" }
    let receiver = held.side.peer.name
    let time = held.share(of: group.example)
    let window = held.limits.limitingWindow.map { " of \(Quantity.count($0)) bytes" } ?? ""
    let cause =
      switch held.longest(of: [.receiverWindow, .zeroWindow, .delayedACK]) {
      case .zeroWindow?:
        "the \(receiver)'s program read too slowly (its window closed) for \(time): let it read faster"
      case .delayedACK?:
        "the \(receiver) acknowledged late for \(time)"
      default:
        "the \(receiver)'s receive window\(window) was full for \(time): let its host offer more"
          + " (SO_RCVBUF, net.ipv4.tcp_rmem)"
      }
    return "\(group.capitalised) to \(group.serverName): \(cause)\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    guard let held = HeldTime(group.example, by: .receiver) else { return Evidence() }
    var evidence = held.evidence(of: .receiver)
    evidence.add("window_bytes", held.limits.limitingWindow)
    evidence.add("round_trip_ns", held.limits.leastRoundTrip)
    return evidence
  }
}
