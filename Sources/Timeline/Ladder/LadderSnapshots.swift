import Support
import TCPModel

extension Ladder {
  /// Puts what the kernels said between the rows: on its own lifeline a mark stands where its time
  /// does. It gives the number of marks that are left out.
  static func insertMarks(
    _ connection: Connection, _ options: DiagramOptions, longestGap: Nanoseconds,
    into rows: inout [LadderRow]
  ) -> Int {
    let all = SnapshotMark.marks(of: connection)
    if all.isEmpty || rows.isEmpty { return 0 }
    var marks = all
    if options.scale == .time {
      // Drawn to scale, a mark a minute behind the end would leave a pixel for the rest.
      marks.removeAll { $0.at < 0 || $0.at > connection.summary.duration }
    }
    if !options.isExpanded {
      marks = SnapshotMark.mostTelling(marks, limit: max(4, options.maxRows / 5))
    }
    var next = 0
    for mark in marks {
      while next < rows.count, rows[next].isPassed(mark) { next += 1 }
      insert(mark, at: &next, longestGap: options.scale == .time ? .max : longestGap, &rows)
    }
    return all.count - marks.count
  }

  private static func insert(
    _ mark: SnapshotMark, at place: inout Int, longestGap: Nanoseconds, _ rows: inout [LadderRow]
  ) {
    var before = place > 0 ? rows[place - 1].end : mark.at
    if place < rows.count, case .pause = rows[place].content, rows[place].start < mark.at {
      // The mark cuts the silence in two.
      before = rows[place].start
      rows.remove(at: place)
    }
    func pause(_ start: Nanoseconds, _ end: Nanoseconds) -> LadderRow? {
      let silence = end.subtractingReportingOverflow(start)
      guard !silence.overflow, silence.partialValue > longestGap else { return nil }
      return LadderRow(.pause(silence.partialValue), from: mark.side, start: start, end: end)
    }
    let row = LadderRow(.snapshot(mark), from: mark.side, start: mark.at, end: mark.at)
    var inserted = [row]
    if let pause = pause(before, mark.at) { inserted.insert(pause, at: 0) }
    let following = place < rows.count ? rows[place] : nil
    if let following, let pause = pause(mark.at, following.start) {
      if case .pause = following.content {} else { inserted.append(pause) }
    }
    rows.insert(contentsOf: inserted, at: place)
    place += inserted.firstIndex { $0.isMark }.map { $0 + 1 } ?? 0
  }
}

extension LadderRow {
  var isMark: Bool {
    if case .snapshot = content { return true }
    return false
  }

  /// The row has begun, at the mark's end, when the mark is due.
  fileprivate func isPassed(_ mark: SnapshotMark) -> Bool {
    switch content {
    case .segment, .run: (from == mark.side ? first.departure : first.arrival) <= mark.at
    case .pause: end <= mark.at
    case .omission, .snapshot: start <= mark.at
    }
  }
}

// MARK: - Words

extension SnapshotMark {
  private var name: String { state?.name ?? "?" }

  private var sourceNames: String { sources.map(\.rawValue).joined(separator: ", ") }

  /// The figures there are, under the names that `ss` gives them.
  private var figures: [String] {
    func count(_ name: String, _ number: UInt32?) -> String? {
      number.map { "\(name) \(Quantity.count(Int64($0)))" }
    }
    var figures = [
      rtt.map { "rtt \(Quantity.duration($0))" }, count("cwnd", congestionWindow),
      count("retrans", retransmissions), count("Recv-Q", receiveQueue),
      count("Send-Q", sendQueue),
    ].compactMap { $0 }
    if let timer {
      figures.append(
        timer.kind.name + (timer.expires.map { " " + Quantity.duration($0) } ?? ""))
    }
    return figures
  }

