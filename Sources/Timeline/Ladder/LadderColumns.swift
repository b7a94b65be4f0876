import TCPModel

/// The five columns of a ladder, from left to right: gutter, the client's states, the ladder, the
/// server's states, phases. Everything is aligned to them.
struct LadderColumns {
  static let margin = 24.0
  /// Between a lifeline and the state bar on its outer side.
  static let barGap = 7.0
  static let barWidth = 6.0
  /// Narrower pictures leave the room of the steps, and some of the phases', to the ladder.
  private static let narrow = 800.0

  let width: Double
  /// Signs sit in the margin.
  let sign: Double
  /// Right edges of frame numbers, where they are shown, times and steps.
  let frame: Double?
  let time: Double
  let step: Double
  let hasSteps: Bool
  let clientLine: Double
  let serverLine: Double
  let phase: Double
  let right: Double

  init(
    width: Double, frames: Double? = nil, times: Double, steps: Double,
    stateNames: PerSide<Double>, hidden: Set<DiagramOptions.Part> = []
  ) {
    self.width = width
    let hidesTimes = hidden.contains(.times)
    hasSteps = width >= Self.narrow && !hidesTimes
    sign = Self.margin - 11
    frame = hidesTimes ? nil : frames.map { Self.margin + $0 }
    time = hidesTimes ? Self.margin - 16 : (frame.map { $0 + 12 } ?? Self.margin) + times
    step = hasSteps ? time + 14 + steps : time
    let outside = Self.barGap + Self.barWidth + 7
    clientLine = step + 16 + stateNames.client + outside
    right = self.width - Self.margin
    let phases = width < Self.narrow ? 112.0 : 152
    // The states' names then end at the margin.
    phase = right - (hidden.contains(.phases) ? -16 : phases)
    serverLine = phase - 16 - stateNames.server - outside
  }

  func line(_ side: Side) -> Double { side == .client ? clientLine : serverLine }

  /// The left edge of a side's state bar.
  func bar(_ side: Side) -> Double {
    side == .client
      ? clientLine - Self.barGap - Self.barWidth : serverLine + Self.barGap
  }

  /// Where a side's state names begin, reading away from the bar.
  func state(_ side: Side) -> Double {
    side == .client ? bar(.client) - 7 : bar(.server) + Self.barWidth + 7
  }

  /// Where a share of the way from the client to the server lies.
  func along(_ share: Double) -> Double { clientLine + (serverLine - clientLine) * share }

  var middle: Double { (clientLine + serverLine) / 2 }

  /// The drawn part of the way of a row's first segment.
  func way(_ row: LadderRow, _ height: LadderSpacing.Heights) -> (tail: Point, tip: Point) {
    way(row.from, height.departure, height.arrival, height.shown)
  }

  /// The same for its last segment.
  func lastWay(_ row: LadderRow, _ height: LadderSpacing.Heights) -> (tail: Point, tip: Point) {
    way(row.from, height.lastDeparture, height.lastArrival, height.shown)
  }

  private func way(
    _ side: Side, _ departure: Double, _ arrival: Double, _ shown: ClosedRange<Double>
  ) -> (tail: Point, tip: Point) {
    let (tail, tip) = (Point(line(side), departure), Point(line(side.peer), arrival))
    return (
      shown.lowerBound > 0 ? tail.toward(tip, shown.lowerBound) : tail,
      shown.upperBound < 1 ? tail.toward(tip, shown.upperBound) : tip
    )
  }
}
