import Support
import TCPModel

/// A ladder as a list of statements, for languages that draw sequence diagrams from text.
public struct SequenceScript: Sendable {
  public enum Step: Sendable, Hashable {
    /// A phase begins.
    case phase(String)
    case message(Message)
    /// An endpoint enters a state.
    case state(Side, String)
    /// Something about the whole: a break, rows left out.
    case remark(String)
  }

  /// One arrow: a segment, or a run of them.
  public struct Message: Sendable, Hashable {
    /// Of the step that a lesson tells of it.
    public var number: Int64?
    /// Its frames in words, where they are asked for.
    public var place: String?
    public var from: Side
    /// When the capture point saw it, after the connection's first segment.
    public var at: Nanoseconds
    public var frames: ClosedRange<Int64>
    /// They are of the other point's capture, which alone has it.
    public var isSeenFarOnly = false
    /// What the header says.
    public var words: String
    /// What is to be remarked, and what a SYN offers.
    public var notes: [String]
    public var way: Way
    public var isTrouble: Bool

    /// Its frames: `4`, `4-9`, and in parentheses those of the other point's capture.
    public func numbers(through dash: String) -> String {
      let numbers =
        frames.count == 1
        ? "\(frames.lowerBound)" : "\(frames.lowerBound)\(dash)\(frames.upperBound)"
      return isSeenFarOnly ? "(\(numbers))" : numbers
    }

    /// All of it in one line, with its time.
    public var text: String {
      let number = number.map { "(\($0)) " } ?? ""
      let place = place.map { $0 + ": " } ?? ""
      return ([number + place + Quantity.seconds(at, decimals: 6) + " " + words] + notes)
        .joined(separator: ", ")
    }
  }

  /// What became of a message, and how loudly to tell it.
  public enum Way: Sendable, Hashable {
    case plain
    /// A bare ACK.
    case quiet
    case lost, presumedLost, unanswered
  }

  public let title: String
  /// One sentence on the whole connection.
  public let sentence: String
  /// What heads the lifelines.
  public let names: PerSide<String>
  public private(set) var steps: [Step]

  /// - Parameters:
  ///   - steps: Of a lesson, whose numbers stand before the messages.
  ///   - title: Instead of who speaks with whom.
  public init(
    _ whole: Connection, header: ReportHeader, options: DiagramOptions,
    steps lesson: LadderSteps? = nil, title: String? = nil
  ) {
    let connection = whole.shown(by: options)
    let texts = Texts.of(options.language)
    let ladder = Ladder(connection, options)
    self.title = title ?? Story.title(connection, header, options)
    sentence = Story.sentence(connection, texts)
    names = PerSide(
      client: header.label(of: .client, connection.summary, options),
      server: header.label(of: .server, connection.summary, options))
    steps = []
    for side in Side.allCases {
      if let first = connection.states[side].first {
        steps.append(.state(side, first.label(texts)))
      }
    }
    let label = SegmentLabel(connection, texts, hidden: options.hidden)
    var phases = connection.phases.filter { $0.name != .idle && $0.duration > 0 }[...]
    for row in ladder.rows {
      while let phase = phases.first, phase.begins(at: row) {
        phases.removeFirst()
        // Of phases that nothing is drawn of, only the last one is told.
        if let next = phases.first, next.begins(at: row) { continue }
        steps.append(.phase(phase.label(texts)))
      }
      for var step in Self.steps(row, connection, label, texts, numbers: lesson?.numbers ?? [:]) {
        if options.showsFrames, case .message(var message) = step {
          message.place = Self.place(of: message, texts)
          step = .message(message)
        }
        steps.append(step)
      }
    }
    if let phase = phases.first(where: { $0.name == .timeWait }) {
      steps.append(.phase(phase.label(texts)))
    }
    for side in Side.allCases {
      guard let last = connection.states[side].last, last.isAfter(connection.summary.duration)
      else { continue }
      steps.append(.state(side, last.label(texts)))
    }
  }

