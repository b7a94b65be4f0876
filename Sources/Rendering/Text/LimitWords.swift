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
  static func owner(_ limit: Limit, of side: Side) -> String {
    switch limit.owner {
    case .program: "\(side.name)'s program"
    case .sender: "\(side.name)'s host"
    case .receiver: "\(side.peer.name)'s host"
    case .path: "network"
    case .nobody: "unknown"
    }
  }

  static let worthTelling: Nanoseconds = 100_000_000

  /// `client 87 %, network 13 %`, the largest first.
  static func shares(_ blame: Blame) -> String {
    let total = blame.total
    let parties = Blame.Party.allCases.sorted { blame[$0] > blame[$1] }
    return parties.compactMap { party in
      let share = total > 0 ? (Double(blame[party]) / Double(total) * 100).rounded() : 0
      return share >= 1 && share <= 100 ? "\(party.rawValue) \(Int(share)) %" : nil
    }.joined(separator: ", ")
  }
}
