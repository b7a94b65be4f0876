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
    let idle = summary.idleTime
    var others = blame
    others.client &-= idle.client
    others.unknown &-= idle.unknown
    return texts(
      "blame",
      [
        "time": Quantity.duration(summary.duration),
        "shares": Self.shares(others, idle: idle.client &+ idle.unknown, texts),
      ])
  }

  /// What a limit is called; repairs of what had arrived by their own name.
  func name(_ limit: Limit, of side: Side) -> String {
    texts(limit, isNeedless: summary.isNeedless(limit, of: side))
  }

  /// Whose it is that this limit holds a sender back.
  private func owner(_ limit: Limit, of side: Side) -> String {
    switch limit.owner {
    case .program: texts("owner.program", ["side": texts(side)])
    case .sender: texts("owner.host", ["side": texts(side)])
    case .receiver: texts("owner.host", ["side": texts(side.peer)])
    case .path: texts("owner.network")
    case .nobody: texts("owner.unknown")
    }
  }

  private func waits(_ side: Side) -> String {
    texts("owner.waits", ["side": texts(side.peer)])
  }

  /// Whose it is that a sender was held back for that time: of a program with nothing to send, whose turn it was.
  func owner(_ span: LimitInterval, of side: Side, _ phases: [Phase]) -> String {
    guard span.limit == .application else { return owner(span.limit, of: side) }
    var turn = PerSide<Nanoseconds>(both: 0)
    var idle: Nanoseconds = 0
    for phase in phases {
      let end = min(span.end, phase.start &+ phase.duration)
      let time = max(0, end &- max(span.start, phase.start))
      switch phase.name {
      case .send: turn.client &+= time
      case .wait, .receive: turn.server &+= time
      case .idle: if side == .client { idle &+= time } else { turn.client &+= time }
      case .handshake, .tls, .teardown, .timeWait, .stalled: break
      }
    }
    let quiet = summary.quiet(side)
    if idle > max(turn.client, turn.server) { return texts("owner.idle") }
    // Whose turn it was may have been under way.
    let isOwn = turn[side] > turn[side.peer] || turn.client == 0 && turn.server == 0
    let isNoticeable =
      quiet.program >= span.duration / 2 || quiet.program >= quiet.waiting / 10
    return isOwn && isNoticeable
      ? owner(.application, of: side) : waits(side)
  }

  /// What held a sender back for how long, and whose that was.
  struct Held {
    var sender: Side
    var by: String
    var time: Nanoseconds
    var owner: String
  }

  /// Of each end that sent something the longest ones, from a hundredth of the whole on; the end first that sent
  /// most.
  var held: [Held] {
    let traffic = summary.traffic
    let most: Side = traffic.client.payloadBytes >= traffic.server.payloadBytes ? .client : .server
    return [most, most.peer].flatMap { side -> [Held] in
      guard traffic[side].payloadBytes > 0, let times = summary.limits[side]?.times else {
        return []
      }
      var held = Limit.allCases.filter { $0 != .application }.map { limit in
        Held(
          sender: side, by: name(limit, of: side), time: times[limit], owner: owner(limit, of: side)
        )
      }
      let quiet = summary.quiet(side)
      for (time, owner) in [
        (quiet.program, owner(.application, of: side)), (quiet.waiting, waits(side)),
        (quiet.idle, texts("owner.idle")),
      ] {
        held.append(Held(sender: side, by: texts(Limit.application), time: time, owner: owner))
      }
      return Array(
        held.filter { $0.time > 0 && $0.time >= summary.duration / 100 }
          .sorted { $0.time > $1.time }.prefix(Self.heldOfSide))
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
  ///
  /// - Parameter idle: In which nobody waited; not among the blame.
  static func shares(
    _ blame: Blame, idle: Nanoseconds = 0, _ texts: Texts, most: Int = .max
  ) -> String {
    let total = blame.total &+ idle
    var times = Blame.Party.allCases.map { ("party." + $0.rawValue, blame[$0]) }
    if idle > 0 { times.append(("party.idle", idle)) }
    return times.sorted { $0.1 > $1.1 }.prefix(most).compactMap { party, time in
      let share = total > 0 ? (Double(time) / Double(total) * 100).rounded() : 0
      return share >= 1 && share <= 100
        ? texts("blame.share", ["party": texts(party), "percent": String(Int(share))]) : nil
    }.joined(separator: ", ")
  }
}
