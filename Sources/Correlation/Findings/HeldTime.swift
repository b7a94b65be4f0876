import TCPModel

/// How long limits of one owner held a sender back, where that is what made its transfer slow, and noticeably.
struct HeldTime {
  /// Who was held back.
  var side: Side
  var limits: TransferLimits
  var time: Nanoseconds

  /// Shorter waits are no one's trouble.
  static let least: Nanoseconds = 500_000_000

  /// The side that was held back longest, where that is half of what its transfer took: what its
  /// program kept it waiting does not count.
  init?(_ connection: ConnectionSummary, by owner: Limit.Owner) {
    // Its data may have gone another way meanwhile (RFC 8684).
    if connection.landmarks.isMultipath || !connection.holdsBareACKs { return nil }
    let held = Side.allCases.compactMap { side in
      connection.limits[side].map { HeldTime(side: side, limits: $0, time: $0.time(of: owner)) }
    }
    guard let most = held.max(by: { $0.time < $1.time }), most.time >= HeldTime.least,
      most.time >= most.busy / 2, most.time >= connection.duration / 10
    else { return nil }
    self = most
  }

  private init(side: Side, limits: TransferLimits, time: Nanoseconds) {
    self.side = side
    self.limits = limits
    self.time = time
  }

  /// How long its program kept it supplied.
  private var busy: Nanoseconds { limits.times.total &- limits.times[.application] }

  /// `2.10 s of 3.50 s`, of the connection; where the sender had mostly nothing to send, of the rest.
  func share(of connection: ConnectionSummary) -> Wording.Value {
    let (held, whole) = (Wording.Value.duration(time), Wording.Value.duration(connection.duration))
    guard time < connection.duration / 2 else {
      return .said("held.share", ["held": held, "whole": whole])
    }
    return .said("held.shareOfBusy", ["held": held, "busy": .duration(busy), "whole": whole])
  }

  /// The cause, with its own time where others had a noticeable part.
  func named(_ cause: Wording.Value, for own: Nanoseconds, _ key: String) -> Wording.Value {
    own >= time / 10 * 9 ? cause : .said(key, ["cause": cause, "own": .duration(own)])
  }

  /// - Parameter limit: What the sentence names beside the side.
  func sighting(_ span: LimitInterval?, of limit: Limit) -> Sighting {
    var sighting = Sighting(weight: time, frame: span?.firstFrame)
    if let span, span.lastFrame != span.firstFrame { sighting.frames.append(span.lastFrame) }
    return sighting.telling("\(side.name) \(limit.name)")
  }

  /// The limit of some that held longest, the first one of equals.
  func longest(of limits: [Limit]) -> Limit {
    limits.max { self.limits.times[$0] < self.limits.times[$1] } ?? .unknown
  }

  func evidence(of owner: Limit.Owner) -> Evidence {
    var evidence = Evidence()
    evidence.add("held_back", side.name)
    let own = Limit.allCases.filter { $0.owner == owner && $0 != .drain }
    evidence.add("limit", longest(of: own).name)
    evidence.add("held_ns", time)
    evidence.add("transfer_ns", limits.times.total)
    return evidence
  }

  /// A transfer that went on as long may have been held back.
  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    span >= least && record.pointee.transfer != 0
  }
}

extension TransferLimits {
  fileprivate func time(of owner: Limit.Owner) -> Nanoseconds {
    Limit.allCases.reduce(0) { sum, limit in
      limit.owner == owner && limit != .drain ? sum &+ times[limit] : sum
    }
  }
}
