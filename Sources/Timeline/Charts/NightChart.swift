import Support
import TCPModel

/// The sockets of a night by state, over time: a row per state that occurs, each with a scale of
/// its own, because a leak of eighty sockets must not drown in thousands that are well.
public struct NightChart {
  private let instants: [NightInstant]
  private let findings: [Finding]
  private let texts: Texts
  private let clock: WallClock
  private let width: Double
  private let left: Double
  private let right: Double
  private let axis: ClockAxis
  /// The most serious findings in words; a page that has them elsewhere leaves them out.
  private let words: [Shape]
  private let top: Double

  private static let margin = LadderColumns.margin
  private static let nameWidth = 150.0
  private static let numberWidth = 104.0
  private static let head = 58.0
  private static let rowHeight = 42.0
  private static let rowPitch = 62.0

  public init(_ report: NightReport, options: DiagramOptions, tellsFindings: Bool = false) {
    instants = report.instants
    findings = report.findings
    texts = Texts.of(options.language)
    width = options.fittingWidth
    left = Self.margin + Self.nameWidth
    right = width - Self.margin - Self.numberWidth
    let start = report.start ?? Timestamp(nanoseconds: 0)
    clock = options.clock
    axis = ClockAxis(
      start: start, end: report.end ?? start, from: left, to: right, clock: options.clock)
    var y = Self.head + 30
    words =
      tellsFindings
      ? OverviewFindings(report.findings, texts).shapes(&y, width - Self.margin) : []
    top = words.isEmpty ? Self.head + 38 : y + 14
  }

  public var figure: Figure {
    let rows = self.rows
    let bottom = top + Double(rows.count) * Self.rowPitch
    var shapes = heading + words
    shapes += grid(to: bottom - (Self.rowPitch - Self.rowHeight))
    for (index, row) in rows.enumerated() {
      shapes.append(group(row, top: top + Double(index) * Self.rowPitch))
    }
    let foot = bottom + 18
    shapes.append(
      .text(
        TextLine(
          [
            Word(texts("night.scale", ["zone": zone]), .note, .muted)
          ], at: Point(Self.margin, foot))))
    return Figure(
      width: width, height: foot + 20, title: title, summary: summary(rows), shapes: shapes)
  }

  // MARK: What is shown

  private struct Row {
    var name: String
    var ink: Ink
    var values: [Int64]
    /// Kinds of findings about it.
    var kinds: [String]

    var most: Int64 { values.max() ?? 0 }
    var last: Int64 { values.last ?? 0 }
  }

  private var rows: [Row] {
    let all = Row(
      name: texts("night.all"), ink: .quiet, values: instants.map(\.byState.total),
      kinds: kinds { $0 == nil })
    let states: [Row] = StateCounts.order.compactMap { state in
      let values = instants.map { $0.byState[state] }
      guard values.contains(where: { $0 > 0 }) else { return nil }
      return Row(
        name: StateCounts.name(state), ink: state?.ink ?? .quiet, values: values,
        kinds: kinds { $0 == state && $0 != nil })
    }
    return [all] + states
  }

  /// The kinds of findings about states of a kind, each once, in their order.
  private func kinds(_ isWanted: (TCPState?) -> Bool) -> [String] {
    var kinds: [String] = []
    for finding in findings where isWanted(NightChart.state(of: finding.kind)) {
      if !kinds.contains(finding.kind.rawValue) { kinds.append(finding.kind.rawValue) }
    }
    return kinds
  }

  /// The state a finding is about; nil for those about sockets of all states.
  private static func state(of kind: FindingKind) -> TCPState? {
    switch kind {
    case .closeWaitGrowth: .closeWait
    case .timeWaitNearPortRange: .timeWait
    case .synReceivedBacklog: .synReceived
    case .acceptQueueFull, .listenerAppeared, .listenerVanished: .listen
    case .finWait2Stuck: .finWait2
    case .lastACKStuck: .lastACK
    case .sendQueueStuck, .receiveQueueStuck, .retransmissionsRising: .established
    default: nil
    }
  }

  // MARK: Words

  private var title: String {
    guard let first = instants.first, let last = instants.last else { return texts("night.name") }
    return texts(
      "night.title",
      [
        "start": clock.shown(first.time).dateAndTime(), "end": clock.shown(last.time).dateAndTime(),
        "zone": zone,
      ])
  }

  private var zone: String { clock.zones(instants.first?.time, instants.last?.time, texts) }

  private var counts: String {
    let totals = instants.map(\.byState.total)
    let (least, most) = (totals.min() ?? 0, totals.max() ?? 0)
    let sockets =
      least == most
      ? Quantity.count(most)
      : texts("night.range", ["least": Quantity.count(least), "most": Quantity.count(most)])
    return texts(
      most == 1 ? "night.counts.one" : "night.counts",
      ["instants": texts.counted("night.instants", instants.count), "sockets": sockets])
  }

  private func summary(_ rows: [Row]) -> String {
    let states = rows.dropFirst().map { row in
      texts(
        "night.state",
        ["name": row.name, "most": Quantity.count(row.most), "last": Quantity.count(row.last)])
    }
    return ([counts] + states).joined(separator: "; ") + "."
  }

  private var heading: [Shape] {
    [
      .text(TextLine([Word(title, .title)], at: Point(Self.margin, 36))),
      .text(TextLine([Word(counts, .note, .muted)], at: Point(Self.margin, Self.head))),
    ]
  }

  // MARK: Shapes

  private func grid(to bottom: Double) -> [Shape] {
    axis.ticks.flatMap { tick in
      [
        .line(Point(tick.at, top - 6), Point(tick.at, bottom), Stroke(.faint, 0.5, .dotted)),
        .text(
          TextLine(
            [Word(tick.label, .fixedSmall, .muted)], at: Point(tick.at, top - 12),
            anchor: .middle)),
      ]
    }
  }

