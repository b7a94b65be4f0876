import Support
import TCPModel
import Timeline

extension OutputFormat {
  /// No kind of file: the page that `tcptimeline why` writes.
  public static let why = {
    var format = OutputFormat("why", endings: [])
    format.headsFindings = true
    format.isTextToRead = true
    format.connections = .each(need: .events) {
      WhyReport(style: $0.style, Texts.of($0.options.language))
    }
    return format
  }()
}

/// A page about the most expensive transfers: what limited each of them when, whose side it was, which
/// frames show it, what would help and how much faster it could be at most.
public struct WhyReport: ReportWriter {
  /// So many are told.
  private static let most = 5
  /// Of each so many spans, the longest.
  private static let spans = 6

  private let style: TextStyle
  private let texts: Texts
  private var header = ReportHeader(captures: [], summary: TraceSummary())
  /// The most expensive ones, the first of them first.
  private var chosen: [Connection] = []
  /// Those whose programs took longest, of what nothing else held back.
  private var slowest: [Connection] = []
  private static let mostPrograms = 3
  private var blame = Blame()
  /// Between exchanges, in which nobody waited.
  private var idle: Nanoseconds = 0
  private var count = 0
  /// Of the last connection.
  private var roundTrip: Nanoseconds?
  private var times = LimitTimes()

  public init(style: TextStyle, _ texts: Texts = Texts.of(.en)) {
    self.style = style
    self.texts = texts
  }

