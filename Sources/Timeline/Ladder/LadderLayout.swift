import Support
import TCPModel

/// Where everything of one connection's ladder is placed: a value, which painters take.
///
/// First the rows get heights, then their words get places; where words would meet, the rows move
/// apart and everything is placed again.
public struct LadderLayout {
  let connection: Connection
  let header: ReportHeader
  let options: DiagramOptions
  let texts: Texts
  let ladder: Ladder
  let columns: LadderColumns
  let heights: [LadderSpacing.Heights]
  let labels: [RowLabel]
  /// Where rows' arrows give way to the words of others.
  let gaps: [Int: [ClosedRange<Double>]]
  /// Where the first row may begin, under the heading.
  let top: Double
  /// The lifeline of the point in the middle of a path of three; nil where there is none.
  let middle: (x: Double, name: String)?
  /// Of a lesson; nil for a diagram that stands for itself.
  let steps: LadderSteps?
  /// Only the lifelines have heads.
  let hasPlainHead: Bool
  /// What was found in it, where nothing beside the picture says so.
  let findings: [Finding]

  /// Room above the first row for the states that both ends begin in.
  static let stub = 26.0
  /// More rounds than this are hardly ever needed; words without a place by then are left out. Long
  /// ladders get fewer: each round looks at every row.
  private static func rounds(_ rows: Int) -> Int { rows > 1000 ? 8 : 24 }
  /// How far rows move apart in a round when their words meet, and how often: what then still finds
  /// no place lies between crossing arrows, and room does not help it.
  private static let push = 6.0
  private static let pushes = 8

  /// - Parameter isAlone: It is the whole picture, and tells what was found.
  public init(
    _ whole: Connection, _ header: ReportHeader, _ options: DiagramOptions,
    steps: LadderSteps? = nil, isAlone: Bool = false
  ) {
    let connection = whole.shown(by: options)
    self.connection = connection
    self.header = header
    self.options = options
    self.steps = steps
    hasPlainHead = steps != nil || options.hidden.contains(.head)
    findings =
      isAlone && options.crop == nil && !options.isSlide
      ? header.findings.filter { $0.connections.contains(whole.summary.id) } : []
    texts = Texts.of(options.language)
    let ladder = Ladder(connection, options)
    self.ladder = ladder
    let gutter = LadderGutter(ladder)
    columns = LadderColumns(
      width: options.fittingWidth,
      frames: options.showsFrames ? gutter.frameWidth(texts) : nil,
      times: gutter.timeWidth(texts), steps: gutter.stepWidth,
      stateNames: LadderStates.nameWidths(connection, texts), hidden: options.hidden)
    if let (share, name) = connection.middleShare {
      middle = (columns.along(share), name)
    } else {
      middle = nil
    }
    top = LadderHeading.height(
      connection, header, options, columns, findings, isPlain: hasPlainHead)
    let spacing = LadderSpacing(rows: ladder.rows, scale: options.scale, delays: ladder.delays)
    let room = columns.serverLine - columns.clientLine - 16
    let words = RowWords.all(
      ladder, texts, hidden: options.hidden, steps: steps, room: room)
    var needs = words.map(\.need)
    func shorten(_ hidden: LadderStubs.Hidden) {
      for (row, end) in hidden { needs[row].shown = words[row].shown(without: end, of: room) }
    }
    // On the strict scale nothing is steeper than anything else.
    if options.scale != .time, ladder.delays.isKnown {
      shorten(LadderStubs.insideRuns(ladder))
      let heights = spacing.heights(needs, top: top + Self.stub)
      shorten(LadderStubs.steep(ladder, heights))
    }
    var heights: [LadderSpacing.Heights] = []
    var labels: [RowLabel] = []
    var gaps: [Int: [ClosedRange<Double>]] = [:]
    let rounds = Self.rounds(ladder.rows.count)
    var pushed: [Int: Int] = [:]
    var hopeless: Set<Int> = []
    for round in 1...rounds {
      heights = spacing.heights(needs, top: top + Self.stub)
      var placement = LabelPlacement(
        ladder: ladder, columns: columns, heights: heights, top: top)
      if options.scale == .time {
        placement.placeFirmly(words, texts)
      } else {
        placement.place(words, hopeless: hopeless)
      }
      labels = placement.labels
      var crowded: [Int: Double] = [:]
      for row in placement.crowded where !hopeless.contains(row) {
        pushed[row, default: 0] += 1
        if pushed[row] == Self.pushes {
          hopeless.insert(row)
          crowded[row] = -Self.push * Double(Self.pushes - 1)
        } else {
          crowded[row] = Self.push
        }
      }
      for (row, missing) in gutter.crowded(heights, ladder) {
        crowded[row] = max(crowded[row] ?? missing, missing)
      }
      for (row, missing) in steps?.crowded(heights, ladder) ?? [] {
        crowded[row] = max(crowded[row] ?? missing, missing)
      }
      // On the strict scale nothing may move.
      if crowded.isEmpty || options.scale == .time || round == rounds {
        for row in ladder.rows.indices {
          let parts = placement.gaps(of: row)
          if !parts.isEmpty { gaps[row] = parts }
        }
        break
      }
      for (row, missing) in crowded { needs[row].extra += missing }
    }
    self.heights = heights
    self.labels = labels
    self.gaps = gaps
    bottom = heights.reduce(top + Self.stub) { max($0, $1.bottom) }
    let last = ladder.rows.lastIndex { !$0.isMark } ?? 0
    segmentsBottom = heights.prefix(last + 1).reduce(top + Self.stub) { max($0, $1.bottom) }
    anchors = Self.anchors(ladder, heights)
    rules = zip(ladder.rows, heights).compactMap { row, height in
      switch row.content {
      case .pause, .omission: (height.departure + height.lastDeparture) / 2
      case .segment, .run, .snapshot: nil
      }
    }
  }