  private static func place(of message: Message, _ texts: Texts) -> String {
    texts.counted(
      "place.frames", message.frames.count == 1 ? 1 : 2, ["list": message.numbers(through: "–")])
  }

  private static func steps(
    _ row: LadderRow, _ connection: Connection, _ label: SegmentLabel, _ texts: Texts,
    numbers: [Int64: Int64]
  ) -> [Step] {
    func joined(_ words: [Word]) -> String { words.map(\.text).joined(separator: " ") }
    let time = Quantity.seconds(row.start, decimals: 6)
    switch row.content {
    case .segment(let segment):
      let ink = label.ink(segment)
      let way: Way
      switch segment.remarks.fate {
      case .arrived: way = ink == .quiet ? .quiet : .plain
      case .lost: way = .lost
      case .presumedLost: way = .presumedLost
      case .unanswered: way = .unanswered
      }
      var message = Message(
        number: segment.ownFrame.flatMap { numbers[$0] }, from: row.from, at: row.start,
        frames: segment.frame...segment.frame, words: joined(label.words(segment)),
        notes: [label.remarks(segment), label.options(segment)].map(joined)
          .filter { !$0.isEmpty },
        way: way, isTrouble: ink == .trouble)
      message.isSeenFarOnly = segment.isSeenFarOnly
      var steps: [Step] = [.message(message)]
      for side in [row.from, row.from.peer] {
        for change in connection.states[side].dropFirst() where change.isShown(by: segment) {
          steps.append(.state(side, change.label(texts)))
        }
      }
      return steps
    case .run(let run):
      let (first, second) = label.words(run, from: row.from, duration: row.end.less(row.start))
      let frame = run.tally.firstFrame ?? 0
      var message = Message(
        from: row.from, at: row.start, frames: frame...max(frame, run.tally.lastFrame ?? 0),
        words: joined(first), notes: second.isEmpty ? [] : [joined(second)],
        way: run.isLost ? .lost : .plain, isTrouble: run.isLost)
      message.isSeenFarOnly = run.isSeenFarOnly
      return [.message(message)]
    case .pause(let silence):
      return [.remark(texts("break.idle", ["time": Quantity.duration(silence)]))]
    case .snapshot(let mark):
      return [.state(mark.side, time + " " + mark.note(texts))]
    case .omission(let omission):
      let details = label.details(omission, duration: row.end.less(row.start), room: .infinity)
      return [.remark(([label.words(omission)] + details).map(joined).joined(separator: ", "))]
    }
  }
}

/// The scripts of several connections, and what is said of those that have none.
public struct SequenceScripts: Sendable {
  public let scripts: [SequenceScript]
  /// nil when every connection has one.
  public let notDrawn: String?

  /// All there are.
  public init(_ scripts: [SequenceScript]) {
    self.scripts = scripts
    notDrawn = nil
  }

  /// - Parameter total: Counts the connections that have no diagram too.
  public init(
    _ connections: [Connection], of total: Int, header: ReportHeader, options: DiagramOptions
  ) {
    scripts = connections.map { SequenceScript($0, header: header, options: options) }
    let rest = total - connections.count
    notDrawn = rest > 0 ? Texts.of(options.language).counted("sequence.notDrawn", rest) : nil
  }
}

extension Phase {
  /// Waiting begins after the segment that is waited upon, other phases with their first one.
  fileprivate func begins(at row: LadderRow) -> Bool {
    switch name {
    case .wait, .idle, .stalled: start < row.start
    case .handshake, .tls, .send, .receive, .teardown: start <= row.start
    case .timeWait: false
    }
  }

  /// `handshake 50.4 ms`.
  fileprivate func label(_ texts: Texts) -> String {
    let time = Quantity.duration(duration)
    let isAssumed = name == .timeWait && basis != .snapshot
    return texts("phase." + name.name) + " "
      + (isAssumed ? texts("phase.2msl", ["time": time]) : time)
  }
}
