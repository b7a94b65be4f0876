import TCPModel

/// Bare ACKs that leave or arrive in the middle of a folded run.
///
/// What happens inside a run is not resolved, and a run is much lower than its time: an ACK drawn
/// from its middle would cross everything on its way, and steeply. Only its other end is drawn.
enum LadderStubs {
  /// More rows away than this a run is not looked for.
  private static let searchDepth = 48

  static func mark(_ rows: inout [LadderRow]) {
    for index in rows.indices where rows[index].isQuiet {
      rows[index].hiddenEnd = hiddenEnd(of: index, rows)
    }
  }

  private static func hiddenEnd(of index: Int, _ rows: [LadderRow]) -> LadderRow.End? {
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
  fileprivate var isQuiet: Bool {
    switch content {
    case .segment(let segment, let remarks):
      segment.payload == 0 && LadderEntry(.segment(segment)).isPlain && remarks.fate == .arrived
        && !remarks.opensWindow
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