  private func group(_ row: Row, top: Double) -> Shape {
    let base = top + Self.rowHeight
    var shapes: [Shape] = [
      .line(Point(left, base), Point(right, base), Stroke(.faint, 1)),
      .text(TextLine([Word(row.name, .word)], at: Point(Self.margin, top + 16))),
    ]
    for (index, kind) in row.kinds.prefix(2).enumerated() {
      let more = row.kinds.count > 2 && index == 1 ? " …" : ""
      shapes.append(
        .text(
          TextLine(
            [Word(kind + more, .detail, .trouble)],
            at: Point(Self.margin, top + 30 + 12 * Double(index)))))
    }
    shapes += curve(row, top: top, base: base)
    shapes += numbers(row, top: top)
    return .group(
      ShapeGroup(
        "state-series",
        [
          ShapeGroup.Fact("state", row.name), ShapeGroup.Fact("most", String(row.most)),
          ShapeGroup.Fact("last", String(row.last)),
        ], shapes))
  }

  private func numbers(_ row: Row, top: Double) -> [Shape] {
    let x = width - Self.margin
    return [
      .text(
        TextLine(
          [Word(texts("night.most") + " ", .note, .muted), Word(Quantity.count(row.most), .fixed)],
          at: Point(x, top + 16), anchor: .end)),
      .text(
        TextLine(
          [Word(texts("night.last") + " ", .note, .muted), Word(Quantity.count(row.last), .fixed)],
          at: Point(x, top + 32), anchor: .end)),
    ]
  }

  /// Pieces of line with the area below them, broken where snapshots are missing.
  private func curve(_ row: Row, top: Double, base: Double) -> [Shape] {
    let scale = Self.rowHeight / Double(max(row.most, 1))
    let points = zip(instants, row.values).map { instant, value in
      Point(axis.x(instant.time), base - Double(value) * scale)
    }
    var shapes: [Shape] = []
    for piece in pieces {
      let line = Array(points[piece])
      guard let first = line.first, let last = line.last else { continue }
      if line.count > 1 {
        let foot = [Point(last.x, base), Point(first.x, base)]
        shapes.append(.polygon(line + foot, Area(.tint(row.ink))))
        shapes.append(.polyline(line, Stroke(row.ink, 1.6)))
      } else {
        shapes.append(.circle(first, radius: 1.6, Area(.solid(row.ink))))
      }
    }
    if let peak = row.values.firstIndex(of: row.most) {
      shapes.append(.circle(points[peak], radius: 3, Area(.solid(row.ink))))
    }
    return shapes
  }

  /// Runs of instants without a gap of more than three times the usual step.
  private var pieces: [Range<Int>] {
    guard instants.count > 2 else { return instants.isEmpty ? [] : [0..<instants.count] }
    let steps = zip(instants, instants.dropFirst()).map { $1.time.since($0.time) }
    let usual = steps.sorted()[steps.count / 2]
    var pieces: [Range<Int>] = []
    var start = 0
    for (index, step) in steps.enumerated() where step / 3 > usual {
      pieces.append(start..<(index + 1))
      start = index + 1
    }
    return pieces + [start..<instants.count]
  }
}

extension TCPState {
  /// As in the diagrams: blue while opening, green in between, violet while closing.
  fileprivate var ink: Ink {
    switch self {
    case .closed, .listen: .quiet
    case .synSent, .synReceived: .handshake
    case .established: .receive
    case .finWait1, .finWait2, .closeWait, .closing, .lastACK: .teardown
    case .timeWait: .timeWait
    }
  }
}

/// A horizontal axis of clock times with round marks.
struct ClockAxis {
  let start: Timestamp
  let end: Timestamp
  let from: Double
  let to: Double
  let clock: WallClock

  private static let second: Nanoseconds = 1_000_000_000

  /// A single instant stands in the middle.
  func x(_ time: Timestamp) -> Double {
    let span = end.since(start)
    guard span > 0 else { return (from + to) / 2 }
    return from + (to - from) * Double(time.since(start)) / Double(span)
  }

  /// At most eight, at whole steps of the clock.
  var ticks: [AxisTick] {
    let span = end.since(start)
    guard span > 0 else { return [AxisTick(at: x(start), label: label(start, step: Self.second))] }
    let steps: [Nanoseconds] = [
      1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
    ]
    let day: Nanoseconds = 86_400
    var step = (steps.first { span / ($0 * Self.second) < 8 } ?? day) * Self.second
    while span / step >= 8 { step *= 2 }
    // Round on the clock that is shown: its steps are those of UTC, moved by the zone.
    let zone = Nanoseconds(clock.offset(at: start)) * Self.second
    var offset = start.nanoseconds.plus(zone) / step * step - zone
    if offset < start.nanoseconds { offset += step }
    var ticks: [AxisTick] = []
    while offset <= end.nanoseconds {
      let time = Timestamp(nanoseconds: offset)
      ticks.append(AxisTick(at: x(time), label: label(time, step: step)))
      let (next, overflow) = offset.addingReportingOverflow(step)
      if overflow { break }
      offset = next
    }
    return ticks.isEmpty ? [AxisTick(at: x(start), label: label(start, step: Self.second))] : ticks
  }

  /// `14:00`, `14:00:05` where seconds matter, `10-12` at midnight.
  private func label(_ instant: Timestamp, step: Nanoseconds) -> String {
    let time = clock.shown(instant)
    if time.nanoseconds % (86_400 * Self.second) == 0 { return String(time.date.dropFirst(5)) }
    return String(step < 60 * Self.second ? time.time() : time.time().prefix(5))
  }
}
