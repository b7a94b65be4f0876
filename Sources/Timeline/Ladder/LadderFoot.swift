import Support
import TCPModel

/// The lines under a ladder: what is measured, how to read it, where it comes from.
enum LadderFoot {
  private static let pitch = 17.0
  private static let mostListed = 6

  static func shapes(_ layout: LadderLayout, top: Double) -> (shapes: [Shape], bottom: Double) {
    // On a slide the speaker tells it.
    if layout.steps != nil || layout.options.isSlide || layout.options.hidden.contains(.foot) {
      return ([], top)
    }
    let columns = layout.columns
    var shapes: [Shape] = [
      .line(
        Point(LadderColumns.margin, top), Point(columns.right, top), Stroke(.faint, 1))
    ]
    var y = top + 22
    if let band = LimitBand(layout.connection) {
      let side = layout.texts("side." + band.side.name)
      shapes.append(
        .text(
          TextLine(
            [Word(layout.texts("limits.band", ["side": side]), .note, .muted)],
            at: Point(LadderColumns.margin, y))))
      y += pitch
      shapes += band.legend(
        layout.texts, from: LadderColumns.margin, to: columns.right, y: &y, pitch: pitch)
    }
    let source = Story.source(layout.connection.summary, layout.header, layout.texts)
    for sentence in sentences(layout) + [source] {
      for line in TextMetrics.wrapped(
        sentence, .note, width: columns.right - LadderColumns.margin)
      {
        shapes.append(
          .text(TextLine([Word(line, .note, .muted)], at: Point(LadderColumns.margin, y))))
        y += pitch
      }
    }
    return ([.group(ShapeGroup("foot", [], shapes))], y + 6)
  }

  /// How to read the ladder.
  static func sentences(_ layout: LadderLayout) -> [String] {
    [cropped(layout), measurement(layout), legend(layout)].filter { !$0.isEmpty }
  }

  /// Which part of the connection is drawn.
  private static func cropped(_ layout: LadderLayout) -> String {
    guard let frames = layout.connection.frames(of: layout.options.crop) else { return "" }
    let summary = layout.connection.summary
    return layout.texts(
      "foot.crop",
      [
        "first": String(max(frames.lowerBound, summary.firstFrame)),
        "last": String(min(frames.upperBound, summary.lastFrame)),
      ])
  }

  /// Which times are measured and which estimated.
  private static func measurement(_ layout: LadderLayout) -> String {
    let delays = layout.ladder.delays
    let texts = layout.texts
    guard delays.isKnown else { return texts("foot.unknown") }
    let values: KeyValuePairs = [
      "client": Quantity.duration(delays.toward.client),
      "server": Quantity.duration(delays.toward.server),
    ]
    if delays.isMeasured { return texts("foot.bothEnds") }
    switch delays.vantage {
    case .client: return texts("foot.client", values)
    case .server: return texts("foot.server", values)
    case .middle: return texts("foot.middle", values)
    case .unknown: return texts("foot.unknown")
    }
  }

  /// What found no room at its arrow is said here, as much of it as a reader may want to look up.
  private static func leftOut(_ layout: LadderLayout) -> [String] {
    let rows = layout.ladder.rows.indices.filter { layout.labels[$0].isLeftOut }
    if rows.isEmpty { return [] }
    let label = SegmentLabel(layout.connection, layout.texts)
    let listed = rows.prefix(mostListed).compactMap { index -> String? in
      let row = layout.ladder.rows[index]
      let words: [Word]
      switch row.content {
      case .segment(let segment): words = label.words(segment)
      case .run(let run):
        words = label.words(run, from: row.from, duration: row.end.less(row.start)).first
      case .pause, .omission, .snapshot: return nil
      }
      return Quantity.seconds(row.start, decimals: 6) + " s "
        + words.map(\.text).joined(separator: " ")
    }
    var parts = [layout.texts("foot.noRoom", ["list": listed.joined(separator: " · ")])]
    if rows.count > listed.count {
      parts.append(layout.texts.counted("foot.leftOut", rows.count - listed.count))
    }
    return parts
  }

  /// Only what occurs in this picture.
  private static func legend(_ layout: LadderLayout) -> String {
    let texts = layout.texts
    var parts: [String] = []
    let bases = Side.allCases.flatMap { layout.connection.states[$0].map(\.basis) }
    if !bases.isEmpty {
      parts.append(texts(bases.contains(.assumed) ? "foot.statesAssumed" : "foot.states"))
    }
    if bases.contains(.snapshot) { parts.append(texts("foot.statesSnapshot")) }
    let hasRun = layout.ladder.rows.contains { row in
      if case .run = row.content { true } else { false }
    }
    if hasRun { parts.append(texts("foot.runs")) }
    let hasFar = layout.ladder.rows.contains { row in
      if case .segment(let segment) = row.content { segment.isSeenFarOnly } else { false }
    }
    if hasFar, layout.options.showsFrames { parts.append(texts("foot.farFrames")) }
    if layout.heights.contains(where: \.isShort) {
      parts.append(texts("foot.stubs"))
    }
    let marks = layout.ladder.rows.compactMap { row in
      if case .snapshot(let mark) = row.content { mark } else { nil }
    }
    if marks.contains(where: { $0.icmp == nil }) { parts.append(texts("foot.snapshots")) }
    if marks.contains(where: { $0.icmp != nil }) { parts.append(texts("foot.icmp")) }
    if layout.ladder.marksLeftOut > 0 {
      parts.append(texts.counted("foot.snapshotsLeftOut", layout.ladder.marksLeftOut))
    }
    parts += leftOut(layout)
    if layout.connection.segments == nil { parts.append(texts("foot.notCollected")) }
    return parts.joined(separator: " ")
  }
}
