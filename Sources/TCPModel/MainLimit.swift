/// What held back the side of a connection that sent most; of programs, the one that took the time.
public struct MainLimit: BitwiseCopyable, Sendable {
  public var sender: Side
  public var limit: Limit
  public var time: Nanoseconds
  /// It repaired what had arrived.
  public var isNeedless = false
}

extension ConnectionSummary {
  /// What held the side back that sent most; nil where nothing did for long. Time between exchanges is no limit:
  /// nobody waited. A program with nothing to send may only have waited for the other one: then that one is
  /// named, by the time that is its side's.
  public var mainLimit: MainLimit? {
    let sender: Side =
      traffic.client.payloadBytes > traffic.server.payloadBytes ? .client : .server
    guard let limits = limits[sender] else { return nil }
    var main = MainLimit(sender: sender, limit: .unknown, time: 0)
    for side in [sender, sender.peer] {
      let time = min(limits.times[.application], quiet(side).program)
      if time > main.time { main = MainLimit(sender: side, limit: .application, time: time) }
    }
    for limit in Limit.allCases where limit != .application && limit != .drain {
      let time = limits.time(with: limit)
      if time > main.time { main = MainLimit(sender: sender, limit: limit, time: time) }
    }
    let idle = idleTime
    guard main.limit != .unknown, main.time >= MainLimit.least,
      main.time >= (duration &- idle.client &- idle.unknown) / 4, main.time >= duration / 10
    else { return nil }
    main.isNeedless = isNeedless(main.limit, of: sender)
    return main
  }

  /// Of the time between exchanges, in which nobody waited: what `blame` counts as the client's, who spoke
  /// next, and what as nobody's, because it closed then.
  public var idleTime: (client: Nanoseconds, unknown: Nanoseconds) {
    guard let blame, var idle = timings.idle, idle > 0 else { return (0, 0) }
    let said = landmarks.firstPayload
    if let server = said.server, said.client.map({ $0 > server }) ?? true {
      // The client waited for the greeting.
      idle &-= max(0, server &- (handshake.ack ?? 0))
    }
    let unknown = max(0, min(blame.unknown, lastIdle, idle))
    let client = max(0, min(blame.client &- taken(by: .client), idle &- unknown))
    return (client, unknown)
  }

  /// How long nothing was due when it was closed, where all that came before is known.
  private var lastIdle: Nanoseconds {
    let isWhole = Side.allCases.allSatisfy {
      traffic[$0].segments > 0 && traffic[$0].missingBytes ?? 0 == 0
    }
    return isWhole && teardown.start != nil ? landmarks.lastIdle : 0
  }

  /// How long that side's host kept the other one from sending.
  private func taken(by side: Side) -> Nanoseconds {
    guard let limits = limits[side.peer] else { return 0 }
    return Limit.allCases.reduce(0) { $1.owner == .receiver ? $0 &+ limits.times[$1] : $0 }
  }

  /// Whose the time is in which a side had nothing to send.
  public func quiet(_ side: Side) -> QuietTime {
    guard let limits = limits[side] else { return QuietTime() }
    let whole = limits.times[.application]
    guard let blame else { return QuietTime(program: whole) }
    let idle = side == .client ? idleTime : (client: 0, unknown: 0)
    var quiet = QuietTime()
    quiet.idle = min(whole, idle.client &+ idle.unknown)
    quiet.program = max(
      0, min(whole &- quiet.idle, blame[side] &- taken(by: side) &- idle.client))
    quiet.waiting = whole &- quiet.program &- quiet.idle
    return quiet
  }

  /// Most of what that side sent again had arrived, so what held it back repaired nothing: the path delays or
  /// reorders. What is missing to the end was lost, whatever came twice before.
  public func repeatsInVain(_ side: Side) -> Bool {
    needlessRepeats(by: side) * 2 > traffic[side].retransmittedSegments ?? 0
      && landmarks.firstHole[side] == 0
  }

  /// It held that side back for repairs of what had arrived.
  public func isNeedless(_ limit: Limit, of side: Side) -> Bool {
    limit.isRepair && repeatsInVain(side)
  }

  /// Of what a side sent again, that which arrived although the first copy had: as the capture at the other
  /// end shows, else as far as the receiver reports it, or had acknowledged it before.
  public func needlessRepeats(by side: Side) -> Int64 {
    let known = Int64(landmarks.acknowledgedRepeats[side])
    let reported = known + Int64(landmarks.duplicateReports[side.peer])
    return path?.directions[side].needless
      ?? max(known, min(reported, traffic[side].retransmittedSegments ?? 0))
  }
}

/// Whose the time is in which a side had nothing to send.
public struct QuietTime: BitwiseCopyable, Sendable {
  /// It was its program's turn.
  public var program: Nanoseconds = 0
  /// It was the other side's turn, or under way.
  public var waiting: Nanoseconds = 0
  /// Everything had been said, and nothing was asked.
  public var idle: Nanoseconds = 0

  public init() {}

  fileprivate init(program: Nanoseconds) { self.program = program }
}

extension MainLimit {
  /// What is not worth a word.
  fileprivate static let least: Nanoseconds = 100_000_000
}
