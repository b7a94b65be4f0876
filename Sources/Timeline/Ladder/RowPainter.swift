import Support
import TCPModel

/// Draws rows that have their heights and words.
struct RowPainter {
  let layout: LadderLayout
  /// Rows whose sign has room in the margin: of those close to each other the gravest.
  private let signed: Set<Int>
  private let label: SegmentLabel

  /// A sign closer than this would lie under the next one's tint.
  private static let signPitch = 13.5

  init(layout: LadderLayout) {
    self.layout = layout
    let label = SegmentLabel(layout.connection, layout.texts)
    self.label = label
    let signs = layout.ladder.rows.enumerated().compactMap { index, row -> (Int, Sign)? in
      guard case .segment(let segment) = row.content else { return nil }
      return label.signs(segment).first.map { (index, $0) }
    }
    var signed: Set<Int> = []
    // By bands of one pitch: none can hold two.
    var kept: [Int: Double] = [:]
    for isTrouble in [true, false] {
      for (index, sign) in signs where sign.isTrouble == isTrouble {
        let y = layout.ladder.anchor(of: index, isEnd: false, layout.heights[index])
        let band = Int(clamped: y / Self.signPitch)
        let hasRoom = (band - 1...band + 1).allSatisfy { near in
          kept[near].map { abs($0 - y) >= Self.signPitch } ?? true
        }
        if hasRoom {
          kept[band] = y
          signed.insert(index)
        }
      }
    }
    self.signed = signed
  }

  func shape(of index: Int) -> Shape {
    let row = layout.ladder.rows[index]
    switch row.content {
    case .segment(let segment): return self.segment(segment, index)
    case .run(let run): return self.run(run, row, index)
    case .pause(let silence):
      return .group(
        ShapeGroup("break", [.init("duration-ns", silence)], band(index, isDense: false)))
    case .omission(let omission):
      return .group(
        ShapeGroup("omitted", facts(omission.tally), band(index, isDense: true)))
    case .snapshot(let mark): return self.mark(mark, index)
    }
  }

  // MARK: Segments

  private func segment(
    _ segment: SegmentDetail, _ index: Int
  ) -> Shape {
    let heights = layout.heights[index]
    let ink = label.ink(segment)
    var shapes = sign(label.signs(segment).first, index)
    let (tail, tip) = layout.columns.way(layout.ladder.rows[index], heights)
    if heights.shown.lowerBound == 0 {
      if let frame = segment.ownFrame {
        shapes += label.requests.markers(frame, at: tail, from: segment.from)
      }
      shapes.append(end(at: tail, segment, ink))
    }
    let gaps = layout.gaps[index] ?? []
    if let middle = middle(of: segment, index, tail, tip) {
      let share = (middle.x - tail.x) / (tip.x - tail.x)
      shapes.append(
        Arrow.shaft(
          from: tail, to: middle, upTo: 1, Arrow.part(gaps, 0...share), shaft(of: segment, ink)))
      shapes += arrow(
        from: middle, to: tip, ink, segment, gaps: Arrow.part(gaps, share...1))
      shapes.append(.circle(middle, radius: 2.4, Area(.solid(ink), Stroke(ink, 1.2))))
    } else if segment.isLostOnPath, let line = layout.middle {
      // Lost before it came there.
      let stop = tail.toward(tip, abs(line.x - tail.x) / abs(tip.x - tail.x))
      let share = (stop.x - tail.x) / (tip.x - tail.x)
      shapes += arrow(from: tail, to: stop, ink, segment, gaps: Arrow.part(gaps, 0...share))
    } else {
      shapes += arrow(from: tail, to: tip, ink, segment, gaps: gaps)
    }
    shapes += layout.labels[index].lines.map(Shape.text)
    if let number = segment.ownFrame.flatMap({ layout.steps?.numbers[$0] }) {
      shapes += LadderSteps.badge(
        number, at: tail, ink, grows: segment.from == .client ? 1 : -1)
    }
    var facts: [ShapeGroup.Fact] = [
      .init("frame", segment.frame), .init("from", segment.from.name),
      .init("flags", segment.flags.names.joined(separator: ",")),
      .init("seq", segment.sequence),
    ]
    if let acknowledgment = segment.acknowledgment { facts.append(.init("ack", acknowledgment)) }
    facts += [.init("len", segment.payload), .init("at-ns", segment.at)]
    // Its frame is one of another capture.
    if segment.isSeenFarOnly, let far = layout.connection.summary.path?.points.last {
      facts.append(.init("point", far.name))
    }
    if !segment.kinds.isEmpty {
      facts.append(.init("kinds", segment.kinds.map(\.rawValue).joined(separator: ",")))
    }
    return .group(
      ShapeGroup("segment", facts, tooltip: segment.tooltip(layout.texts), shapes))
  }

