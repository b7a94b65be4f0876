import Support
import TCPModel
import Timeline

/// A page about one connection: its story in a sentence, what limited it and whose side that was,
/// where the time went, both ends, its phases and states, and its diagram in plain text.
struct TextConnection {
  private let connection: Connection
  private let header: ReportHeader
  private let options: DiagramOptions
  private let style: TextStyle
  private let texts: Texts

  init(
    _ connection: Connection, header: ReportHeader, options: DiagramOptions, style: TextStyle
  ) {
    self.connection = connection
    self.header = header
    self.options = options
    self.style = style
    texts = Texts.of(options.language)
  }

  func write(to output: inout ByteWriter) {
    story(to: &output)
    limits(to: &output)
    TextTimes(connection, style: style, texts).write(to: &output)
    TextEnds(connection, style: style, texts).write(to: &output)
    phases(to: &output)
    states(to: &output)
    ladder(to: &output)
  }

  /// What happened, in a sentence, and what limited it.
  private func story(to output: inout ByteWriter) {
    output.literal("\n")
    let words = LimitWords(connection.summary, texts)
    let sentence = Story.sentence(connection, texts)
    let spoken = Story.spoken(connection.summary, texts)
    let told = [sentence, spoken, words.blame, words.kernel(.client), words.kernel(.server)]
    for text in told.compactMap({ $0 }) {
      for line in TextMetrics.wrapped(text, columns: style.sentenceWidth) {
        output.text(line + "\n")
      }
    }
  }

  /// What held each sender back for how long, and whose that was.
  private func limits(to output: inout ByteWriter) {
    let whole = connection.summary.duration
    let rows = LimitWords(connection.summary, texts).held.map { held in
      [
        TextTable.Cell("  " + texts(held.sender)), TextTable.Cell(held.by),
        TextTable.Cell(Quantity.duration(held.time)),
        TextTable.Cell(Quantity.percent(held.time, of: whole)), TextTable.Cell(held.owner),
      ]
    }
    if rows.isEmpty { return }
    title(texts("head.senders"), to: &output)
    var table = TextTable(
      [
        .init("  " + texts("column.sender"), .left), .init(texts("column.by"), .left),
        .init(texts("column.for"), .right), .init("", .right), .init(texts("column.whose"), .left),
      ], style: style)
    table.begin(rows, to: &output)
  }

  private func ladder(to output: inout ByteWriter) {
    guard connection.segments != nil else { return }
    title(texts("head.segments"), to: &output)
    TextLadder(SequenceScript(connection, header: header, options: options), style: style, texts)
      .write(to: &output)
  }

  private func phases(to output: inout ByteWriter) {
    guard !connection.phases.isEmpty else { return }
    title(texts("head.phases"), to: &output)
    var table = TextTable(
      [
        .init(texts("column.start"), .right), .init(texts("column.duration"), .right),
        .init(texts("column.phase"), .left), .init(texts("column.frames"), .left),
      ], style: style)
    let rows = connection.phases.map { phase in
      [
        TextTable.Cell(Quantity.seconds(phase.start, decimals: 6), .faint),
        TextTable.Cell(Quantity.duration(phase.duration)),
        TextTable.Cell(name(of: phase)),
        TextTable.Cell(Self.frames(phase.firstFrame, phase.lastFrame), .faint),
      ]
    }
    table.begin(rows, to: &output)
    if connection.phasesOmitted > 0 {
      output.text(texts.counted("text.morePhases", connection.phasesOmitted) + "\n")
    }
  }

  /// With the server's own part of a wait.
  private func name(of phase: Phase) -> String {
    let name = texts(phase.name)
    if let own = connection.summary.serverTime(of: phase) {
      return texts(
        "phase.split",
        [
          "phase": name, "network": Quantity.duration(phase.duration &- own),
          "server": Quantity.duration(own),
        ])
    }
    return switch phase.basis {
    case .snapshot: texts("phase.measured", ["phase": name])
    case .assumed: texts("phase.assumed", ["phase": name])
    case .observed, .inferred, nil: name
    }
  }

  private static func frames(_ first: Int64?, _ last: Int64?) -> String {
    guard let first, let last else { return "" }
    return first == last ? "\(first)" : "\(first)-\(last)"
  }

  /// Both ends' changes in one list; what was not seen at that end is marked.
  private func states(to output: inout ByteWriter) {
    let steps = StateSteps(connection.states).steps
    guard !steps.isEmpty else { return }
    title(texts("head.states"), to: &output)
    var table = TextTable(
      [
        .init(texts("column.time"), .right), .init(texts("column.client"), .left),
        .init(texts("column.server"), .left), .init(texts("column.frame"), .right),
      ], style: style)
    let rows = steps.map { step in
      [
        TextTable.Cell(step.at.map { Quantity.seconds($0, decimals: 6) } ?? "", .faint),
        TextTable.Cell(step.states.client.map(text) ?? ""),
        TextTable.Cell(step.states.server.map(text) ?? ""),
        TextTable.Cell(step.frame, .faint),
      ]
    }
    table.begin(rows, to: &output)
    output.text(texts("text.statesLegend") + "\n")
  }

  private func text(_ change: StateChange) -> String {
    change.state.name + mark(change.basis)
  }

  private func mark(_ basis: StateBasis) -> String {
    switch basis {
    case .observed: ""
    case .inferred: " ~"
    case .assumed: " ?"
    case .snapshot: " " + texts("mark.snapshot")
    }
  }

  private func title(_ text: String, to output: inout ByteWriter) {
    output.literal("\n")
    style.paint(text, .heading, to: &output)
    output.literal("\n")
  }
}
