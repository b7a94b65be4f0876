import Support
import TCPModel
import Timeline

/// One connection as text: how it opened and closed, its phases, and both ends' states in time.
struct TextConnection {
  private let connection: Connection
  private let style: TextStyle

  init(_ connection: Connection, style: TextStyle) {
    self.connection = connection
    self.style = style
  }

  func write(to output: inout ByteWriter) {
    limits(to: &output)
    phases(to: &output)
    states(to: &output)
  }

  /// What made it take its time, and whose side that was.
  private func limits(to output: inout ByteWriter) {
    let words = LimitWords(connection.summary)
    let lines = [words.limit, words.blame, words.kernel(.client), words.kernel(.server)].compactMap
    { $0 }
    if lines.isEmpty { return }
    output.literal("\n")
    for line in lines { output.text(line + "\n") }
  }

  private func phases(to output: inout ByteWriter) {
    guard !connection.phases.isEmpty else { return }
    title("Phases", to: &output)
    var table = TextTable(
      [
        .init("Start", .right), .init("Duration", .right), .init("Phase", .left),
        .init("Frames", .left),
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
      output.text("and \(Quantity.count(connection.phasesOmitted)) more phases\n")
    }
  }

  /// With the server's own part of a wait.
  private func name(of phase: Phase) -> String {
    if let own = connection.summary.serverTime(of: phase) {
      return "\(phase.name.name) (network \(Quantity.duration(phase.duration &- own)), server "
        + "\(Quantity.duration(own)))"
    }
    return switch phase.basis {
    case .snapshot: "\(phase.name.name) (measured)"
    case .assumed: "\(phase.name.name) (assumed)"
    case .observed, .inferred, nil: phase.name.name
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
    title("States", to: &output)
    var table = TextTable(
      [
        .init("Time", .right), .init("Client", .left), .init("Server", .left),
        .init("Frame", .right),
      ], style: style)
    let rows = steps.map { step in
      [
        TextTable.Cell(step.at.map { Quantity.seconds($0, decimals: 6) } ?? "", .faint),
        TextTable.Cell(step.states.client.map(Self.text) ?? ""),
        TextTable.Cell(step.states.server.map(Self.text) ?? ""),
        TextTable.Cell(step.frame.map { "\($0)" } ?? "", .faint),
      ]
    }
    table.begin(rows, to: &output)
    output.literal("~ follows from a segment sent to that end, ? assumed, not captured\n")
  }

  private static func text(_ change: StateChange) -> String {
    change.state.name + mark(change.basis)
  }

  private static func mark(_ basis: StateBasis) -> String {
    switch basis {
    case .observed: ""
    case .inferred: " ~"
    case .assumed: " ?"
    case .snapshot: " (snapshot)"
    }
  }

  private func title(_ text: String, to output: inout ByteWriter) {
    output.literal("\n")
    style.paint(text, .heading, to: &output)
    output.literal("\n")
  }
}
