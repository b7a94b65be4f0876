import Support
import TCPModel
import Timeline

/// What limited a connection, and whose side took its time, as lines of text.
struct LimitWords {
  let summary: ConnectionSummary

  init(_ summary: ConnectionSummary) {
    self.summary = summary
  }

  /// `Limited by the client's window for 4.1 s of 4.3 s.`
  var limit: String? {
    Story.limit(summary, Texts.of(.en)).map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
  }

  /// `Of 4.3 s: client 87 %, network 13 %.`
  var blame: String? {
    guard let blame = summary.blame, summary.duration >= Self.worthTelling else { return nil }
    return "Of \(Quantity.duration(summary.duration)): \(Self.shares(blame))."
  }

  /// Whose it is that this limit holds a sender back.
  func owner(_ limit: Limit, of side: Side) -> String {
    if limit == .application, summary.isOnlyWaiting(side) {
      return "none: waits for the \(side.peer.name)"
    }
    return switch limit.owner {
    case .program: "\(side.name)'s program"
    case .sender: "\(side.name)'s host"
    case .receiver: "\(side.peer.name)'s host"
    case .path: "network"
    case .nobody: "unknown"
    }
  }

  static let worthTelling: Nanoseconds = 100_000_000

  /// `Their time, 25.3 s in all: network 62 %, server 30 %, client 8 %`; nil where none sent anything.
  static func time(of summary: TraceSummary) -> String? {
    let total = summary.blame.total
    guard summary.connections > 1, total >= worthTelling else { return nil }
    return "Their time, \(Quantity.duration(total)) in all: \(shares(summary.blame))"
  }

  /// `The client's kernel counts 4.12 s busy, 3.90 s of them held back by the peer's window.`
  func kernel(_ side: Side) -> String? {
    guard let kernel = summary.limits[side]?.kernel else { return nil }
    var text = "The \(side.name)'s kernel counts \(Quantity.duration(kernel.busy)) busy"
    if kernel.receiverWindow > 0 {
      text +=
        ", \(Quantity.duration(kernel.receiverWindow)) held back by the \(side.peer.name)'s window"
    }
    if kernel.sendBuffer > 0 {
      text += ", \(Quantity.duration(kernel.sendBuffer)) by its own send buffer"
    }
    return text + "."
  }

  /// `client 87 %, network 13 %`, the largest first.
  static func shares(_ blame: Blame, most: Int = Blame.Party.allCases.count) -> String {
    let total = blame.total
    let parties = Blame.Party.allCases.sorted { blame[$0] > blame[$1] }
    return parties.prefix(most).compactMap { party in
      let share = total > 0 ? (Double(blame[party]) / Double(total) * 100).rounded() : 0
      return share >= 1 && share <= 100 ? "\(party.rawValue) \(Int(share)) %" : nil
    }.joined(separator: ", ")
  }
}