  /// One line where there is room for it, else the state over the figures.
  func lines(_ texts: Texts, room: Double) -> [[Word]] {
    if let icmp {
      return TextMetrics.wrapped(texts(icmp.wording), .detail, width: room).map {
        [Word($0, .detail)]
      }
    }
    let head = [
      Word(name, .state), Word(texts("snapshot.kernel"), .detail, .muted, gap: 6),
    ]
    let figures = figures.enumerated().map { index, text in
      Word(text, .detail, .text, gap: index > 0 ? 9 : 0)
    }
    guard let first = figures.first else { return [head] }
    var joined = head + figures
    joined[head.count] = Word(first.text, .detail, .text, gap: 9)
    if TextLine.width(of: joined) <= room { return [joined] }
    return [head, figures]
  }

  /// `client FIN_WAIT_2 at 0.660300 s`.
  func telling(_ texts: Texts) -> String {
    if let icmp { return texts(icmp.wording) }
    return texts(
      "telling.kernel",
      [
        "side": texts("side." + side.name), "state": name,
        "time": Quantity.seconds(at, decimals: 6),
      ])
  }

  /// In languages that draw from text.
  func note(_ texts: Texts) -> String {
    if let icmp { return texts(icmp.wording) }
    return ([name + " " + texts("snapshot.kernel")] + figures).joined(separator: ", ")
  }

  fileprivate func tooltip(_ texts: Texts) -> String {
    if icmp != nil { return telling(texts) }
    let head = "\(telling(texts)) (\(sourceNames))"
    return ([head] + figures).joined(separator: "\n")
  }

  fileprivate var facts: [ShapeGroup.Fact] {
    if let icmp {
      return [.init("side", side.name), .init("frame", icmp.frame), .init("at-ns", at)]
    }
    var facts: [ShapeGroup.Fact] = [
      .init("side", side.name), .init("state", state?.name ?? ""), .init("at-ns", at),
      .init("source", sources.map(\.rawValue).joined(separator: ",")),
    ]
    func add(_ name: String, _ number: (some BinaryInteger)?) {
      if let number { facts.append(.init(name, number)) }
    }
    add("rtt-ns", rtt)
    add("cwnd", congestionWindow)
    add("retrans", retransmissions)
    add("recv-q", receiveQueue)
    add("send-q", sendQueue)
    return facts
  }
}

// MARK: - Geometry

extension LadderColumns {
  /// From a lifeline to the words of a mark beside it.
  static let markIndent = 20.0

  /// Where a mark's words begin, reading away from its lifeline.
  func mark(_ side: Side) -> Double {
    side == .client ? clientLine + Self.markIndent : serverLine - Self.markIndent
  }
}

extension RowPainter {
  /// A diamond on the lifeline, and the words in a box beside it.
  func mark(_ mark: SnapshotMark, _ index: Int) -> Shape {
    let heights = layout.heights[index]
    let y = (heights.departure + heights.lastDeparture) / 2
    let x = layout.columns.line(mark.side)
    let inward = mark.side == .client ? 1.0 : -1.0
    let lines = layout.labels[index].lines
    var shapes: [Shape] = []
    if let first = lines.first, layout.options.scale != .time {
      let width = lines.reduce(0) { max($0, $1.width) } + 14
      let height = Double(lines.count) * 13 + 5
      let left = mark.side == .client ? first.at.x - 7 : first.at.x + 7 - width
      let edge = mark.side == .client ? left : left + width
      shapes = [
        .line(Point(x, y), Point(edge, y), Stroke(.muted, 1)),
        .rectangle(
          x: left, y: y - height / 2, width: width, height: height, radius: 4,
          Area(.tint(.quiet), Stroke(.faint, 1))),
      ]
    }
    let half = 4.6
    shapes.append(
      .polygon(
        [
          Point(x, y - half), Point(x + inward * half, y), Point(x, y + half),
          Point(x - inward * half, y),
        ], Area(.solid(.paper), Stroke(mark.icmp == nil ? .text : .trouble, 1.4))))
    shapes += lines.map(Shape.text)
    return .group(
      ShapeGroup(
        mark.icmp == nil ? "snapshot" : "icmp", mark.facts, tooltip: mark.tooltip(layout.texts),
        shapes))
  }
}
