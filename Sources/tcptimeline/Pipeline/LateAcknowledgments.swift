import TCPModel

extension Connection {
  /// Puts what its sums say of late acknowledgments where the receiver's capture shows them, among what the
  /// sender's capture tells.
  ///
  /// - Parameter near: What the receiver's capture tells alone.
  mutating func tellLateAcknowledgments(of side: Side, _ near: [LimitInterval]) {
    guard let limits = summary.limits[side], let told = limitIntervals?[side] else { return }
    let known = told.reduce(0) { $1.limit == .delayedACK ? $0 &+ $1.duration : $0 }
    // By the receiver's capture a sender's time is later by the way.
    let way = (limits.leastRoundTrip ?? 0) / 2
    let late = near.filter { $0.limit == .delayedACK }.map { interval in
      var interval = interval
      interval.start &-= way
      return interval
    }
    limitIntervals?[side] = told.naming(late, upTo: limits.times[.delayedACK] &- known)
  }
}

extension [LimitInterval] {
  /// Those in which a congestion window seemed full, with the parts in which the acknowledgment was late, for so
  /// long in all.
  fileprivate func naming(_ late: [LimitInterval], upTo most: Nanoseconds) -> [LimitInterval] {
    guard most > 0 else { return self }
    var rest = most
    var told: [LimitInterval] = []
    var next = 0
    for interval in self {
      var open = interval
      while next < late.count, late[next].end <= open.start { next += 1 }
      while interval.limit == .congestionWindow, next < late.count, late[next].start < open.end {
        let start = Swift.max(open.start, late[next].start)
        let end = Swift.min(open.end, late[next].end, start &+ rest)
        if end > start {
          told += [open.part(to: start), open.part(.delayedACK, from: start, to: end)]
          open = open.part(from: end)
          rest &-= end &- start
        }
        if late[next].end > open.end { break }
        next += 1
      }
      told.append(open)
    }
    // Clocks differ: what is left follows on these.
    for index in told.indices.dropFirst() where told[index].limit == .congestionWindow {
      guard rest > 0, told[index - 1].limit == .delayedACK else { continue }
      let more = Swift.min(rest, told[index].duration)
      told[index - 1].duration &+= more
      told[index] = told[index].part(from: told[index].start &+ more)
      rest &-= more
    }
    return told.filter { $0.duration > 0 }
  }
}

extension LimitInterval {
  fileprivate func part(
    _ limit: Limit? = nil, from start: Nanoseconds? = nil, to end: Nanoseconds? = nil
  ) -> LimitInterval {
    let (from, to) = (start ?? self.start, end ?? self.end)
    return LimitInterval(
      limit ?? self.limit, start: from, duration: to &- from, firstFrame: firstFrame,
      lastFrame: lastFrame)
  }
}
