import Mustache
import Support
import TCPModel
import Timeline

/// A report as the templates see it: names to texts and lists. Nothing here is escaped; what a
/// template inserts with two braces is, by the template's content type.
///
/// The names are a promise to whoever writes templates; `docs/templates.md` lists them.
struct ReportView {
  private let document: ReportDocument
  private let header: ReportHeader
  private let texts: Texts
  private let clock: WallClock

  init(_ document: ReportDocument, _ options: DiagramOptions) {
    self.document = document
    header = document.header
    texts = Texts.of(options.language)
    clock = options.clock
  }

  /// - Parameter diagrams: What stands for each detailed connection's diagram, by its number.
  func values(diagrams: [Int: [String: Any]], overview: [String: Any]?) -> [String: Any] {
    var values: [String: Any] = [
      "generator": ["name": Generator.name, "version": Generator.version],
      "title": title,
      "captures": header.captures.filter { $0.format.isCapture || !$0.warnings.isEmpty }
        .map(capture),
      "summary": summary,
      "findings": header.findings.enumerated().map { finding($1, number: $0) },
      "has_limits": document.table?.hasLimits
        ?? document.rows.contains { $0.mainLimit != nil },
      "has_findings": !header.findings.isEmpty,
      "findings_count": Quantity.count(header.findings.count),
      "connections": document.rows.map(row),
      "details": document.details.map { detail($0, diagram: diagrams[$0.summary.id]) },
    ]
    let unlisted = header.listed - document.rows.count
    if unlisted > 0 { values["unlisted"] = Quantity.count(unlisted) }
    if let table = document.table, header.listed > table.count {
      values["untabled"] = Quantity.count(header.listed - table.count)
    }
    let undetailed = header.listed - document.details.count
    if undetailed > 0 { values["undetailed"] = Quantity.count(undetailed) }
    if document.isShortened {
      let findings = document.findingsLeftOut ? "findings, " : ""
      values["shortened"] =
        "Shortened to fit an issue: \(findings)connections, diagrams or rows of them were left out,"
        + " the least notable first. The full report: -o report.html"
    }
    if let overview { values["overview"] = overview }
    if !header.quic.isEmpty {
      values["quic"] = QUICWords.sentences(header).map { ["text": $0 + "."] }
    }
    if let paths = header.paths { values["paths"] = PathView.values(paths, document.rows) }
    if let snapshots = header.snapshots {
      values["snapshots"] = SnapshotView.values(snapshots, clock)
    }
    return values
  }

  private var title: String {
    let captures = header.captures.filter(\.format.isCapture)
    guard captures.count == 1, let only = captures.first else {
      return "\(captures.count) captures"
    }
    return only.path == "-" ? "standard input" : only.path.lastPathComponent.safeToShow
  }

  private var summary: [String: Any] {
    let summary = header.summary
    var values: [String: Any] = [
      "connections": Quantity.count(summary.connections),
      "outcomes": Outcome.allCases.compactMap { outcome in
        summary.byOutcome[outcome].map {
          ["name": outcome.rawValue, "words": outcome.words, "count": Quantity.count($0)]
        }
      },
      "tcp_segments": Quantity.count(summary.tcpSegments),
      "payload": Quantity.bytes(summary.payloadBytes),
      "plural": summary.connections != 1, "plural_segments": summary.tcpSegments != 1,
    ]
    if let time = LimitWords.time(of: summary) { values["time"] = time }
    if header.listed < summary.connections { values["listed"] = Quantity.count(header.listed) }
    if let start = summary.start, let end = summary.end {
      values["start"] = clock.instant(start, decimals: 6)
      values["span"] = Quantity.duration(end.since(start))
    }
    return values
  }

