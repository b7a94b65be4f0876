import Support
import TCPModel

extension Limit {
  /// By whose it is.
  var ink: Ink {
    switch self {
    case .application: .idle
    case .receiverWindow, .zeroWindow, .delayedACK: .receive
    case .nagle, .sendBuffer: .send
    case .congestionWindow, .slowStart, .bandwidth: .wait
    case .loss, .recovery, .timeout, .tailProbe: .trouble
    case .drain, .unknown: .quiet
    }
  }

  /// A program's time is a thread, what a repair takes has a rim: colour is not the only sign.
  var area: Area {
    switch self {
    case .loss, .recovery, .timeout, .tailProbe, .unknown, .drain: Area(.tint(ink), Stroke(ink, 1))
    default: Area(.solid(ink))
    }
  }

  /// How much of a band's breadth it takes.
  private var breadth: Double { self == .application ? 0.4 : 1 }

  /// A bar in a band, from left to right.
  func bar(from start: Double, to end: Double, y: Double, height: Double) -> Shape {
    let height = height * breadth
    return .rectangle(
      x: start, y: y - height / 2, width: end - start, height: height, radius: 0, area)
  }

  /// The same from above.
  func bar(x: Double, width: Double, top: Double, bottom: Double) -> Shape {
    let width = width * breadth
    return .rectangle(
      x: x, y: top, width: width, height: bottom - top, radius: 0, area)
  }
}

/// What held one side of a connection back, in the order of time.
struct LimitBand {
  let side: Side
  private let intervals: [LimitInterval]
  private let times: LimitTimes

  /// The least pixels of a bar.
  private static let least = 1.0
  /// So many are named.
  private static let most = 5

  /// nil where it is not known, or nothing held it back.
  init?(_ connection: Connection, _ side: Side) {
    guard let intervals = connection.limitIntervals?[side], !intervals.isEmpty,
      let limits = connection.summary.limits[side]
    else { return nil }
    self.side = side
    self.intervals = intervals
    times = limits.times
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

  /// The limits that took most of the time, what is under way at the end and less than a hundredth left out.
  var named: [Limit] {
    let least = times.total / 100
    let found = Limit.allCases.filter { $0 != .drain && times[$0] > least }
      .sorted { times[$0] > times[$1] }.prefix(Self.most)
    return found.contains { $0 != .application && $0 != .unknown } ? Array(found) : []
  }

  /// A sample of each bar, with its name and time, in lines.
  func legend(
    _ texts: Texts, from left: Double, to right: Double, y: inout Double, pitch: Double
  ) -> [Shape] {
    var shapes: [Shape] = []
    var x = left
    for limit in named {
      let word = Word(
        Story.name(of: limit, sender: side, texts) + " " + Quantity.duration(times[limit]), .note,
        .muted)
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
