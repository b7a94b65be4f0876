import TCPModel

/// Turns the times of one point into those of the first one.
public struct PointClock: Sendable {
  /// This clock less the first one at `reference`.
  var offset: Int64 = 0
  /// How much faster it runs, in parts of 1.
  var skew: Double = 0
  /// On the first point's clock.
  var reference: Int64 = 0
  var steps: [Step] = []

  struct Step: Sendable {
    var size: Int64
    /// Of the point whose clock was set.
    var ordinal: Int64
    var place: FramePlace
  }

  public init() {}

  /// - Parameter ordinal: The segment's number among all of its point.
  func time(_ time: Int64, ordinal: Int64) -> Int64 {
    var time = time
    for step in steps where step.ordinal <= ordinal { time &-= step.size }
    return withoutSteps(time)
  }

  private func withoutSteps(_ time: Int64) -> Int64 {
    let rest = time &- offset
    guard skew != 0 else { return rest }
    return rest &- Int64((Double(rest &- reference) * skew / (1 + skew)).rounded())
  }

  /// The same by the segment's place, where its number is not known.
  @inline(__always)
  public func corrected(
    _ time: Timestamp, capture: UInt16, frame: Int64, rank: (UInt16) -> Int
  ) -> Timestamp {
    if steps.isEmpty { return Timestamp(nanoseconds: withoutSteps(time.nanoseconds)) }
    var nanoseconds = time.nanoseconds
    for step in steps {
      let isBehind =
        step.place.capture == capture
        ? frame >= step.place.frame : rank(capture) > rank(step.place.capture)
      if isBehind { nanoseconds &-= step.size }
    }
    return Timestamp(nanoseconds: withoutSteps(nanoseconds))
  }
}
