import TCPModel

/// Finds a height for both ends of every row.
///
/// Each lifeline is a list of instants (departures and arrivals) in the order of their times, and
/// stays in that order: nothing is drawn before what caused it. Between neighbours there is at
/// least the room their words need and, on the hybrid scale, room in proportion to the time.
struct LadderSpacing {
  /// Heights of a row's ends: of its first and last segment. A band has the same on both sides.
  struct Heights {
    var departure = 0.0
    var arrival = 0.0
    var lastDeparture = 0.0
    var lastArrival = 0.0
    /// The part of its way that is drawn, as shares from the sender's side.
    var shown = 0.0...1.0

    var isShort: Bool { shown != 0...1 }
    var top: Double { min(departure, arrival) }
    var bottom: Double { max(lastDeparture, lastArrival) }
  }

  /// What a row asks for.
  struct Need {
    /// Lines of words under its arrow.
    var linesBelow = 0
    /// Height of a folded run's body, or of a band.
    var body = 0.0
    /// A body grows with its time, up to here.
    var highestBody = 52.0
    /// More room above it, found necessary by looking at the words.
    var extra = 0.0
    /// The part of its way that is drawn.
    var shown = 0.0...1.0
  }

  let rows: [LadderRow]
  let scale: DiagramOptions.Scale
  let delays: PathDelays

  /// Pixels by which an arrow falls when a way takes its usual time.
  private static let fall = 22.0
  /// Between rows of one direction: a label above the lower arrow.
  private static let sameWay = 23.0
  /// Between an arrival and the departure after it.
  private static let turn = 16.0
  private static let lineBelow = 13.0
  /// A departure moves no further down than this for the sake of its arrow.
  private static let longestWait = 44.0
  /// Where the departure is but estimated.
  private static let longestEstimatedWait = 440.0
  /// Room for the first label under a band.
  private static let afterBand = 20.0
  private static let betweenMarks = 9.0

  fileprivate struct ArrowEnd {
    var row: Int
    var lane: Side
    var time: Nanoseconds
    var isArrival: Bool
    var isLast: Bool
  }

  /// Heights in pixels below `top`.
  func heights(_ needs: [Need], top: Double) -> [Heights] {
    switch scale {
    case .hybrid, .event: spaced(needs, top: top)
    case .time: proportional(needs, top: top)
    }
  }

  // MARK: Hybrid and event

  private func spaced(_ needs: [Need], top: Double) -> [Heights] {
    var heights = Array(repeating: Heights(), count: rows.count)
    var y = top
    var start = 0
    // Bands cut the ladder into blocks that do not touch each other.
    while start < rows.count {
      if rows[start].isBand {
        heights[start] = Heights(
          departure: y, arrival: y, lastDeparture: y + needs[start].body,
          lastArrival: y + needs[start].body)
        let isAmongMarks = rows[start].isMark && start + 1 < rows.count && rows[start + 1].isBand
        y += needs[start].body + (isAmongMarks ? Self.betweenMarks : Self.afterBand)
        start += 1
        continue
      }
      let end = rows[start...].firstIndex(where: \.isBand) ?? rows.count
      place(start..<end, needs, top: y, &heights)
      for row in start..<end {
        let middle = (heights[row].lastDeparture + heights[row].lastArrival) / 2
        let words = middle + Double(needs[row].linesBelow) * Self.lineBelow
        y = max(y, heights[row].bottom, words)
      }
      y += Self.turn
      start = end
    }
    return heights
  }

  private func place(
    _ block: Range<Int>, _ needs: [Need], top: Double, _ heights: inout [Heights]
  ) {
    let instants = block.flatMap { ends(of: $0) }
      .filter { needs[$0.row].shows($0) }.sorted { left, right in
        if left.time != right.time { return left.time < right.time }
        if left.row != right.row { return left.row < right.row }
        return (left.isLast ? 2 : 0) + (left.isArrival ? 1 : 0)
          < (right.isLast ? 2 : 0) + (right.isArrival ? 1 : 0)
      }
    // Forward: every instant as early as its neighbours above allow.
    var previous = PerSide<Int?>(both: nil)
    var placed = Array(repeating: top, count: instants.count)
    for (index, instant) in instants.enumerated() {
      var y = top + (previous[instant.lane] == nil ? needs[instant.row].extra : 0)
      let isLevel = !instant.isArrival && flight(of: instant).isLevel
      for lane in isLevel ? [instant.lane, instant.lane.peer] : [instant.lane] {
        if let above = previous[lane] {
          y = max(y, placed[above] + gap(instants[above], instant, needs))
        }
      }
      if instant.isArrival {
        let row = heights[instant.row]
        y = max(y, (instant.isLast ? row.lastDeparture : row.departure) + fall(of: instant))
      }
      placed[index] = y
      heights[instant.row].set(instant, y)
      previous[instant.lane] = index
    }
    // Backward: departures wait a little, so that arrows fall no more than they must.
    var below = PerSide<Int?>(both: nil)
    for (index, instant) in instants.enumerated().reversed() {
      if !instant.isArrival {
        let row = heights[instant.row]
        let isEstimated = delays.toward[instant.lane] > 0
        var y = min(
          placed[index] + (isEstimated ? Self.longestEstimatedWait : Self.longestWait),
          (instant.isLast ? row.lastArrival : row.arrival) - fall(of: instant))
        if let next = below[instant.lane] {
          y = min(y, placed[next] - gap(instant, instants[next], needs))
        }
        if y > placed[index] {
          placed[index] = y
          heights[instant.row].set(instant, y)
        }
      }
      below[instant.lane] = index
    }
    for row in block { heights[row].complete(needs[row].shown, rows[row], fall) }
  }

