import Support
import TCPModel

/// Questions on a connection, and the answers: all computed, and only where the capture leaves no
/// doubt.
public struct Quiz: Sendable {
  public struct Question: Sendable {
    public var text: String
    public var answer: String
  }

  public private(set) var questions: [Question] = []
  private let connection: Connection
  private let texts: Texts

  /// Frames that stand for themselves in the picture: only of them can be asked.
  private let drawn: Set<Int64>

  public init(_ connection: Connection, _ options: DiagramOptions) {
    let ladder = Ladder(connection, options)
    self.connection = connection.shown(by: options)
    drawn = Set(
      ladder.rows.compactMap { row in
        if case .segment(let segment) = row.content { segment.frame } else { nil }
      })
    texts = Texts.of(options.language)
    if options.crop != .teardown {
      opening()
      numbers()
    }
    acknowledgments()
    states()
    repeats(ladder)
    closedWindow()
    closing(ladder)
    timeWait()
  }

  private var summary: ConnectionSummary { connection.summary }

  private var segments: [SegmentDetail] {
    (connection.segments ?? []).compactMap { item in
      if case .segment(let segment) = item { segment } else { nil }
    }
  }

  private mutating func ask(
    _ key: String, _ asked: KeyValuePairs<String, String> = [:],
    answer: String? = nil, _ answered: KeyValuePairs<String, String> = [:]
  ) {
    questions.append(
      Question(
        text: texts("quiz." + key + ".q", asked),
        answer: texts("quiz." + (answer ?? key) + ".a", answered)))
  }

  private func name(_ side: Side) -> String { texts("side." + side.name) }

  private func seconds(_ time: Nanoseconds) -> String { Quantity.seconds(time, decimals: 6) }

  // MARK: The opening

  private mutating func opening() {
    let handshake = summary.handshake
    let opening = segments.filter { segment in
      segment.flags.contains(.syn) || segment.at == handshake.ack && segment.from == .client
    }
    let frames = list(opening.prefix { $0.at <= handshake.ack ?? .max }.map(\.frame))
    switch handshake.kind {
    case .threeWay:
      guard let time = summary.timings.handshake else { return }
      ask(
        "opening", answer: handshake.rtt == nil ? "opening.retries" : "opening",
        ["frames": frames, "time": Quantity.duration(time)])
    case .incomplete:
      let outcome = summary.outcome
      if [.refused, .unanswered, .halfOpen].contains(outcome) {
        ask("opens", answer: "opens." + outcome.rawValue, ["frames": frames])
      }
    case .simultaneous:
      // The ACK that the picture's phase ends with opens nothing new.
      let syns = list(opening.filter { $0.flags.contains(.syn) }.map(\.frame))
      ask(
        "opening", answer: "opening.simultaneous",
        ["frames": syns, "time": Quantity.duration(summary.timings.handshake ?? 0)])
    case .fastOpen, .notCaptured: break
    }
  }

  private mutating func numbers() {
    guard summary.handshake.kind == .threeWay,
      let syn = segments.first(where: { $0.flags.contains(.syn) && $0.from == .client }),
      let data = segments.first(where: { $0.payload > 0 && $0.from == .client })
    else { return }
    ask(
      "isn", ["side": name(.client)],
      ["isn": String(syn.rawSequence), "frame": String(data.frame), "seq": String(data.sequence)])
  }

  // MARK: Acknowledgments

  private mutating func acknowledgments() {
    var asked: Set<String> = []
    var covered = PerSide<SegmentDetail?>(both: nil)
    for segment in segments {
      defer {
        if segment.payload > 0 || !segment.flags.isDisjoint(with: [.syn, .fin]) {
          covered[segment.from] = segment
        }
      }
      guard let ack = segment.acknowledgment, let last = covered[segment.from.peer],
        !segment.flags.contains(.rst), segment.kinds.isEmpty, drawn.contains(segment.frame),
        drawn.contains(last.frame),
        ack == last.sequence &+ last.payload
          &+ (last.flags.contains(.syn) ? 1 : 0) &+ (last.flags.contains(.fin) ? 1 : 0)
      else { continue }
      let what = last.flags.contains(.syn) ? "syn" : last.flags.contains(.fin) ? "fin" : "data"
      guard asked.insert(what).inserted else { continue }
      ask(
        "ack", ["frame": String(segment.frame)], answer: "ack." + what,
        [
          "ack": String(ack), "peer": name(segment.from.peer), "frame": String(last.frame),
          "seq": String(last.sequence), "last": String(ack &- 1), "bytes": String(last.payload),
        ])
    }
  }

  // MARK: States

  private static let mostStates = 2