  private func capture(_ capture: CaptureInfo) -> [String: Any] {
    var notes = capture.warnings.map(\.safeToShow)
    if let drops = capture.interfaceDrops, drops > 0 {
      notes.append("\(Quantity.counted(drops, "packet")) dropped while capturing")
    }
    for (reason, frames) in capture.skipped.sorted(by: { $0.key < $1.key }) {
      notes.append("skipped \(Quantity.counted(frames, "frame")): \(reason.safeToShow)")
    }
    var kind = [capture.format.rawValue]
    if capture.compression != .none { kind.append(capture.compression.rawValue) }
    return [
      "path": capture.path.safeToShow,
      "format": kind.joined(separator: ", "),
      "link_types": capture.linkTypes.joined(separator: ", "),
      "frames": Quantity.count(capture.frames),
      "tcp_segments": Quantity.count(capture.tcpSegments),
      "bytes": Quantity.bytes(capture.bytes),
      "start": capture.firstTime.map { clock.instant($0, decimals: 6) } ?? "",
      "span": span(capture.firstTime, capture.lastTime),
      "notes": notes.joined(separator: "; "),
    ]
  }

  private func span(_ first: Timestamp?, _ last: Timestamp?) -> String {
    guard let first, let last else { return "" }
    return Quantity.duration(last.since(first))
  }

  /// Whether the page has a place for a connection: a section, or a row of its table.
  private func isPlaced(_ id: Int) -> Bool {
    document.table.map { $0.count == header.listed && header.listed > 1 } ?? false
      || document.details.contains { $0.summary.id == id }
      || document.table != nil && document.rows.contains { $0.id == id }
  }

  private func finding(_ finding: Finding, number: Int) -> [String: Any] {
    let detailed = Set(document.details.map(\.summary.id))
    let name = finding.nameOfConnection
    var values = finding.pageValues
    let places: [String: Any] = [
      "number": "\(number)",
      "connections": finding.connections.prefix(5).enumerated().map { index, id in
        [
          "separator": index > 0 ? ", " : "", "id": "\(id)", "is_detailed": detailed.contains(id),
          "is_placed": isPlaced(id),
        ] as [String: Any]
      },
      "has_connections": !finding.connections.isEmpty && name == nil,
      "plural": finding.connections.count > 1 ? "s" : "",
      "more_connections": more(than: finding.connections.count),
      "frames": finding.frames.prefix(5).map(String.init).joined(separator: ", "),
      "has_frames": !finding.frames.isEmpty,
      "plural_frames": finding.frames.count > 1 ? "s" : "",
      "more_frames": more(than: finding.frames.count),
      "evidence": finding.evidence.map { ["name": $0.name.safeToShow, "value": text($0.value)] },
    ]
    values.merge(places) { $1 }
    if finding.connections.count > 5 {
      values["more_connections_words"] =
        String(more(than: finding.connections.count).dropFirst())
    }
    if let name, let id = finding.connections.first, detailed.contains(id) || isPlaced(id) {
      values["link"] = [
        "id": "\(id)", "before": String(finding.text[..<name.lowerBound]).safeToShow,
        "words": String(finding.text[name]).safeToShow,
        "after": String(finding.text[name.upperBound...]).safeToShow,
      ]
    }
    return values
  }

  private func text(_ value: Finding.Evidence.Value) -> String {
    switch value {
    case .number(let number): Quantity.count(number)
    case .text(let text): text.safeToShow
    }
  }

  /// What follows the first five of a list.
  private func more(than count: Int) -> String {
    count > 5 ? " and \(Quantity.count(count - 5)) more" : ""
  }

  private func row(_ summary: ConnectionSummary) -> [String: Any] {
    let (client, server) = (summary.traffic.client, summary.traffic.server)
    let timings = summary.timings
    return [
      "id": "\(summary.id)",
      "client": header.text(of: .client, summary),
      "server": header.text(of: .server, summary),
      "start": header.summary.start.map {
        Quantity.seconds(summary.start.since($0), decimals: 6)
      } ?? "",
      "duration": Quantity.duration(summary.duration),
      "sent": Quantity.bytes(client.payloadBytes),
      "received": Quantity.bytes(server.payloadBytes),
      "repeats": summary.repeats.map { Quantity.count($0) } ?? "",
      "outcome": summary.outcome.rawValue,
      "outcome_words": summary.outcome.words,
      "limit": Story.shortLimit(summary, Texts.of(.en)) ?? "",
      "is_detailed": document.details.contains { $0.summary.id == summary.id },
      "handshake": text(timings.handshake),
      "first_byte": text(timings.firstByte),
      "send": text(timings.send),
      "wait": text(timings.wait),
      "receive": text(timings.receive),
      "server_time": text(timings.serverTime),
      "idle": text(timings.idle),
      "stalled": text(timings.stalled),
      "teardown": text(timings.teardown),
      "longest_wait": text(timings.longestWait),
      "exchanges": Quantity.count(timings.exchanges),
    ]
  }