  /// Where the way of a segment crosses the point in the middle, as that point saw it.
  private func middle(
    of segment: SegmentDetail, _ index: Int, _ tail: Point, _ tip: Point
  ) -> Point? {
    guard let line = layout.middle, let time = segment.atMiddle, tip.x != tail.x,
      layout.heights[index].shown == 0...1
    else { return nil }
    let flight = layout.ladder.rows[index].first
    let span = Double(max(1, flight.arrival.less(flight.departure)))
    let share = min(1, max(0, Double(time.less(flight.departure)) / span))
    return Point(line.x, tail.y + (tip.y - tail.y) * share)
  }

  private func shaft(of segment: SegmentDetail, _ ink: Ink) -> Stroke {
    let width = ink == .quiet ? 1.2 : 1.6
    return segment.remarks.fate == .arrived ? Stroke(ink, width) : Stroke(ink, width, .dashed)
  }

  private func arrow(
    from tail: Point, to tip: Point, _ ink: Ink, _ segment: SegmentDetail,
    gaps: [ClosedRange<Double>]
  ) -> [Shape] {
    let stroke = shaft(of: segment, ink)
    var shapes: [Shape] = []
    switch segment.remarks.fate {
    case .arrived:
      shapes.append(Arrow.shaft(from: tail, to: tip, upTo: 0.985, gaps, stroke))
      shapes.append(Arrow.head(from: tail, to: tip, ink))
      if segment.flags.contains(.rst) {
        // A bar behind the head: it goes no further.
        let direction = Direction(from: tail, to: tip)
        let back = Point(tip.x - direction.cosine * 12, tip.y - direction.sine * 12)
        shapes.append(
          .line(Point(back.x, back.y - 5), Point(back.x, back.y + 5), Stroke(ink, 1.8)))
      }
    case .lost:
      let stop = tail.toward(tip, Arrow.lostEnd)
      shapes.append(
        Arrow.shaft(from: tail, to: tip, upTo: Arrow.lostEnd, gaps, stroke))
      shapes += cross(at: stop)
    case .presumedLost, .unanswered:
      let stop = tail.toward(tip, Arrow.lostEnd)
      shapes.append(
        Arrow.shaft(from: tail, to: tip, upTo: Arrow.lostEnd, gaps, stroke))
      shapes.append(Arrow.openHead(from: tail, to: stop, ink))
    }
    return shapes
  }

  private func cross(at point: Point) -> [Shape] {
    [(Arrow.cross, Arrow.cross), (Arrow.cross, -Arrow.cross)].map { x, y in
      .line(
        Point(point.x - x, point.y - y), Point(point.x + x, point.y + y), Stroke(.trouble, 2))
    }
  }

  /// A dot where the segment left: filled where its time was measured, hollow where estimated.
  private func end(at point: Point, _ segment: SegmentDetail, _ ink: Ink) -> Shape {
    let isMeasured =
      layout.ladder.delays.toward[segment.from] == 0 || segment.atOtherEnd != nil
    return .circle(
      point, radius: 2.4, Area(.solid(isMeasured ? ink : .paper), Stroke(ink, 1.2)))
  }

  /// Marks the row in the margin and behind its time, so that trouble stands out in a long ladder.
  private func sign(_ sign: Sign?, _ index: Int) -> [Shape] {
    guard let sign, signed.contains(index) else { return [] }
    let y = layout.ladder.anchor(of: index, isEnd: false, layout.heights[index])
    let columns = layout.columns
    return [
      .rectangle(
        x: 4, y: y - 8, width: columns.step - 4 + 5, height: 16, radius: 3,
        Area(.tint(sign.ink)))
    ] + sign.shapes(at: Point(columns.sign, y))
  }

  // MARK: Runs and bands

