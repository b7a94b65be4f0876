import Support
import TCPModel

/// What a picture shows, in words: for its heading, and for readers who cannot see it.
public enum Story {
  static func title(
    _ connection: Connection, _ header: ReportHeader, _ options: DiagramOptions
  ) -> String {
    if let title = options.title { return title }
    let summary = connection.summary
    let texts = Texts.of(options.language)
    return texts(
      "title.connection",
      [
        "client": header.label(of: .client, summary, options),
        "server": header.label(of: .server, summary, options),
        "outcome": texts("outcome." + summary.outcome.rawValue),
      ])
  }

  /// One sentence: how it opened, what it carried, how it ended.
  public static func sentence(_ connection: Connection, _ texts: Texts) -> String {
    let clauses = [
      opening(connection.summary, texts), cargo(connection.summary, texts),
      trouble(connection.summary, texts), limit(connection.summary, texts) ?? "",
      ending(connection.summary, texts),
    ]
    return clauses.filter { !$0.isEmpty }.joined(separator: texts("sentence.separator") + " ")
      + texts("sentence.end")
  }

  /// What is spoken, and with whom: `Speaks TLS 1.3 to www.example.com, h2.` Nothing where nobody knows.
  public static func spoken(_ summary: ConnectionSummary, _ texts: Texts) -> String? {
    let told = [application(summary, texts), hearsay(summary, texts)].compactMap(\.self)
    return told.isEmpty ? nil : told.joined(separator: " ")
  }

  private static func application(_ summary: ConnectionSummary, _ texts: Texts) -> String? {
    guard let spoken = summary.spoken else { return nil }
    let what = spoken.tls?.versionName ?? spoken.application.rawValue
    if spoken.basis == .port {
      return summary.handshake.kind == .incomplete ? nil : texts("speaks.port", ["what": what])
    }
    let name = (spoken.tls?.serverName ?? spoken.host)?.safeToShow
    let selected = spoken.tls?.selectedProtocol?.safeToShow
    switch (name, selected) {
    case (let name?, let selected?):
      return texts("speaks.toSelected", ["what": what, "name": name, "selected": selected])
    case (let name?, nil): return texts("speaks.to", ["what": what, "name": name])
    case (nil, let selected?):
      return texts("speaks.selected", ["what": what, "selected": selected])
    case (nil, nil): return texts("speaks", ["what": what])
    }
  }

  /// What was not told to this client may not be what it meant.
  private static func hearsay(_ summary: ConnectionSummary, _ texts: Texts) -> String? {
    guard let name = summary.name, name.basis == .dnsOther else { return nil }
    return texts("named.others", ["name": name.text.safeToShow])
  }

  /// What tells one story from another: how it opened, what went wrong, what held it back, how it ended.
  public struct Kind: Hashable, Sendable {
    private let outcome: Outcome
    private let opening: Handshake.Kind
    private let closing: Teardown.Kind
    private let isRetried: Bool
    private let hasRepeats: Bool
    private let hasClosedWindows: Bool
    private let limit: Limit?

    public init(_ summary: ConnectionSummary) {
      outcome = summary.outcome
      opening = summary.handshake.kind
      closing = summary.teardown.kind
      isRetried = summary.handshake.synRetransmissions > 0
      hasRepeats = summary.repeats.map { $0 > 0 } ?? false
      hasClosedWindows =
        summary.analysis.map { $0.client.zeroWindows > 0 || $0.server.zeroWindows > 0 } ?? false
      limit = summary.mainLimit?.limit
    }
  }

  private static func opening(_ summary: ConnectionSummary, _ texts: Texts) -> String {
    let handshake = summary.handshake
    let retries = handshake.synRetransmissions
    if summary.landmarks.opensUnseen { return texts("opening.incomplete") }
    switch handshake.kind {
    case .threeWay, .simultaneous, .fastOpen:
      let time = Quantity.duration(summary.timings.handshake ?? handshake.rtt ?? 0)
      let key = "opening." + handshake.kind.rawValue
      let text = texts(key, ["time": time])
      if retries > 0 {
        return text + texts("sentence.comma") + " " + texts.counted("opening.retries", retries)
      }
      return text
    case .incomplete:
      switch summary.outcome {
      case .refused: return texts("opening.refused")
      case .unanswered: return texts.counted("opening.unanswered", max(1, retries + 1))
      case .halfOpen: return texts("opening.halfOpen")
      case .closed, .reset, .halfClosed, .open: return texts("opening.incomplete")
      }
    case .notCaptured: return texts("opening.notCaptured")
    }
  }

  private static func cargo(_ summary: ConnectionSummary, _ texts: Texts) -> String {
    let up = summary.traffic.client.payloadBytes
    let down = summary.traffic.server.payloadBytes
    if up == 0, down == 0 {
      return summary.handshake.kind == .incomplete ? "" : texts("cargo.none")
    }
    let amounts = texts(
      "cargo.amounts", ["up": Quantity.bytes(up), "down": Quantity.bytes(down)])
    let exchanges = summary.timings.exchanges
    return exchanges > 0
      ? amounts + " " + texts.counted("cargo.exchanges", exchanges) : amounts
  }

  private static func trouble(_ summary: ConnectionSummary, _ texts: Texts) -> String {
    var repeats: Int64 = 0
    var closedWindows: Int64 = 0
    for side in Side.allCases {
      repeats &+= summary.traffic[side].retransmittedSegments ?? 0
      closedWindows &+= summary.analysis.map { Int64($0[side].zeroWindows) } ?? 0
    }
    var parts: [String] = []
    if repeats > 0 { parts.append(texts.counted("trouble.repeats", repeats)) }
    if closedWindows > 0 { parts.append(texts.counted("trouble.zeroWindows", closedWindows)) }
    return parts.joined(separator: texts("sentence.comma") + " ")
  }

