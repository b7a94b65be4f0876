import Support
import TCPModel
import Timeline

/// The report on a night for a terminal or a pipe: findings, states, listeners, peers.
public struct NightlyText {
  private let report: NightReport
  private let style: TextStyle
  private let clock: WallClock
  private let texts: Texts
  /// What the tables' times are told in.
  private let zone: String

  /// Rows of each table; the whole of it is in the other formats.
  private static let limit = 10

  public init(
    _ report: NightReport, style: TextStyle, _ options: DiagramOptions = DiagramOptions()
  ) {
    self.report = report
    self.style = style
    clock = options.clock
    texts = Texts.of(options.language)
    zone = clock.zones(report.start, report.end, texts)
  }

  public func write(to output: inout ByteWriter) {
    heading(title, to: &output)
    output.text("  \(counts)\n")
    for file in report.files {
      for warning in file.remarks {
        output.text("  \(file.path.safeToShow): \(warning.safeToShow)\n")
      }
    }
    output.literal("\n")
    heading(texts("head.findings"), to: &output)
    if report.findings.isEmpty { output.text("  \(texts("nightly.nothing"))\n") }
    for finding in report.findings { style.write(finding, texts, to: &output) }
    if let comparison = report.comparison { write(comparison, to: &output) }
    table(
      texts("head.states"),
      [
        .init(texts("column.state"), .left), .init(texts("column.most"), .right),
        .init(texts("nightly.at", ["zone": zone]), .left), .init(texts("column.last"), .right),
      ], states, { $0 }, to: &output)
    table(
      texts("head.listeners"),
      [
        .init(texts("column.address"), .left), .init(texts("column.process"), .left),
        .init(texts("column.connections"), .right), .init(texts("column.waiting"), .right),
        .init(texts("column.limit"), .right),
      ], report.listeners, listener, to: &output)
    table(
      texts("head.peers"),
      [
        .init(texts("column.address"), .left), .init(texts("column.sockets"), .right),
        .init(texts("column.of"), .right), .init(texts("nightly.at", ["zone": zone]), .left),
      ],
      report.peers, peer, to: &output)
  }

  private func write(_ comparison: NightComparison, to output: inout ByteWriter) {
    output.literal("\n")
    heading(texts.counted("nightly.compared", comparison.nights), to: &output)
    let before = clock.shown(comparison.lastNight).dateAndTime()
    output.text("  \(texts("nightly.before", ["time": "\(before)", "zone": zone]))\n")
    for (key, listeners) in [
      ("nightly.appeared", comparison.appearedListeners),
      ("nightly.vanished", comparison.vanishedListeners),
    ] where !listeners.isEmpty {
      let more = listeners.count - Self.limit
      let names =
        listeners.prefix(Self.limit).map(\.description)
        + (more > 0 ? [texts("nightly.others", ["n": Quantity.count(more)])] : [])
      output.text("  \(texts(key, ["list": names.joined(separator: ", ")]))\n")
    }
    var table = TextTable(
      [
        .init(texts("column.mostAtOnce"), .left), .init(texts("column.tonight"), .right),
        .init(texts("column.lastNight"), .right), .init(texts("column.average"), .right),
        .init(texts("column.weekday"), .right),
      ], style: style)
    table.begin(
      comparison.figures.map { figure in
        [
          .init(texts.figure(figure)),
          .init(Quantity.count(figure.tonight)),
          .init(figure.lastNight.map { Quantity.count($0) } ?? ""),
          .init(Quantity.count(figure.average)),
          .init(figure.weekdayAverage.map { Quantity.count($0) } ?? ""),
        ]
      }, to: &output)
  }

  private var title: String {
    guard let start = report.start, let end = report.end else { return texts("nightly.none") }
    let (from, to) = (clock.instant(start, decimals: 6), clock.instant(end, decimals: 6))
    return report.host.map {
      texts("nightly.titleOf", ["host": $0.safeToShow, "from": from, "to": to])
    } ?? texts("nightly.title", ["from": from, "to": to])
  }

  private var counts: String {
    let totals = report.instants.map(\.byState.total)
    return texts(
      "nightly.counts",
      [
        "instants": texts.counted("unit.instants", report.instants.count),
        "snapshots": texts.counted("unit.snapshots", report.snapshots.count),
        "least": Quantity.count(totals.min() ?? 0), "most": Quantity.count(totals.max() ?? 0),
      ])
  }

  private var states: [[TextTable.Cell]] {
    StateCounts.order.compactMap { state in
      let values = report.instants.map { $0.byState[state] }
      guard let most = values.max(), most > 0, let peak = values.firstIndex(of: most) else {
        return nil
      }
      return [
        .init(StateCounts.name(state)), .init(Quantity.count(most)),
        .init(clock.shown(report.instants[peak].time).dateAndTime()),
        .init(Quantity.count(values.last ?? 0)),
      ]
    }
  }

  private func listener(_ listener: NightListener) -> [TextTable.Cell] {
    [
      .init(listener.local.description),
      .init(listener.process.map { "\($0.name.safeToShow) (\($0.pid))" } ?? ""),
      .init(Quantity.count(listener.mostConnections)),
      .init(Quantity.count(Int(listener.mostWaiting))),
      .init(listener.queueLimit.map { Quantity.count(Int($0)) } ?? ""),
    ]
  }

  private func peer(_ peer: NightPeer) -> [TextTable.Cell] {
    [
      .init(peer.address.description), .init(Quantity.count(peer.mostSockets)),
      .init(Quantity.count(peer.ofSockets)), .init(clock.shown(peer.mostAt).dateAndTime()),
    ]
  }

  /// The first rows; of a night's tens of thousands of peers only these become text.
  private func table<Row>(
    _ title: String, _ columns: [TextTable.Column], _ rows: [Row],
    _ cells: (Row) -> [TextTable.Cell], to output: inout ByteWriter
  ) {
    guard !rows.isEmpty else { return }
    output.literal("\n")
    let more = rows.count - Self.limit
    heading(
      more > 0 ? texts("nightly.more", ["title": title, "n": Quantity.count(more)]) : title,
      to: &output)
    var table = TextTable(columns, style: style)
    table.begin(rows.prefix(Self.limit).map(cells), to: &output)
  }

  private func heading(_ text: String, to output: inout ByteWriter) {
    style.paint(text, .heading, to: &output)
    output.literal("\n")
  }
}

extension Texts {
  /// What a figure counts: sockets, or those in a state.
  func figure(_ figure: NightComparison.Figure) -> String {
    figure.name == "sockets" ? self("figure.sockets") : figure.name
  }
}
