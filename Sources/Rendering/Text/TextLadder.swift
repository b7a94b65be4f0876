import Support
import TCPModel
import Timeline

/// The sequence diagram of one connection in plain text: time and frames, both lifelines, an arrow a
/// segment or a run of them, states where they are entered.
///
///     0.000000      1  |-- SYN seq 0 win 64240 ------------------->|
///     0.000048      2  |<------------- SYN, ACK seq 0 ack 1 -------|
struct TextLadder {
  private let script: SequenceScript
  private let style: TextStyle
  private let frameWidth: Int
  private let titles: (time: String, frame: String)
  /// Columns between the lifelines.
  private let room: Int

  private static let timeWidth = 11
  private static let defaultWidth = 110
  private static let shortestArrow = 4

  init(_ script: SequenceScript, style: TextStyle, _ texts: Texts) {
    self.script = script
    self.style = style
    titles = (texts("column.time"), texts("column.frame"))
    frameWidth =
      script.steps.reduce(DisplayWidth.of(titles.frame)) { width, step in
        guard case .message(let message) = step else { return width }
        return max(width, message.numbers(through: "-").count)
      }
    let width = min(max(style.width ?? Self.defaultWidth, 64), 140)
    room = width - Self.timeWidth - 2 - frameWidth - 2 - 2
  }

  func write(to output: inout ByteWriter) {
    let names = (script.names.client, script.names.server)
    let half = room / 2
    let client = DisplayWidth.shorten(names.0.safeToShow, to: half)
    let server = DisplayWidth.shorten(names.1.safeToShow, to: half)
    let gap = room + 2 - DisplayWidth.of(client) - DisplayWidth.of(server)
    place(titles.time, titles.frame, to: &output)
    style.paint(client + Self.spaces(gap) + server, .heading, to: &output)
    output.literal("\n")
    var states: PerSide<String?> = PerSide(both: nil)
    for step in script.steps {
      if case .state(let side, let text) = step {
        if states[side] != nil { write(&states, to: &output) }
        states[side] = text.safeToShow
        continue
      }
      write(&states, to: &output)
      switch step {
      case .message(let message): write(message, to: &output)
      case .phase(let text): writeMiddle("[ \(text) ]", "|", to: &output)
      case .remark(let text): writeMiddle(text, ":", to: &output)
      case .state: break
      }
    }
    write(&states, to: &output)
  }

  // MARK: Lines

  private func place(_ time: String, _ frames: String, to output: inout ByteWriter) {
    let padding = Self.timeWidth - DisplayWidth.of(time)
    let text =
      Self.spaces(padding) + time + Self.spaces(2 + frameWidth - DisplayWidth.of(frames)) + frames
      + "  "
    style.paint(text, .faint, to: &output)
  }

  private func write(_ message: SequenceScript.Message, to output: inout ByteWriter) {
    place(Quantity.seconds(message.at, decimals: 6), message.numbers(through: "-"), to: &output)
    let (label, rest) = Self.split(
      message.words.safeToShow, columns: room - Self.shortestArrow - 4)
    let body: Character =
      switch message.way {
      case .plain, .lost, .presumedLost: "-"
      case .quiet, .unanswered: "."
      }
    // What did not arrive ends before the other lifeline.
    let head: Character
    let short: Int
    switch message.way {
    case .plain, .quiet: (head, short) = (message.from == .client ? ">" : "<", 0)
    case .lost, .presumedLost: (head, short) = ("x", 6)
    case .unanswered: (head, short) = ("?", 6)
    }
    let shaft = max(1, room - DisplayWidth.of(label) - 5 - short)
    let (near, far) = (String(repeating: body, count: 2), String(repeating: body, count: shaft))
    let arrow =
      message.from == .client
      ? near + " " + label + " " + far + String(head) + Self.spaces(short)
      : Self.spaces(short) + String(head) + far + " " + label + " " + near
    output.literal("|")
    style.paint(arrow, message.isTrouble ? .bad : .plain, to: &output)
    output.literal("|\n")
    for note in [rest].filter({ !$0.isEmpty }) + message.notes {
      for line in TextMetrics.wrapped(note.safeToShow, columns: room - 6) {
        place("", "", to: &output)
        let gap = Self.spaces(room - 3 - DisplayWidth.of(line))
        output.literal("|")
        style.paint(
          message.from == .client ? "   " + line + gap : gap + line + "   ",
          message.isTrouble ? .bad : .faint, to: &output)
        output.literal("|\n")
      }
    }
  }

  /// What both ends have entered.
  private func write(_ states: inout PerSide<String?>, to output: inout ByteWriter) {
    guard states.client != nil || states.server != nil else { return }
    let client = DisplayWidth.shorten(states.client ?? "", to: room / 2 - 2)
    let server = DisplayWidth.shorten(states.server ?? "", to: room / 2 - 2)
    let gap = room - 2 - DisplayWidth.of(client) - DisplayWidth.of(server)
    place("", "", to: &output)
    output.literal("| ")
    style.paint(client + Self.spaces(gap) + server, .good, to: &output)
    output.literal(" |\n")
    states = PerSide(both: nil)
  }

  private func writeMiddle(_ text: String, _ line: String, to output: inout ByteWriter) {
    for part in TextMetrics.wrapped(text.safeToShow, columns: room - 4) {
      let gap = room - DisplayWidth.of(part)
      place("", "", to: &output)
      output.text(line)
      style.paint(
        Self.spaces(gap / 2) + part + Self.spaces(gap - gap / 2), .faint, to: &output)
      output.text(line + "\n")
    }
  }

  // MARK: Texts

  private static func spaces(_ count: Int) -> String {
    String(repeating: " ", count: max(0, count))
  }

  /// As many words as fit beside the arrow, and the others.
  private static func split(_ text: String, columns: Int) -> (String, String) {
    if DisplayWidth.of(text) <= columns { return (text, "") }
    let lines = TextMetrics.wrapped(text, columns: columns)
    guard let first = lines.first else { return ("", "") }
    return (
      DisplayWidth.shorten(first, to: columns), lines.dropFirst().joined(separator: " ")
    )
  }
}
