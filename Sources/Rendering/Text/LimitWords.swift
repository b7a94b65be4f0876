import Support
import TCPModel
import Timeline

/// What limited a connection, and whose side took its time, as lines of text.
struct LimitWords {
  let summary: ConnectionSummary
  private let texts: Texts

  init(_ summary: ConnectionSummary, _ texts: Texts) {
    self.summary = summary
    self.texts = texts
  }

  /// `Limited by the client's window for 4.1 s of 4.3 s.`
  var limit: String? {
    Story.limit(summary, texts).map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
  }

  /// `Of 4.3 s: client 87 %, network 13 %.`
  var blame: String? {
    guard let blame = summary.blame, summary.duration >= Self.worthTelling else { return nil }
    return texts(
      "blame",
      ["time": Quantity.duration(summary.duration), "shares": Self.shares(blame, texts)])
  }

  /// Whose it is that this limit holds a sender back.
  func owner(_ limit: Limit, of side: Side) -> String {
    if limit == .application, summary.isOnlyWaiting(side) {
      return texts("owner.waits", ["side": texts(side.peer)])
    }
    return switch limit.owner {
    case .program: texts("owner.program", ["side": texts(side)])
    case .sender: texts("owner.host", ["side": texts(side)])
    case .receiver: texts("owner.host", ["side": texts(side.peer)])
    case .path: texts("owner.network")
    case .nobody: texts("owner.unknown")
    }
  }

  /// What held a sender back for how long, and whose that was.
  struct Held {
    var sender: Side
    var limit: Limit
    var time: Nanoseconds
    var owner: String
  }

  /// Of each end that sent something the longest ones, from a hundredth of the whole on.
  var held: [Held] {
    Side.allCases.flatMap { side -> [Held] in
      guard summary.traffic[side].payloadBytes > 0, let times = summary.limits[side]?.times else {
        return []
      }
      return Limit.allCases.filter { times[$0] > 0 && times[$0] >= summary.duration / 100 }
        .sorted { times[$0] > times[$1] }.prefix(Self.heldOfSide)
        .map { Held(sender: side, limit: $0, time: times[$0], owner: owner($0, of: side)) }
    }
  }

  private static let heldOfSide = 5

  static let worthTelling: Nanoseconds = 100_000_000

  /// `Their time, 25.3 s in all: network 62 %, server 30 %, client 8 %`; nil where none sent anything.
  static func time(of summary: TraceSummary, _ texts: Texts) -> String? {
    let total = summary.blame.total
    guard summary.connections > 1, total >= worthTelling else { return nil }
    return texts(
      "blame.all",
      ["time": Quantity.duration(total), "shares": shares(summary.blame, texts)])
  }

  /// `The client's kernel counts 4.12 s busy, 3.90 s of them held back by the peer's window.`
  func kernel(_ side: Side) -> String? {
    guard let kernel = summary.limits[side]?.kernel else { return nil }
    let key =
      switch (kernel.receiverWindow > 0, kernel.sendBuffer > 0) {
      case (false, false): "kernel.busy"
      case (true, false): "kernel.busyWindow"
      case (false, true): "kernel.busyBuffer"
      case (true, true): "kernel.busyBoth"
      }
    return texts(
      key,
      [
        "side": texts(side), "time": Quantity.duration(kernel.busy), "peer": texts(side.peer),
        "window": Quantity.duration(kernel.receiverWindow),
        "buffer": Quantity.duration(kernel.sendBuffer),
      ])
  }

  /// `client 87 %, network 13 %`, the largest first.
  static func shares(
    _ blame: Blame, _ texts: Texts, most: Int = Blame.Party.allCases.count
  ) -> String {
    let total = blame.total
    let parties = Blame.Party.allCases.sorted { blame[$0] > blame[$1] }
    return parties.prefix(most).compactMap { party in
      let share = total > 0 ? (Double(blame[party]) / Double(total) * 100).rounded() : 0
      return share >= 1 && share <= 100
        ? texts(
          "blame.share",
          ["party": texts("party." + party.rawValue), "percent": String(Int(share))]) : nil
    }.joined(separator: ", ")
  }
}
