import Support
import TCPModel

/// The columns of frame numbers, where they are wanted, and times: seconds since the first SYN, and the step since the row above.
struct LadderGutter {
  private struct Entry {
    var row: Int
    var isEnd: Bool
    /// Empty for what is no frame.
    var frame: String
    var time: String
    var step: String
  }

  private static let decimals = 6
  /// Between two base lines.
  private static let pitch = 14.0
  /// A time is not moved further than this from its arrow.
  private static let farthest = 40.0

  private let entries: [Entry]

  init(_ ladder: Ladder) {
    var entries: [Entry] = []
    var previous: Nanoseconds?
    func text(_ time: Nanoseconds) -> (String, String) {
      let step = previous.map { time.less($0) }
      let sign = step.map { $0 < 0 ? "" : "+" } ?? ""
      return (
        Quantity.seconds(time, decimals: Self.decimals), sign + (step.map(Quantity.duration) ?? "")
      )
    }
    for (index, row) in ladder.rows.enumerated() {
      switch row.content {
      case .segment(let segment):
        let (time, step) = text(row.start)
        entries.append(
          Entry(row: index, isEnd: false, frame: segment.number, time: time, step: step))
        previous = row.start
      case .run(let run):
        for (at, frame, isEnd) in [
          (row.start, run.tally.firstFrame, false), (row.end, run.tally.lastFrame, true),
        ] {
          let (time, step) = text(at)
          let number = frame.map { "\($0)" } ?? ""
          entries.append(Entry(row: index, isEnd: isEnd, frame: number, time: time, step: step))
          previous = at
        }
      case .snapshot:
        let time = Quantity.seconds(row.start, decimals: Self.decimals)
        entries.append(Entry(row: index, isEnd: false, frame: "", time: time, step: ""))
      case .pause: break
      case .omission: previous = row.end
      }
    }
    self.entries = entries
  }

  func frameWidth(_ texts: Texts) -> Double {
    entries.reduce(TextMetrics.width(texts("gutter.frame"), .subhead)) {
      max($0, TextMetrics.width($1.frame, .fixed))
    }
  }

  func timeWidth(_ texts: Texts) -> Double {
    entries.reduce(TextMetrics.width(texts("gutter.time"), .subhead)) {
      max($0, TextMetrics.width($1.time, .fixed))
    }
  }

  var stepWidth: Double {
    entries.reduce(44) { max($0, TextMetrics.width($1.step, .fixed)) }
  }

  /// Rows whose time would touch the one above, and the room that is missing.
  func crowded(
    _ heights: [LadderSpacing.Heights], _ ladder: Ladder
  ) -> [(row: Int, missing: Double)] {
    // Between the ends, arrows may cross the capture point's line in another order than their
    // ends have: no room between rows changes that, so the times themselves give way.
    if ladder.delays.vantage == .middle { return [] }
    var rows: [(row: Int, missing: Double)] = []
    var last = -Double.infinity
    for entry in entries {
      let y = height(of: entry, heights, ladder)
      let missing = last + Self.pitch - y
      if missing > 0.01, !entry.isEnd { rows.append((entry.row, missing)) }
      last = max(last, y)
    }
    return rows
  }

  /// The heights of the times, growing; nil for those that find no room.
  func places(
    _ heights: [LadderSpacing.Heights], _ ladder: Ladder, _ scale: DiagramOptions.Scale
  ) -> [Double?] {
    var last = -Double.infinity
    return entries.map { entry in
      let y = height(of: entry, heights, ladder)
      if y - last >= Self.pitch - 0.02 {
        last = y
        return y
      }
      guard ladder.delays.vantage == .middle, scale != .time,
        y - last > -Self.farthest
      else { return nil }
      last += Self.pitch
      return last
    }
  }

  func shapes(_ layout: LadderLayout) -> [Shape] {
    let columns = layout.columns
    var shapes: [Shape] = [
      .text(
        TextLine(
          [Word(layout.texts("gutter.time"), .subhead, .muted)],
          at: Point(columns.time, layout.top - 12), anchor: .end))
    ]
    if columns.hasSteps {
      shapes.append(
        .text(
          TextLine(
            [Word(layout.texts("gutter.step"), .subhead, .muted)],
            at: Point(columns.step, layout.top - 12), anchor: .end)))
    }
    if let frame = columns.frame {
      shapes.append(
        .text(
          TextLine(
            [Word(layout.texts("gutter.frame"), .subhead, .muted)],
            at: Point(frame, layout.top - 12), anchor: .end)))
    }
    let places = places(layout.heights, layout.ladder, layout.options.scale)
    for (entry, place) in zip(entries, places) {
      // On the strict scale times that would touch are left to the tooltips.
      guard let place else { continue }
      let y = place + 4
      let ink: Ink = entry.isEnd ? .muted : .text
      shapes.append(
        .text(
          TextLine(
            [Word(entry.time, .fixed, ink)], at: Point(columns.time, y), anchor: .end)))
      if let frame = columns.frame, !entry.frame.isEmpty {
        shapes.append(
          .text(
            TextLine(
              [Word(entry.frame, .fixed, .muted)], at: Point(frame, y), anchor: .end)))
      }
      if columns.hasSteps, !entry.step.isEmpty {
        shapes.append(
          .text(
            TextLine(
              [Word(entry.step, .fixed, .muted)], at: Point(columns.step, y), anchor: .end)))
      }
    }
    return [.group(ShapeGroup("gutter", [], shapes))]
  }

  private func height(
    of entry: Entry, _ heights: [LadderSpacing.Heights], _ ladder: Ladder
  ) -> Double {
    ladder.anchor(of: entry.row, isEnd: entry.isEnd, heights[entry.row])
  }
}

extension Ladder {
  /// Where the capture point saw a row: on the lifeline it stands at, or between the two.
  func anchor(of index: Int, isEnd: Bool, _ height: LadderSpacing.Heights) -> Double {
    if rows[index].isMark { return (height.departure + height.lastDeparture) / 2 }
    let departure = isEnd ? height.lastDeparture : height.departure
    let arrival = isEnd ? height.lastArrival : height.arrival
    let isFromClient = rows[index].from == .client
    let client = isFromClient ? departure : arrival
    let server = isFromClient ? arrival : departure
    guard delays.isKnown else { return client }
    return client
      + (server - client) * Double(delays.toward.client) / Double(max(1, delays.total))
  }
}

extension SegmentDetail {
  /// Its frame's number; in parentheses where it is of the other point's capture.
  var number: String { isSeenFarOnly ? "(\(frame))" : "\(frame)" }
}