  /// `limited by the client's window for 4.1 s of 4.3 s`: what held the side back that sent most; nil
  /// where nothing did for long.
  public static func limit(_ summary: ConnectionSummary, _ texts: Texts) -> String? {
    guard let main = summary.mainLimit else { return nil }
    return texts(
      "limit." + key(main.limit, main.isNeedless),
      [
        "sender": texts("side." + main.sender.name),
        "receiver": texts("side." + main.sender.peer.name),
        "time": Quantity.duration(main.time), "whole": Quantity.duration(summary.duration),
      ])
  }

  /// `client's window`: the same in two words.
  public static func shortLimit(_ summary: ConnectionSummary, _ texts: Texts) -> String? {
    summary.mainLimit.map {
      name(of: $0.limit, isNeedless: $0.isNeedless, sender: $0.sender, texts)
    }
  }

  /// - Parameter isNeedless: It repaired what had arrived.
  public static func name(
    of limit: Limit, isNeedless: Bool = false, sender: Side, _ texts: Texts
  ) -> String {
    texts(
      "limitShort." + key(limit, isNeedless),
      [
        "sender": texts("side." + sender.name), "receiver": texts("side." + sender.peer.name),
      ])
  }

  /// What its texts are called by.
  public static func key(_ limit: Limit, _ isNeedless: Bool) -> String {
    limit.name + (isNeedless ? ".needless" : "")
  }

  private static func ending(_ summary: ConnectionSummary, _ texts: Texts) -> String {
    let teardown = summary.teardown
    let side = teardown.initiator.map { texts("side." + $0.name) } ?? ""
    switch summary.outcome {
    case .refused, .unanswered: return ""
    case .halfOpen: return ""
    case .open: return texts("ending.open")
    case .halfClosed: return texts("ending.halfClosed", ["side": side])
    case .reset:
      guard let sender = summary.landmarks.resetBy else { return texts("ending.resetBySomeone") }
      let name = texts("side." + sender.name)
      return texts(
        summary.landmarks.isRSTForeign ? "ending.resetOnPath" : "ending.reset", ["side": name])
    case .closed:
      switch teardown.kind {
      case .fourWay: return texts("ending.fourWay", ["side": side])
      case .threeWay: return texts("ending.threeWay", ["side": side])
      case .simultaneous: return texts("ending.simultaneous")
      case .half, .reset, .none: return texts("ending.closed")
      }
    }
  }

  /// The whole story: who, when, how it opened and ended, every state, every phase, what is drawn.
  static func telling(
    _ ladder: Ladder, _ header: ReportHeader, _ options: DiagramOptions
  ) -> String {
    let connection = ladder.connection
    let summary = connection.summary
    let texts = Texts.of(options.language)
    var sentences = [
      texts(
        "telling.who",
        [
          "client": header.label(of: .client, summary, options),
          "server": header.label(of: .server, summary, options),
          "start": options.clock.instant(summary.start, decimals: 3),
          "duration": Quantity.duration(summary.duration),
        ]),
      sentence(connection, texts),
    ]
    for side in Side.allCases where !connection.states[side].isEmpty {
      let states = connection.states[side].map { change in
        guard let at = change.at else { return change.state.name }
        return texts(
          "telling.stateAt",
          [
            "state": change.state.name, "time": Quantity.seconds(at, decimals: 6),
            "basis": texts("basis." + change.basis.rawValue),
          ])
      }
      sentences.append(
        texts(
          "telling.states",
          ["side": texts("side." + side.name), "states": states.joined(separator: ", ")]))
    }
    if !connection.phases.isEmpty {
      let shown = connection.phases.prefix(24).map { phase in
        texts("phase." + phase.name.name) + " " + Quantity.duration(phase.duration)
      }
      let more = connection.phases.count > shown.count ? ", …" : ""
      sentences.append(
        texts("telling.phases", ["phases": shown.joined(separator: ", ") + more]))
    }
    let marks = ladder.rows.compactMap { row -> String? in
      if case .snapshot(let mark) = row.content, mark.icmp == nil {
        mark.telling(texts)
      } else {
        nil
      }
    }
    if !marks.isEmpty {
      sentences.append(texts("telling.kernels", ["list": marks.joined(separator: ", ")]))
    }
    var tally = LadderTally()
    for row in ladder.rows { tally.add(row.tally) }
    for (kind, count) in tally.countedKinds where kind.sign != nil {
      sentences.append(texts.counted("kinds." + kind.rawValue, count) + texts("sentence.end"))
    }
    return sentences.joined(separator: " ")
  }

  /// `client.pcap · frames 1–19 · connection 1 of 1`.
  static func source(_ summary: ConnectionSummary, _ header: ReportHeader, _ texts: Texts) -> String
  {
    var parts: [String] = []
    if header.captures.indices.contains(summary.capture) {
      parts.append(TextMetrics.plain(header.captures[summary.capture].path.lastPathComponent))
    }
    parts.append(
      texts(
        "foot.frames", ["first": String(summary.firstFrame), "last": String(summary.lastFrame)]))
    parts.append(
      texts(
        "foot.connection",
        [
          "id": String(summary.id),
          "count": Quantity.count(max(summary.id, header.summary.connections)),
        ]))
    return parts.joined(separator: " · ")
  }
}

extension ConnectionSummary {
  /// Segments sent again by either side; nil where that is not known of both.
  public var repeats: Int64? {
    traffic.client.retransmittedSegments.flatMap { count in
      traffic.server.retransmittedSegments.map { count &+ $0 }
    }
  }
}