  private mutating func states() {
    let end = summary.duration
    for side in Side.allCases {
      let changes = connection.states[side].filter { ($0.at ?? 0) <= end }
      var spans: [(change: StateChange, from: Nanoseconds, to: Nanoseconds)] = []
      for (index, change) in changes.enumerated() {
        guard ![.closed, .listen].contains(change.state), let from = change.at,
          change.basis != .assumed
        else { continue }
        let to = index + 1 < changes.count ? changes[index + 1].at ?? from : end
        // What an estimated time decides is no question: a segment leaves that end so much before it was
        // captured, or comes there so much later.
        let doubt = connection.delays.toward[side]
        if to - from - 2 * doubt > max(end / 20, 1_000_000) {
          spans.append((change, from + doubt, to - doubt))
        }
      }
      let chosen = spans.sorted { $0.to - $0.from > $1.to - $1.from }.prefix(Self.mostStates)
      for span in chosen.sorted(by: { $0.from < $1.from }) {
        let middle = span.from + (span.to - span.from) / 2
        let time = middle / 1_000_000 * 1_000_000 > span.from ? 3 : 6
        ask(
          "state",
          ["side": name(side), "time": Quantity.seconds(middle, decimals: time)],
          answer: span.change.ownFrame == nil ? "state.unseen" : "state",
          [
            "state": span.change.state.name, "since": seconds(span.change.at ?? span.from),
            "frame": span.change.ownFrame.map(String.init) ?? "",
          ])
      }
    }
  }

  // MARK: Trouble

  private mutating func repeats(_ ladder: Ladder) {
    for row in ladder.rows {
      guard case .segment(let segment) = row.content, let frame = segment.remarks.repeats,
        let since = segment.remarks.sinceOriginal, !segment.remarks.answersCrossing
      else { continue }
      let kind = segment.kinds.last(where: \.isRepeat)?.rawValue ?? "retransmission"
      return ask(
        "repeat",
        answer: segment.remarks.isNeedless ? "repeat.needless" : "repeat",
        [
          "frame": String(segment.frame), "original": String(frame),
          "time": Quantity.duration(since), "what": texts("kind." + kind),
        ])
    }
  }

  private mutating func closedWindow() {
    for side in Side.allCases where summary.landmarks.zeroWindow[side].longest > 0 {
      let stops = summary.landmarks.zeroWindow[side]
      ask(
        "window", [:],
        [
          "side": name(side), "peer": name(side.peer), "frame": String(stops.longestFrame),
          "time": Quantity.duration(stops.longest),
        ])
    }
  }

  // MARK: The end

  private mutating func closing(_ ladder: Ladder) {
    let teardown = summary.teardown
    switch summary.outcome {
    case .closed:
      let frames = list(arrived(teardown.frames, ladder))
      if teardown.kind == .simultaneous {
        return ask("closer", answer: "closer.simultaneous", ["frames": frames])
      }
      guard let side = teardown.initiator, [.fourWay, .threeWay].contains(teardown.kind) else {
        return
      }
      ask(
        "closer", answer: "closer." + teardown.kind.rawValue,
        ["side": name(side), "peer": name(side.peer), "frames": frames])
    case .reset:
      guard let side = summary.landmarks.resetBy, let frame = summary.landmarks.reset,
        !summary.landmarks.isRSTForeign
      else { return }
      ask("closer", answer: "closer.reset", ["side": name(side), "frame": String(frame)])
    case .halfClosed:
      guard let side = teardown.initiator else { return }
      ask("closer", answer: "closer.half", ["side": name(side), "peer": name(side.peer)])
    case .open, .refused, .unanswered, .halfOpen: break
    }
  }

  private mutating func timeWait() {
    guard summary.outcome == .closed else { return }
    let sides = Side.allCases.filter { side in
      connection.states[side].contains { $0.state == .timeWait }
    }
    guard let side = sides.first else { return }
    guard sides.count == 1 else { return ask("time_wait", answer: "time_wait.both") }
    let phase = connection.phases.last { $0.name == .timeWait }
    let isMeasured = phase?.basis == .snapshot
    ask(
      "time_wait", [:], answer: isMeasured ? "time_wait.measured" : "time_wait",
      [
        "side": name(side), "peer": name(side.peer),
        "time": phase.map { Quantity.duration($0.duration) } ?? "60 s",
      ])
  }

  /// For each one that was lost, the copy that arrived.
  private func arrived(_ frames: [Int64], _ ladder: Ladder) -> [Int64] {
    var originals: [Int64: Int64] = [:]
    var copies: [Int64: Int64] = [:]
    for row in ladder.rows {
      guard case .segment(let segment) = row.content else { continue }
      let original = segment.remarks.repeats.map { originals[$0] ?? $0 } ?? segment.frame
      originals[segment.frame] = original
      if segment.remarks.fate == .arrived, copies[original] == nil {
        copies[original] = segment.frame
      }
    }
    return frames.map { copies[originals[$0] ?? $0] ?? $0 }.sorted()
  }

  private func list(_ frames: [Int64]) -> String {
    frames.map(String.init).joined(separator: ", ")
  }
}
