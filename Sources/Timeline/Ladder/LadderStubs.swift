import TCPModel

/// Bare ACKs of which only one end is drawn, as short arrows: those that leave or arrive in the middle
/// of a folded run, and those that would cross many others, and steeply.
///
/// What happens inside a run is not resolved, and a run is much lower than its time. Between rows
/// that need room for their words, what takes no longer than anything else falls much deeper.
enum LadderStubs {
  /// Which ends are not drawn, by row.
  typealias Hidden = [Int: LadderRow.End]

  /// More rows away than this a run is not looked for.
  private static let searchDepth = 48
  /// A bare ACK is not drawn steeper than this, in pixels from end to end.
  private static let deepest = 110.0

  static func insideRuns(_ ladder: Ladder) -> Hidden {
    ladder.rows.indices.reduce(into: [:]) { hidden, index in
      guard ladder.rows[index].isQuiet else { return }
      hidden[index] = end(of: index, insideRunOf: ladder.rows)
    }
  }

  static func steep(_ ladder: Ladder, _ heights: [LadderSpacing.Heights]) -> Hidden {
    let toward = ladder.delays.toward
    return ladder.rows.indices.reduce(into: [:]) { hidden, index in
      let (row, height) = (ladder.rows[index], heights[index])
      guard height.arrival - height.departure > deepest, row.isQuiet else { return }
      // The end that is but estimated, or more so.
      hidden[index] = toward[row.from] > toward[row.from.peer] ? .departure : .arrival
    }
  }

  private static func end(of index: Int, insideRunOf rows: [LadderRow]) -> LadderRow.End? {
    let before = rows[max(0, index - searchDepth)..<index].reversed().prefix { !$0.isBand }
    let after = rows[(index + 1)...].prefix(searchDepth).prefix { !$0.isBand }
    for list in [Array(before), Array(after)] {
      for other in list where other.hasData {
        if let end = rows[index].end(within: other) { return end }
      }
    }
    return nil
  }
}

extension LadderRow {
  enum End {
    case departure, arrival
  }

  fileprivate var isQuiet: Bool {
    switch content {
    case .segment(let segment):
      segment.payload == 0 && LadderEntry(.segment(segment)).likeness == .plain
    case .run(let run): run.tally.dataSegments[from] == 0
    case .pause, .omission, .snapshot: false
    }
  }

  fileprivate var hasData: Bool {
    guard case .run(let run) = content else { return false }
    return run.tally.dataSegments[from] > 0
  }

  /// The end of the row that another one's body, which goes the other way, has around it.
  fileprivate func end(within other: LadderRow) -> End? {
    if other.from == from { return nil }
    if other.first.arrival < first.departure, first.departure < other.last.arrival {
      return .departure
    }
    if other.first.departure < last.arrival, last.arrival < other.last.departure {
      return .arrival
    }
    return nil
  }
}
