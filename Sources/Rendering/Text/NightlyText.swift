import Support
import TCPModel
import Timeline

/// The report on a night for a terminal or a pipe: findings, states, listeners, peers.
public struct NightlyText {
  private let report: NightReport
  private let style: TextStyle
  private let clock: WallClock
  /// What the tables' times are told in.
  private let zone: String

  /// Rows of each table; the whole of it is in the other formats.
  private static let limit = 10

  public init(_ report: NightReport, style: TextStyle, clock: WallClock = .utc) {
    self.report = report
    self.style = style
    self.clock = clock
    zone = clock.zones(report.start, report.end)
  }

  public func write(to output: inout ByteWriter) {
    heading(title, to: &output)
    output.text("  \(counts)\n")
    for file in report.files {
      for warning in file.warnings {
        output.text("  \(file.path.safeToShow): \(warning.safeToShow)\n")
      }
    }
    output.literal("\n")
    heading("Findings", to: &output)
    if report.findings.isEmpty { output.literal("  nothing stands out\n") }
    for finding in report.findings { style.write(finding, to: &output) }
    if let comparison = report.comparison { write(comparison, to: &output) }
    table(
      "States",
      [
        .init("State", .left), .init("Most", .right), .init("At (\(zone))", .left),
        .init("Last", .right),
      ], states, { $0 }, to: &output)
    table(
      "Listeners",
      [
        .init("Address", .left), .init("Process", .left), .init("Connections", .right),
        .init("Waiting", .right), .init("Limit", .right),
      ], report.listeners, listener, to: &output)
    table(
      "Peers",
      [
        .init("Address", .left), .init("Sockets", .right), .init("Of", .right),
        .init("At (\(zone))", .left),
      ],
      report.peers, peer, to: &output)
  }

  private func write(_ comparison: NightComparison, to output: inout ByteWriter) {
    output.literal("\n")
    heading(
      "Compared with \(Quantity.counted(comparison.nights, "earlier night"))", to: &output)
    let before = clock.shown(comparison.lastNight).dateAndTime()
    output.text("  The night before began \(before) \(zone).\n")
    for (words, listeners) in [
      ("Listening since", comparison.appearedListeners),
      ("No longer listening", comparison.vanishedListeners),
    ] where !listeners.isEmpty {
      let names = listeners.prefix(Self.limit).map(\.description).joined(separator: ", ")
      let more = listeners.count - Self.limit
      output.text("  \(words): \(names)\(more > 0 ? " and \(Quantity.count(more)) more" : "").\n")
    }
    var table = TextTable(
      [
        .init("Most at once", .left), .init("Tonight", .right), .init("Last night", .right),
        .init("Average", .right), .init("This weekday", .right),
      ], style: style)
    table.begin(
      comparison.figures.map { figure in
        [
          .init(figure.name), .init(Quantity.count(figure.tonight)),
          .init(figure.lastNight.map { Quantity.count($0) } ?? ""),
          .init(Quantity.count(figure.average)),
          .init(figure.weekdayAverage.map { Quantity.count($0) } ?? ""),
        ]
      }, to: &output)
  }

  private var title: String {
    guard let start = report.start, let end = report.end else { return "No snapshots" }
    let (from, to) = (clock.instant(start, decimals: 6), clock.instant(end, decimals: 6))
    let host = report.host.map { " of \($0.safeToShow)" } ?? ""
    return "Sockets\(host) from \(from) to \(to)"
  }

  private var counts: String {
    let totals = report.instants.map(\.byState.total)
    return Quantity.counted(report.instants.count, "instant") + " from "
      + Quantity.counted(report.snapshots.count, "snapshot")
      + ", \(Quantity.count(totals.min() ?? 0)) to \(Quantity.count(totals.max() ?? 0)) sockets at once"
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
    heading(more > 0 ? "\(title) (\(Quantity.count(more)) more)" : title, to: &output)
    var table = TextTable(columns, style: style)
    table.begin(rows.prefix(Self.limit).map(cells), to: &output)
  }

  private func heading(_ text: String, to output: inout ByteWriter) {
    style.paint(text, .heading, to: &output)
    output.literal("\n")
  }
}
