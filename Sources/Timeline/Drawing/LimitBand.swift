import Support
import TCPModel

extension Limit {
  /// By whose it is.
  var ink: Ink {
    switch self {
    case .application: .idle
    case .receiverWindow, .zeroWindow, .delayedACK: .receive
    case .nagle, .sendBuffer: .send
    case .congestionWindow, .slowStart, .bandwidth, .drain: .wait
    case .loss, .recovery, .timeout, .tailProbe: .trouble
    case .unknown: .quiet
    }
  }

  /// What tells it from others of the same colour.
  private enum Pattern {
    case whole, dashed, dotted
    /// A program's time.
    case thread
    /// A tint with a rim, and what is in it.
    case rimmed
    case rimmedWhole, rimmedDashed, rimmedDotted
  }

  private var pattern: Pattern {
    switch self {
    case .receiverWindow, .sendBuffer, .congestionWindow: .whole
    case .zeroWindow, .nagle, .bandwidth: .dashed
    case .delayedACK, .slowStart: .dotted
    case .application: .thread
    case .recovery, .drain, .unknown: .rimmed
    case .loss: .rimmedWhole
    case .timeout: .rimmedDashed
    case .tailProbe: .rimmedDotted
    }
  }

  /// A bar in a band, from left to right.
  func bar(from start: Double, to end: Double, y: Double, height: Double) -> Shape {
    bar(Point(start, y), Point(end, y), breadth: height) { breadth, area in
      .rectangle(
        x: start, y: y - breadth / 2, width: end - start, height: breadth, radius: 0, area)
    }
  }

  /// The same from above.
  func bar(x: Double, width: Double, top: Double, bottom: Double) -> Shape {
    let middle = x + width / 2
    return bar(Point(middle, top), Point(middle, bottom), breadth: width) { breadth, area in
      .rectangle(
        x: middle - breadth / 2, y: top, width: breadth, height: bottom - top, radius: 0, area)
    }
  }

  /// - Parameter rectangle: All along it, so broad.
  private func bar(
    _ start: Point, _ end: Point, breadth: Double, _ rectangle: (Double, Area) -> Shape
  ) -> Shape {
    func line(_ width: Double, _ dash: Stroke.Dash) -> Shape {
      .line(start, end, Stroke(ink, width, dash))
    }
    let rim = rectangle(breadth, Area(.tint(ink), Stroke(ink, 1)))
    func rimmed(_ dash: Stroke.Dash) -> Shape {
      .group(ShapeGroup("pattern", [], [rim, line(breadth * 0.4, dash)]))
    }
    return switch pattern {
    case .whole: rectangle(breadth, Area(.solid(ink)))
    case .thread: rectangle(breadth * 0.4, Area(.solid(ink)))
    case .dashed: line(breadth, .dashed)
    case .dotted: line(breadth, .dotted)
    case .rimmed: rim
    case .rimmedWhole: rimmed(.solid)
    case .rimmedDashed: rimmed(.dashed)
    case .rimmedDotted: rimmed(.dotted)
    }
  }
}

/// What held one side of a connection back, in the order of time.
struct LimitBand {
  let side: Side
  private let intervals: [LimitInterval]
  private let times: LimitTimes
  /// What was sent again had arrived.
  private let repeatsInVain: Bool

  /// The least pixels of a bar.
  private static let least = 1.0
  /// What took less than this part of the time is hardly to be seen.
  private static let leastShare: Int64 = 1000

  /// nil where it is not known, or nothing held it back.
  init?(_ connection: Connection, _ side: Side) {
    guard let intervals = connection.limitIntervals?[side], !intervals.isEmpty,
      let limits = connection.summary.limits[side]
    else { return nil }
    self.side = side
    self.intervals = intervals
    times = limits.times
    repeatsInVain = connection.summary.repeatsInVain(side)
  }

  /// Of the side that sent most, where more than its program decided.
  init?(_ connection: Connection) {
    let traffic = connection.summary.traffic
    let side: Side =
      traffic.client.payloadBytes > traffic.server.payloadBytes ? .client : .server
    self.init(connection, side)
    guard !named.isEmpty else { return nil }
  }

  /// Bars along an axis. What is shorter than a pixel is part of its neighbour.
  func bars(
    _ place: (Nanoseconds) -> Double, _ bar: (Limit, Double, Double) -> Shape
  ) -> [Shape] {
    var shapes: [Shape] = []
    var drawn = -Double.infinity
    for interval in intervals {
      let start = max(drawn, place(interval.start))
      let end = place(interval.end)
      guard end - start >= Self.least else { continue }
      drawn = end
      shapes.append(
        .group(
          ShapeGroup(
            "limit",
            [
              .init("name", interval.limit.name), .init("side", side.name),
              .init("start-ns", interval.start), .init("duration-ns", interval.duration),
            ], [bar(interval.limit, start, end)])))
    }
    return shapes
  }

  /// The limits that can be seen, the longest first; none where no more than its program's pauses and what
  /// is under way at the end is known.
  var named: [Limit] {
    let all = Limit.allCases.reduce(0) { $0 &+ times[$1] }
    let found = Limit.allCases.filter { times[$0] > all / Self.leastShare }
      .sorted { times[$0] > times[$1] }
    let isTelling = found.contains { limit in
      switch limit {
      case .application, .drain, .unknown: false
      default: true
      }
    }
    return isTelling ? found : []
  }

  /// A sample of each bar, with its name and time, in lines.
  func legend(
    _ texts: Texts, from left: Double, to right: Double, y: inout Double, pitch: Double
  ) -> [Shape] {
    var shapes: [Shape] = []
    var x = left
    for limit in named {
      let word = Word(
        Story.name(
          of: limit, isNeedless: limit.isRepair && repeatsInVain, sender: side, texts)
          + " " + Quantity.duration(times[limit]), .note, .muted)
      let width = TextMetrics.width(word.text, .note) + 24
      if x > left, x + width > right {
        x = left
        y += pitch
      }
      shapes.append(limit.bar(from: x, to: x + 18, y: y - 4, height: 8))
      shapes.append(.text(TextLine([word], at: Point(x + 24, y))))
      x += width + 18
    }
    y += pitch
    return shapes
  }
}