  private func run(_ run: LadderRun, _ row: LadderRow, _ index: Int) -> Shape {
    let heights = layout.heights[index]
    let columns = layout.columns
    let hasData = run.tally.dataSegments[row.from] > 0
    let ink: Ink = hasData ? (row.from == .client ? .send : .receive) : .quiet
    let upper = columns.way(row, heights)
    let lower = columns.lastWay(row, heights)
    let (from, to) = (upper.tail.x, upper.tip.x)
    let toward = to > from ? 1.0 : -1.0
    let shoulder = to - toward * 12
    func onLine(_ line: (tail: Point, tip: Point), _ x: Double) -> Point {
      line.tail.toward(line.tip, (x - from) / (to - from))
    }
    let upperShoulder = onLine(upper, shoulder)
    let lowerShoulder = onLine(lower, shoulder)
    if run.isLost {
      // It ends where a lost segment does.
      let end = layout.middle?.x ?? to
      let stop = from + (end - from) * Arrow.lostEnd
      let (above, below) = (onLine(upper, stop), onLine(lower, stop))
      let body = Shape.polygon(
        [upper.tail, above, below, lower.tail],
        Area(.tint(.trouble), Stroke(.trouble, 1, .dashed)))
      return group(
        run, row, index, [body] + cross(at: Point(stop, (above.y + below.y) / 2)))
    }
    let tip = Point(to - toward, (upper.tip.y + lower.tip.y) / 2)
    // A notch where it comes out of what is not drawn.
    let notch =
      heights.shown.lowerBound > 0
      ? [Point(from + toward * 10, (upper.tail.y + lower.tail.y) / 2)] : []
    let body = Shape.polygon(
      [upper.tail, upperShoulder, tip, lowerShoulder, lower.tail] + notch,
      // Bare ACKs cross the data they answer: it shows through.
      Area(hasData ? .tint(ink) : .veil(ink), Stroke(ink, 1)))
    return group(run, row, index, [body])
  }

  private func group(
    _ run: LadderRun, _ row: LadderRow, _ index: Int, _ body: [Shape]
  ) -> Shape {
    var facts = self.facts(run.tally)
    facts.insert(.init("from", row.from.name), at: 2)
    facts += [.init("at-ns", row.start), .init("duration-ns", row.end.less(row.start))]
    if run.isSeenFarOnly, let far = layout.connection.summary.path?.points.last {
      facts.append(.init("point", far.name))
    }
    if let sequences = run.sequences {
      facts += [.init("seq", sequences.lowerBound), .init("seq-end", sequences.upperBound)]
    }
    return .group(
      ShapeGroup(
        "segments", facts, tooltip: tooltip(run, row),
        body + layout.labels[index].lines.map(Shape.text)))
  }

  /// Its words, which may have found no room on the arrow, with the frames it stands for.
  private func tooltip(_ run: LadderRun, _ row: LadderRow) -> String {
    let (first, second) = label.words(run, from: row.from, duration: row.end.less(row.start))
    var lines = [first, second].filter { !$0.isEmpty }
      .map { $0.map(\.text).joined(separator: "  ") }
    if let first = run.tally.firstFrame, let last = run.tally.lastFrame {
      let frames = layout.texts(
        "omission.frames", ["first": String(first), "last": String(last)])
      lines.insert("\(frames) · \(Quantity.seconds(row.start, decimals: 6)) s", at: 0)
    }
    return lines.joined(separator: "\n")
  }

  private func facts(_ tally: LadderTally) -> [ShapeGroup.Fact] {
    [
      .init("first-frame", tally.firstFrame.map(String.init) ?? ""),
      .init("last-frame", tally.lastFrame.map(String.init) ?? ""),
      .init("count", tally.segments),
      .init("len", tally.payload.client &+ tally.payload.server),
    ]
  }

  /// A rule across all columns but the phases, whose words it would strike through, with a pill that says what
  /// it stands for.
  private func band(_ index: Int, isDense: Bool) -> [Shape] {
    let heights = layout.heights[index]
    let columns = layout.columns
    let middle = (heights.departure + heights.lastDeparture) / 2
    let lines = layout.labels[index].lines
    let width = (lines.map(\.width).max() ?? 0) + 28
    let height = 8 + 14 * Double(lines.count)
    let left = columns.middle - width / 2
    let rule = Stroke(.faint, 1.2, isDense ? .dashed : .dotted)
    return [
      .line(Point(LadderColumns.margin, middle), Point(left, middle), rule),
      .line(Point(left + width, middle), Point(columns.phase - 14, middle), rule),
      .rectangle(
        x: left, y: middle - height / 2, width: width, height: height, radius: 11,
        Area(.tint(.quiet), Stroke(.faint, 1))),
    ] + lines.map(Shape.text)
  }
}
