import Support
import TCPModel

/// The states of both ends: names on the outer sides, and bars that last as long as the states.
struct LadderStates {
  private struct Mark {
    var change: StateChange
    var y: Double
  }

  let layout: LadderLayout
  private let marks: PerSide<[Mark]>
  /// The middles of the names.
  private let middles: PerSide<[Double]>
  /// Where the lifelines end.
  let bottom: Double

  private static let nameHeight = 13.0
  /// Below the last row, for what happens after it without a segment.
  private static let tail = 62.0

  init(layout: LadderLayout) {
    self.layout = layout
    let connection = layout.connection
    let end = layout.bottom
    let hasTail =
      connection.phases.contains { $0.name == .timeWait }
      || Side.allCases.contains { side in
        connection.states[side].contains { $0.isAfter(connection.summary.duration) }
      }
    let least = end + (hasTail ? Self.tail : 24)
    let tailTop = end + 14
    let closing = least - 18
    func marks(_ side: Side) -> [Mark] {
      var y = layout.top
      return connection.states[side].enumerated().map { index, change in
        if index > 0 || change.at ?? 0 > 0 {
          if change.isAfter(connection.summary.duration) {
            y = max(y, change.state == .closed ? closing : tailTop)
          } else {
            y = max(y, layout.height(of: change, side))
          }
        }
        return Mark(change: change, y: min(y, closing))
      }
    }
    func middles(_ marks: [Mark]) -> [Double] {
      Stacking.middles(
        marks.map { Stacking.Item(wanted: $0.y + 7, height: Self.nameHeight) }, top: layout.top)
    }
    self.marks = PerSide(client: marks(.client), server: marks(.server))
    self.middles = PerSide(
      client: middles(self.marks.client), server: middles(self.marks.server))
    let lowest = max(self.middles.client.last ?? 0, self.middles.server.last ?? 0)
    bottom = max(least, lowest + Self.nameHeight / 2)
  }

  /// What the columns must hold.
  static func nameWidths(_ connection: Connection, _ texts: Texts) -> PerSide<Double> {
    func width(_ side: Side) -> Double {
      connection.states[side].reduce(60) { widest, change in
        max(widest, TextMetrics.width(change.label(texts), change.font))
      }
    }
    return PerSide(client: width(.client), server: width(.server))
  }

  var shapes: [Shape] { Side.allCases.flatMap { shapes($0) } }

  private func shapes(_ side: Side) -> [Shape] {
    let marks = self.marks[side]
    let columns = layout.columns
    let middles = self.middles[side]
    return marks.enumerated().map { index, mark in
      let end = index + 1 < marks.count ? marks[index + 1].y : bottom
      let text = layout.clear(
        TextLine(
          [Word(mark.change.label(layout.texts), mark.change.font, .text)],
          at: Point(columns.state(side), middles[index] + 3.6),
          anchor: side == .client ? .end : .start))
      var shapes: [Shape] = []
      if end > mark.y {
        shapes.append(
          .rectangle(
            x: columns.bar(side), y: mark.y, width: LadderColumns.barWidth, height: end - mark.y,
            radius: 2, mark.change.state.area))
      }
      let moved = middles[index] - (mark.y + 7)
      if moved > 4 || moved < -9 {
        // The name had to give way: a hair line leads back to the bar's beginning.
        let outward = side == .client ? -1.0 : 1.0
        let edge = columns.bar(side) + (side == .client ? 0 : LadderColumns.barWidth)
        shapes.append(
          .line(
            Point(edge, mark.y + 1), Point(edge + outward * 6, middles[index]),
            Stroke(.faint, 1)))
      }
      shapes.append(.text(text))
      return .group(
        ShapeGroup(
          "state",
          [
            .init("side", side.name), .init("state", mark.change.state.name),
            .init("basis", mark.change.basis.rawValue),
          ] + (mark.change.at.map { [.init("at-ns", $0)] } ?? []), shapes))
    }
  }
}

extension LadderLayout {
  /// Where an endpoint changes its state: at the segment that shows it, on that endpoint's lifeline.
  fileprivate func height(of change: StateChange, _ side: Side) -> Double {
    for (index, row) in ladder.rows.enumerated() {
      guard case .segment(let segment) = row.content, change.isShown(by: segment) else { continue }
      return row.from == side ? heights[index].departure : heights[index].arrival
    }
    return height(at: change.at ?? 0)
  }
}

extension StateChange {
  /// The segment shows it.
  func isShown(by segment: SegmentDetail) -> Bool {
    frame == segment.frame && isSeenFarOnly == segment.isSeenFarOnly
  }

  func isAfter(_ end: Nanoseconds) -> Bool {
    frame == nil && (at ?? 0) > end
  }

  /// Names that no segment shows stand in parentheses.
  func label(_ texts: Texts) -> String {
    switch basis {
    case .observed, .inferred: state.name
    case .assumed: "(\(state.name))"
    case .snapshot: texts("state.snapshot", ["state": state.name])
    }
  }

  fileprivate var font: Font {
    switch basis {
    case .observed, .snapshot: .state
    case .inferred, .assumed: .stateInferred
    }
  }
}

extension TCPState {
  /// Hollow before and after, light while opening and closing, full while data may flow.
  var area: Area {
    switch self {
    case .closed, .listen: Area(.solid(.paper), Stroke(.muted, 1))
    case .synSent, .synReceived: Area(.tint(.handshake), Stroke(.handshake, 1))
    case .established: Area(.solid(.muted), Stroke(.muted, 1))
    case .finWait1, .finWait2, .closeWait, .closing, .lastACK:
      Area(.tint(.teardown), Stroke(.teardown, 1))
    case .timeWait: Area(.solid(.paper), Stroke(.muted, 1, .dashed))
    }
  }
}