  /// Words in the outer columns: a rule that runs across all of them leaves room for these.
  func clear(_ line: TextLine) -> TextLine {
    let box = line.box
    var line = line
    line.hasRim = rules.contains { box.minY - 1 < $0 && $0 < box.maxY + 1 }
    return line
  }

  private static func anchors(
    _ ladder: Ladder, _ heights: [LadderSpacing.Heights]
  ) -> [(time: Nanoseconds, y: Double)] {
    var anchors: [(time: Nanoseconds, y: Double)] = []
    func add(_ time: Nanoseconds, _ y: Double) {
      anchors.append((max(time, anchors.last?.time ?? .min), max(y, anchors.last?.y ?? 0)))
    }
    for (index, row) in ladder.rows.enumerated() {
      switch row.content {
      case .segment, .run, .omission, .snapshot:
        add(row.start, ladder.anchor(of: index, isEnd: false, heights[index]))
        add(row.end, ladder.anchor(of: index, isEnd: true, heights[index]))
      case .pause: break
      }
    }
    return anchors
  }

  /// Where an instant lies, as the capture point saw it.
  func height(at time: Nanoseconds) -> Double {
    let next = anchors.partitioningIndex { $0.time > time }
    guard next > 0 else { return anchors.first?.y ?? top + Self.stub }
    let (earlier, y) = anchors[next - 1]
    guard next < anchors.count, time > earlier else { return y }
    let share = Double(time.less(earlier)) / Double(max(1, anchors[next].time.less(earlier)))
    return y + (anchors[next].y - y) * share
  }

  /// Heights of the rules of breaks and omissions.
  private let rules: [Double]
  /// The lowest end of any row.
  let bottom: Double
  /// Of those above the marks that follow the last segment.
  let segmentsBottom: Double
  /// Heights of instants as the capture point saw them, both growing.
  private let anchors: [(time: Nanoseconds, y: Double)]
}

extension Connection {
  /// How far from the client the point in the middle of three is, as a share of the time that the whole way takes.
  var middleShare: (share: Double, name: String)? {
    guard let path = summary.path, path.points.count == 3 else { return nil }
    var shares: [Double] = []
    for item in segments ?? [] {
      guard case .segment(let segment) = item, let middle = segment.atMiddle,
        let other = segment.atOtherEnd, !segment.isSeenFarOnly
      else { continue }
      let (near, way) = (middle.less(segment.at), other.less(segment.at))
      if way != 0 { shares.append(Double(near) / Double(way)) }
    }
    guard !shares.isEmpty else { return nil }
    shares.sort()
    let share = min(0.8, max(0.2, shares[shares.count / 2]))
    return (path.nearSide == .client ? share : 1 - share, path.points[1].name)
  }
}
