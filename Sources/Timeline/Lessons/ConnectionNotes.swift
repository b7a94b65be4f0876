import Support
import TCPModel

/// Says what happens in a captured connection, segment by segment, as a lesson does: only what a
/// segment itself or the analysis of the connection shows.
public struct ConnectionNotes {
  private let connection: Connection
  private let texts: Texts
  private let ladder: Ladder
  /// More steps than this nobody follows.
  private static let most = 40

  public init(_ connection: Connection, _ options: DiagramOptions) {
    self.connection = connection
    texts = Texts.of(options.language)
    ladder = Ladder(connection, options)
  }

  /// Sentences by frame, of those rows of the ladder that stand for one segment and have a story.
  public var notes: [Int64: String] {
    var notes: [Int64: String] = [:]
    for row in ladder.rows where notes.count < Self.most {
      guard case .segment(let segment) = row.content else { continue }
      let sentences = [what(segment), states(segment)].filter { !$0.isEmpty }
      if let frame = segment.ownFrame, !sentences.isEmpty {
        notes[frame] = sentences.joined(separator: " ")
      }
    }
    return notes
  }

  private func what(_ segment: SegmentDetail) -> String {
    let remarks = segment.remarks
    let side = texts("side." + segment.from.name)
    let peer = texts("side." + segment.from.peer.name)
    func say(_ key: String, _ values: KeyValuePairs<String, String> = [:]) -> String {
      let text = texts("told." + key, values)
      return Texts.filled(
        text,
        [
          "side": side, "peer": peer, "seq": String(segment.sequence),
          "ack": segment.acknowledgment.map(String.init) ?? "",
          "bytes": Quantity.bytes(segment.payload),
        ])
    }
    if segment.flags.contains(.rst) { return say("rst") }
    if let kind = segment.kinds.last(where: \.isRepeat), !remarks.answersCrossing {
      let since = remarks.sinceOriginal.map { Quantity.duration($0) } ?? ""
      let frame = remarks.repeats.map(String.init) ?? ""
      let key = since.isEmpty ? "again" : "repeat"
      let needless = remarks.isNeedless ? " " + say("needless") : ""
      return say(key, ["what": texts("kind." + kind.rawValue), "time": since, "frame": frame])
        + needless
    }
    if segment.flags.contains(.syn) {
      return segment.flags.contains(.ack)
        ? say("syn_ack") : say("syn", ["isn": String(segment.rawSequence)])
    }
    if segment.flags.contains(.fin) {
      return segment.payload > 0 ? say("fin_data") : say("fin")
    }
    for kind in segment.kinds where Self.told.contains(kind) { return say(kind.rawValue) }
    if remarks.opensWindow { return say("window_opens") }
    if remarks.fate != .arrived { return say("lost") }
    if segment.opensExchange {
      return say(segment.from == .client ? "request" : "response")
    }
    if segment.changesState { return say("ack") }
    return ""
  }

  private static let told: Set<EventKind> = [
    .keepAlive, .keepAliveACK, .zeroWindow, .zeroWindowProbe, .zeroWindowProbeACK, .windowFull,
    .duplicateACK, .outOfOrder, .challengeACK,
  ]

  /// `The server is in CLOSE_WAIT.`
  private func states(_ segment: SegmentDetail) -> String {
    var sentences: [String] = []
    for side in [segment.from, segment.from.peer] {
      for change in connection.states[side].dropFirst() where change.isShown(by: segment) {
        let key = side == segment.from ? "told.state" : "told.stateThen"
        sentences.append(
          texts(key, ["side": texts("side." + side.name), "state": change.state.name]))
      }
    }
    return sentences.joined(separator: " ")
  }
}