  private func text(_ duration: Nanoseconds?) -> String {
    duration.map(Quantity.duration) ?? ""
  }
}

extension ReportView {
  /// Events beyond these are counted.
  private static let eventLimit = 50
  private static let phaseLimit = 50

  private func detail(_ connection: Connection, diagram: [String: Any]?) -> [String: Any] {
    var values = row(connection.summary)
    values["sentence"] = [
      Story.sentence(connection, texts), LimitWords(connection.summary).blame,
    ].compactMap(\.self).joined(separator: " ")
    let findings = header.findings.enumerated().filter {
      $1.connections.contains(connection.summary.id)
    }
    values["has_findings"] = !findings.isEmpty
    values["findings"] = findings.enumerated().map { place, finding in
      [
        "number": "\(finding.offset)", "kind": finding.element.kind.rawValue,
        "separator": place > 0 ? ", " : "",
      ]
    }
    values["phases"] = connection.phases.prefix(Self.phaseLimit).map(phase)
    let phases = connection.phases.count + connection.phasesOmitted
    if phases > Self.phaseLimit { values["more_phases"] = Quantity.count(phases - Self.phaseLimit) }
    values["states"] = StateSteps(connection.states).steps.map(step)
    let events = connection.events ?? []
    values["events"] = events.prefix(Self.eventLimit).map(event)
    values["has_events"] = !events.isEmpty
    if events.count > Self.eventLimit {
      values["more_events"] = Quantity.count(events.count - Self.eventLimit)
    }
    if let diagram { values["diagram"] = diagram }
    values.merge(SnapshotView.values(connection)) { own, _ in own }
    return values
  }

  private func phase(_ phase: Phase) -> [String: Any] {
    let frames: String =
      if let first = phase.firstFrame, let last = phase.lastFrame {
        first == last ? "\(first)" : "\(first)–\(last)"
      } else {
        ""
      }
    var values = [
      "name": phase.name.name,
      "start": Quantity.seconds(phase.start, decimals: 6),
      "duration": Quantity.duration(phase.duration),
      "frames": frames,
    ]
    // Where there is none its parentheses stay away.
    if let basis = phase.basis {
      values["basis"] = basis == .snapshot ? "measured" : basis.rawValue
    }
    return values
  }

  private func step(_ step: StateSteps.Step) -> [String: Any] {
    [
      "at": step.at.map { Quantity.seconds($0, decimals: 6) } ?? "",
      "frame": step.frame.map { "\($0)" } ?? "",
      "client": step.states.client?.state.name ?? "",
      "client_basis": step.states.client?.basis.rawValue ?? "",
      "server": step.states.server?.state.name ?? "",
      "server_basis": step.states.server?.basis.rawValue ?? "",
    ]
  }

  private func event(_ event: Event) -> [String: Any] {
    [
      "at": Quantity.seconds(event.at, decimals: 6),
      "frame": "\(event.frame)",
      "from": event.from.name,
      "kind": event.kind.rawValue,
      "text": event.text.safeToShow,
    ]
  }
}

extension Finding {
  /// Where the sentence names its only connection.
  fileprivate var nameOfConnection: Range<String.Index>? {
    guard connections.count == 1, let id = connections.first else { return nil }
    let names = text.ranges(of: "onnection \(id)").filter {
      $0.upperBound == text.endIndex || !text[$0.upperBound].isNumber
    }
    return names.first.map { text.index(before: $0.lowerBound)..<$0.upperBound }
  }
}