  private func ends(of index: Int) -> [ArrowEnd] {
    let row = rows[index]
    var instants = [
      ArrowEnd(
        row: index, lane: row.from, time: row.first.departure, isArrival: false, isLast: false),
      ArrowEnd(
        row: index, lane: row.from.peer, time: row.first.arrival, isArrival: true, isLast: false),
    ]
    if case .run = row.content {
      instants.append(
        ArrowEnd(
          row: index, lane: row.from, time: max(row.last.departure, row.first.departure),
          isArrival: false, isLast: true))
      instants.append(
        ArrowEnd(
          row: index, lane: row.from.peer, time: max(row.last.arrival, row.first.arrival),
          isArrival: true, isLast: true))
    }
    return instants
  }

  private func flight(of instant: ArrowEnd) -> Flight {
    instant.isLast ? rows[instant.row].last : rows[instant.row].first
  }

  private func fall(of instant: ArrowEnd) -> Double { fall(flight(of: instant)) }

  /// A shorter way than usual falls less, but never so little that it seems to take no time.
  private func fall(_ flight: Flight) -> Double {
    let time = flight.arrival.less(flight.departure)
    guard time > 0, delays.total > 0 else { return 0 }
    return max(8, Self.fall * min(1, Double(time) / Double(delays.total)))
  }

  private func gap(_ upper: ArrowEnd, _ lower: ArrowEnd, _ needs: [Need]) -> Double {
    if upper.row == lower.row {
      // The body of a folded run.
      return max(needs[upper.row].body, min(needs[upper.row].highestBody, proportion(upper, lower)))
    }
    let gap: Double
    let below = Double(needs[upper.row].linesBelow) * Self.lineBelow
    if upper.isArrival == lower.isArrival {
      gap = Self.sameWay + below
    } else {
      let slopes = fall(of: upper) + fall(of: lower)
      let drawn = min(needs[upper.row].drawn, needs[lower.row].drawn)
      if drawn < 1 {
        // A short arrow's words lie at its lane. What leaves above it comes toward its other end.
        gap = Self.turn + below + (lower.isArrival ? slopes * drawn : 0)
      } else {
        // Words sit at the middle, where slopes hold the arrows further apart than here.
        gap = max(Self.turn, Self.sameWay + below - slopes / 2)
      }
    }
    return max(gap, proportion(upper, lower)) + needs[lower.row].extra
  }

  /// Room for the time between two instants: in proportion at first, then ever less.
  private func proportion(_ upper: ArrowEnd, _ lower: ArrowEnd) -> Double {
    guard scale == .hybrid else { return 0 }
    let time = Double(max(0, lower.time.less(upper.time)))
    let unit = Double(delays.total > 0 ? delays.total : 10_000_000)
    let share = time / unit
    if share <= 2 { return Self.fall * share }
    // Square roots stay exact on every machine, logarithms do not.
    return min(longestGap, Self.fall * 2 * (share / 2).squareRoot().squareRoot())
  }

  /// Few rows may spread, many stay close.
  private var longestGap: Double {
    max(Self.fall * 2, min(100, 2000 / Double(max(1, rows.count))))
  }

  // MARK: Time

  private func proportional(_ needs: [Need], top: Double) -> [Heights] {
    let ends = rows.flatMap { [$0.first, $0.last] }
    guard let first = ends.map(\.departure).min(), let last = ends.map(\.arrival).max() else {
      return []
    }
    let room = spaced(needs, top: 0).last?.bottom ?? 0
    let height = min(max(room * 1.5, 400), 6000)
    let span = Double(max(1, last.less(first)))
    func y(_ time: Nanoseconds) -> Double { top + Double(time.less(first)) / span * height }
    return rows.map { row in
      Heights(
        departure: y(row.first.departure), arrival: y(row.first.arrival),
        lastDeparture: y(row.last.departure), lastArrival: y(row.last.arrival))
    }
  }
}

extension LadderSpacing.Need {
  /// How much of the way is drawn.
  fileprivate var drawn: Double { shown.upperBound - shown.lowerBound }

  fileprivate func shows(_ instant: LadderSpacing.ArrowEnd) -> Bool {
    instant.isArrival ? shown.upperBound == 1 : shown.lowerBound == 0
  }
}

extension Flight {
  fileprivate var isLevel: Bool { arrival <= departure }
}

extension LadderSpacing.Heights {
  /// An end that is not drawn lies where the usual slope leads to.
  fileprivate mutating func complete(
    _ shown: ClosedRange<Double>, _ row: LadderRow, _ fall: (Flight) -> Double
  ) {
    self.shown = shown
    if shown.lowerBound > 0 {
      departure = arrival - fall(row.first)
      lastDeparture = max(departure, lastArrival - fall(row.last))
    }
    if shown.upperBound < 1 {
      arrival = departure + fall(row.first)
      lastArrival = max(arrival, lastDeparture + fall(row.last))
    }
  }

  fileprivate mutating func set(_ instant: LadderSpacing.ArrowEnd, _ y: Double) {
    switch (instant.isArrival, instant.isLast) {
    case (false, false): departure = y
    case (true, false): arrival = y
    case (false, true): lastDeparture = y
    case (true, true): lastArrival = y
    }
    // A single segment's last instant is its first.
    if !instant.isLast {
      if instant.isArrival {
        lastArrival = max(lastArrival, y)
      } else {
        lastDeparture = max(lastDeparture, y)
      }
    }
  }
}
