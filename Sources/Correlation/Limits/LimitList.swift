import TCPModel

/// The intervals of one sender, for a connection that is shown in detail.
struct LimitList {
  /// More than this are only counted.
  static let most = 4096

  private(set) var intervals: [LimitInterval] = []
  /// The round of each interval of the congestion window's, marked that of the application's that
  /// acknowledgments ended and that of the receiver's window; 0 for others.
  private var rounds: [UInt32] = []
  private static let released: UInt32 = 1 << 31
  private static let window: UInt32 = 1 << 30
  private static let marks = released | window
  private(set) var omitted = 0
  private var firstOpen = 0

  mutating func add(_ interval: LimitInterval, round: UInt32, isReleased: Bool = false) {
    let round =
      switch interval.limit {
      case .congestionWindow: round
      case .receiverWindow where round > 0: round | LimitList.window
      default: isReleased ? round | LimitList.released : UInt32(0)
      }
    if let last = intervals.indices.last, omitted == 0, intervals[last].limit == interval.limit,
      rounds[last] == round, intervals[last].end == interval.start
    {
      intervals[last].duration &+= interval.duration
      intervals[last].lastFrame = interval.lastFrame
      return
    }
    if intervals.count >= LimitList.most { mergeAll() }
    if intervals.count >= LimitList.most {
      omitted += 1
      return
    }
    intervals.append(interval)
    rounds.append(round)
  }

  /// The reason of a round's congestion window is known.
  mutating func settle(round: UInt32, as limit: Limit) {
    var index = firstOpen
    while index < intervals.count, rounds[index] & ~LimitList.marks <= round {
      if rounds[index] & ~LimitList.marks == round, round > 0 {
        let isTold =
          switch rounds[index] & LimitList.marks {
          case LimitList.released: limit == .sendBuffer
          case LimitList.window: limit == .bandwidth
          default: true
          }
        if isTold { intervals[index].limit = limit }
        rounds[index] = 0
      }
      index += 1
    }
    firstOpen = index
  }

  /// Gives what is left of one limit another name.
  mutating func rename(_ limit: Limit, to other: Limit) {
    for index in intervals.indices where intervals[index].limit == limit {
      intervals[index].limit = other
    }
  }

  mutating func mergeAll() {
    var count = 0
    for index in intervals.indices {
      if count > 0, intervals[count - 1].limit == intervals[index].limit,
        rounds[count - 1] == rounds[index], intervals[count - 1].end == intervals[index].start
      {
        intervals[count - 1].duration &+= intervals[index].duration
        intervals[count - 1].lastFrame = intervals[index].lastFrame
      } else {
        intervals[count] = intervals[index]
        rounds[count] = rounds[index]
        count += 1
      }
      if index + 1 == firstOpen { firstOpen = count }
    }
    intervals.removeLast(intervals.count - count)
    rounds.removeLast(rounds.count - count)
    firstOpen = min(firstOpen, count)
  }
}