  public mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    self.header = header
  }

  public mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    guard let blame = connection.summary.blame else { return }
    count += 1
    self.blame += blame
    let idle = connection.summary.idleTime
    self.blame.client &-= idle.client
    self.blame.unknown &-= idle.unknown
    self.idle &+= idle.client &+ idle.unknown
    roundTrip = Self.roundTrip(connection.summary)
    for side in Side.allCases {
      if let limits = connection.summary.limits[side] { times += limits.times }
    }
    let cost = Self.cost(connection.summary)
    if cost > 0 {
      Self.keep(connection, in: &chosen, most: Self.most, by: Self.cost)
    } else if Self.programs(connection.summary) >= LimitWords.worthTelling {
      // Of connections that nothing else held back, those whose programs took longest.
      Self.keep(connection, in: &slowest, most: Self.mostPrograms, by: Self.programs)
    }
  }

  /// Keeps it where it is among the most expensive ones, the first of them first.
  private static func keep(
    _ connection: Connection, in list: inout [Connection], most: Int,
    by cost: (ConnectionSummary) -> Nanoseconds
  ) {
    let own = cost(connection.summary)
    let place = list.firstIndex { cost($0.summary) < own } ?? list.count
    if place >= most { return }
    list.insert(connection, at: place)
    if list.count > most { list.removeLast() }
  }

  public mutating func end(to output: inout ByteWriter) {
    style.paint(texts("why.title"), .heading, to: &output)
    output.literal("\n")
    guard count > 0 else {
      output.text(texts("why.none") + "\n")
      return
    }
    let summary = texts(
      "why.summary",
      [
        "connections": texts.counted("unit.connections", count),
        "time": Quantity.duration(whole), "shares": LimitWords.shares(blame, idle: idle, texts),
      ])
    output.text(summary + "\n")
    let troubles = header.findings.filter { $0.severity != .info }
    if !troubles.isEmpty {
      // What a limit may only follow from comes first.
      output.literal("\n")
      style.write(troubles, texts, to: &output)
    }
    for connection in chosen { writeTransfer(connection, to: &output) }
    guard chosen.isEmpty else { return }
    if !troubles.contains(where: { $0.severity == .error }) { output.text(nothingHeld + "\n") }
    for connection in slowest { writePrograms(connection, to: &output) }
  }

  /// The least of it, unless something had to be sent again: that waits for a timer.
  private static func roundTrip(_ summary: ConnectionSummary) -> Nanoseconds? {
    let handshake = summary.handshake
    guard handshake.synRetransmissions == 0, handshake.synACKRetransmissions == 0,
      Side.allCases.allSatisfy({ (summary.traffic[$0].retransmittedSegments ?? 0) == 0 })
    else { return nil }
    return Side.allCases.compactMap { summary.limits[$0]?.leastRoundTrip }.max()
  }

  private var whole: Nanoseconds { blame.total &+ idle }

  /// What took the time where nothing was held back.
  private var nothingHeld: String {
    if idle > whole / 2 { return texts("why.idle") }
    if blame.client &+ blame.server > whole / 2 { return texts("why.programs") }
    guard blame.network > whole / 2 else { return texts("why.untold") }
    if count == 1, let roundTrip, blame.network / roundTrip >= 2 {
      return texts(
        "why.roundTrips",
        [
          "n": Quantity.count(blame.network / roundTrip), "time": Quantity.duration(roundTrip),
        ])
    }
    return texts("why.network")
  }

  private static func programs(_ summary: ConnectionSummary) -> Nanoseconds {
    summary.blame.map { $0.client &+ $0.server } ?? 0
  }

  /// What a transfer waited for anything but its own program.
  private static func cost(_ summary: ConnectionSummary) -> Nanoseconds {
    Side.allCases.reduce(0) { cost, side in
      guard let limits = summary.limits[side] else { return cost }
      let idle = limits.times[.application] &+ limits.times[.unknown] &+ limits.times[.drain]
      return max(cost, limits.times.total &- idle)
    }
  }

  // MARK: One transfer

  private func heading(_ words: LimitWords, to output: inout ByteWriter) {
    let summary = words.summary
    output.literal("\n")
    let title = texts(
      "why.connection",
      [
        "id": String(summary.id), "client": header.text(of: summary.client),
        "server": header.text(of: summary.server),
      ])
    style.paint(title, .heading, to: &output)
    output.literal("\n")
    for line in [words.limit, words.blame].compactMap({ $0 }) { output.text("  \(line)\n") }
  }

  private func writeTransfer(_ connection: Connection, to output: inout ByteWriter) {
    let summary = connection.summary
    let words = LimitWords(summary, texts)
    heading(words, to: &output)
    for side in Side.allCases {
      guard let limits = summary.limits[side], summary.traffic[side].payloadBytes > 0 else {
        continue
      }
      write(
        limits, of: side, connection.limitIntervals?[side] ?? [], connection.phases, words,
        to: &output)
      for line in WhyAdvice(limits, of: side, summary, texts).lines { output.text("  \(line)\n") }
    }
  }

  /// Where the time of a connection went that its programs took.
  private func writePrograms(_ connection: Connection, to output: inout ByteWriter) {
    heading(LimitWords(connection.summary, texts), to: &output)
    TextTimes(connection, style: style, texts).write(to: &output)
    let pauses = connection.phases.filter { $0.name == .idle }
    guard let pause = pauses.max(by: { $0.duration < $1.duration }), let frame = pause.lastFrame
    else { return }
    let line = texts(
      "why.pause", ["time": Quantity.duration(pause.duration), "frame": String(frame)])
    output.text(line + "\n")
  }

  private func write(
    _ limits: TransferLimits, of side: Side, _ intervals: [LimitInterval], _ phases: [Phase],
    _ words: LimitWords, to output: inout ByteWriter
  ) {
    let spans = intervals.filter {
      $0.limit != .application || $0.duration >= limits.times.total / 5
    }
    .sorted { $0.duration > $1.duration }.prefix(Self.spans).sorted { $0.start < $1.start }
    guard !spans.isEmpty else { return }
    let seen = texts(
      "why.sends", ["side": texts(side), "place": texts(Self.place(limits.basis))])
    output.text("  \(seen)\n")
    var table = TextTable(
      [
        .init("  " + texts("why.from"), .right), .init(texts("column.for"), .right),
        .init(texts("why.heldBackBy"), .left), .init(texts("column.whose"), .left),
        .init(texts("column.frames"), .left),
      ], style: style)
    let rows = spans.map { span in
      [
        TextTable.Cell("  " + Quantity.duration(span.start), .faint),
        TextTable.Cell(Quantity.duration(span.duration)),
        TextTable.Cell(words.name(span.limit, of: side)),
        TextTable.Cell(words.owner(span, of: side, phases)),
        TextTable.Cell("\(span.firstFrame)-\(span.lastFrame)", .faint),
      ]
    }
    table.begin(rows, to: &output)
    if spans.count < intervals.count {
      let rest = texts.counted("why.shorter", intervals.count - spans.count)
      output.text("  \(rest)\n")
    }
  }

  private static func place(_ basis: TransferLimits.Basis) -> String {
    switch basis {
    case .sender: "why.place.sender"
    case .receiver: "why.place.receiver"
    case .middle: "why.place.middle"
    case .bothEnds: "why.place.bothEnds"
    case .oneDirection: "why.place.oneDirection"
    }
  }
}
