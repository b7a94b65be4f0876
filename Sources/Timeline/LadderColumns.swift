import TCPModel

/// The five columns of a ladder, from left to right: gutter, the client's states, the ladder, the
/// server's states, phases. Everything is aligned to them.
struct LadderColumns {
  static let margin = 24.0
  /// Between a lifeline and the state bar on its outer side.
  static let barGap = 7.0
  static let barWidth = 6.0
  /// Room for phase names and durations.
  private static let phaseWidth = 152.0

  let width: Double
  /// Signs sit in the margin.
  let sign: Double
  /// Right edges of times and steps.
  let time: Double
  let step: Double
  let clientLine: Double
  let serverLine: Double
  let phase: Double
  let right: Double

  init(width: Int, times: Double, steps: Double, stateNames: PerSide<Double>) {
    self.width = Double(min(max(width, 720), 2400))
    sign = Self.margin - 11
    time = Self.margin + times
    step = time + 14 + steps
    let outside = Self.barGap + Self.barWidth + 7
    clientLine = step + 16 + stateNames.client + outside
    right = self.width - Self.margin
    phase = right - Self.phaseWidth
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

  var middle: Double { (clientLine + serverLine) / 2 }
}
