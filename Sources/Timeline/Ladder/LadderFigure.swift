import TCPModel

/// Draws a placed ladder: each painter takes the layout, and none takes another.
extension LadderLayout {
  public var figure: Figure {
    var shapes: [Shape] = []
    let states = LadderStates(layout: self)
    let end = states.bottom
    let phases = LadderPhases(layout: self, end: end)
    let group = ShapeGroup(
      "connection",
      [
        .init("id", connection.summary.id), .init("outcome", connection.summary.outcome.rawValue),
      ],
      LadderHeading.shapes(self)
        + LadderHeading.lifelines(self, to: end)
        + rowShapes
        + states.shapes
        + (options.hidden.contains(.times) ? [] : LadderGutter(ladder).shapes(self))
        + (options.hidden.contains(.phases) ? [] : phases.shapes + limitShapes))
    shapes.append(.group(group))
    let foot = LadderFoot.shapes(self, top: max(end, phases.bottom) + 22)
    shapes += foot.shapes
    return Figure(
      width: columns.width, height: foot.bottom, title: Story.title(connection, header, options),
      summary: Story.telling(ladder, header, options), shapes: shapes)
  }

  /// What held back the side that sent most, beside the phases.
  private var limitShapes: [Shape] {
    guard let band = LimitBand(connection) else { return [] }
    return band.bars(height(at:)) { limit, top, bottom in
      limit.bar(x: columns.phase - 9, width: 4, top: top, bottom: bottom)
    }
  }

  private var rowShapes: [Shape] {
    var shapes: [Shape] = []
    let painter = RowPainter(layout: self)
    // Broad arrows lie under everything that may cross them.
    let (runs, others) = ladder.rows.indices.reduce(into: ([Int](), [Int]())) { lists, index in
      if case .run = ladder.rows[index].content {
        lists.0.append(index)
      } else {
        lists.1.append(index)
      }
    }
    for index in runs + others { shapes.append(painter.shape(of: index)) }
    return shapes
  }
}
