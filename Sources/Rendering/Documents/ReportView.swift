import Mustache
import Support
import Synchronization
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
  private let givenTitle: String?

  init(_ document: ReportDocument, _ options: DiagramOptions) {
    self.document = document
    header = document.header
    texts = Texts.of(options.language)
    clock = options.clock
    givenTitle = options.title
  }

  /// - Parameter diagrams: What stands for each detailed connection's diagram, by its number.
  func values(diagrams: [Int: [String: Any]], overview: [String: Any]?) -> [String: Any] {
    var values: [String: Any] = [
      "generator": ["name": Generator.name, "version": Generator.version],
      "language": texts.language.rawValue,
      "label": Self.labels(texts),
      "written": texts(
        "page.written", ["name": Generator.name, "version": Generator.version]),
      "title": givenTitle ?? title,
      "heading": givenTitle ?? texts("head.title", ["name": title]),
      "lead": lead,
      "captures": header.captures.filter { $0.format.isCapture || !$0.remarks.isEmpty }
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
    if unlisted > 0 {
      values["unlisted"] = Quantity.count(unlisted)
      values["unlisted_words"] = texts.counted(
        document.table == nil ? "page.unlisted" : "page.unlistedScript", unlisted)
    }
    if let table = document.table, header.listed > table.count {
      values["untabled"] = Quantity.count(header.listed - table.count)
      values["untabled_words"] = texts.counted("page.untabled", header.listed - table.count)
    }
    let undetailed = header.listed - document.details.count
    if undetailed > 0 {
      values["undetailed"] = Quantity.count(undetailed)
      values["undetailed_words"] = texts.counted("page.undetailed", undetailed)
    }
    if document.isShortened {
      values["shortened"] = texts(
        document.findingsLeftOut ? "page.shortenedFindings" : "page.shortened")
    }
    if let overview { values["overview"] = overview }
    if !header.quic.isEmpty {
      values["quic"] = QUICWords.sentences(header, texts).map { ["text": $0 + "."] }
    }
    if let paths = header.paths { values["paths"] = PathView.values(paths, document.rows, texts) }
    if let snapshots = header.snapshots {
      values["snapshots"] = SnapshotView.values(snapshots, clock, texts)
    }
    return values
  }

  private var title: String {
    let captures = header.captures.filter(\.format.isCapture)
    guard captures.count == 1, let only = captures.first else {
      return texts("page.captures", ["n": String(captures.count)])
    }
    return only.path == "-" ? texts("page.standardInput") : only.path.lastPathComponent.safeToShow
  }

  /// `3 connections in 1.2 s, from ..: 3 closed, 30 segments, 1.2 kB of payload.`
  private var lead: String {
    let summary = header.summary
    var connections = texts.counted("unit.connections", summary.connections)
    if let start = summary.start, let end = summary.end {
      connections = texts(
        "page.lead.when",
        [
          "connections": connections, "span": Quantity.duration(end.since(start)),
          "start": clock.instant(start, decimals: 6),
        ])
    }
    let outcomes = Outcome.allCases.compactMap { outcome in
      summary.byOutcome[outcome].map {
        texts("outcome.count", ["n": Quantity.count($0), "outcome": texts(outcome)])
      }
    }
    let list = outcomes + [texts.counted("page.segments", summary.tcpSegments)]
    var sentences = [
      texts(
        "page.lead",
        [
          "connections": connections, "list": list.joined(separator: ", "),
          "payload": Quantity.bytes(summary.payloadBytes),
        ])
    ]
    if header.listed < summary.connections {
      sentences.append(texts.counted("page.about", header.listed))
    }
    if let time = LimitWords.time(of: summary, texts) { sentences.append(time + ".") }
    return sentences.joined(separator: " ")
  }

  /// The words of a page that hold no values, by the two parts of their names.
  static func labels(_ texts: Texts) -> [String: [String: String]] {
    knownLabels.withLock { known in
      if let labels = known[texts.language] { return labels }
      let labels = sortedLabels(texts)
      known[texts.language] = labels
      return labels
    }
  }

  /// A fleet has a page a host.
  private static let knownLabels = Mutex<[Language: [String: [String: String]]]>([:])

  private static func sortedLabels(_ texts: Texts) -> [String: [String: String]] {
    var labels: [String: [String: String]] = [:]
    for key in texts.keys {
      let parts = key.split(separator: ".")
      guard parts.count == 2, ["head", "column", "page", "side", "services"].contains(parts[0])
      else { continue }
      labels[String(parts[0]), default: [:]][String(parts[1])] = texts(key)
    }
    return labels
  }

  private var summary: [String: Any] {
    let summary = header.summary
    var values: [String: Any] = [
      "connections": Quantity.count(summary.connections),
      "outcomes": Outcome.allCases.compactMap { outcome in
        summary.byOutcome[outcome].map {
          ["name": outcome.rawValue, "words": texts(outcome), "count": Quantity.count($0)]
        }
      },
      "tcp_segments": Quantity.count(summary.tcpSegments),
      "payload": Quantity.bytes(summary.payloadBytes),
      "plural": summary.connections != 1, "plural_segments": summary.tcpSegments != 1,
    ]
    if let time = LimitWords.time(of: summary, texts) { values["time"] = time }
    if header.listed < summary.connections { values["listed"] = Quantity.count(header.listed) }
    if let start = summary.start, let end = summary.end {
      values["start"] = clock.instant(start, decimals: 6)
      values["span"] = Quantity.duration(end.since(start))
    }
    return values
  }

  private func capture(_ capture: CaptureInfo) -> [String: Any] {
    var notes = (capture.trust?.remarks ?? []).map { texts($0) }
    notes += capture.remarks.map(\.safeToShow)
    if let drops = capture.interfaceDrops, drops > 0 {
      notes.append(texts.counted("text.dropped", drops))
    }
    for (reason, frames) in capture.skipped.sorted(by: { $0.key < $1.key }) {
      notes.append(
        texts(
          "page.skipped",
          ["what": texts.counted("unit.frames", frames), "reason": reason.safeToShow]))
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
    let text = texts(finding.wording)
    let name = nameOfConnection(of: finding, in: text)
    var values = finding.pageValues(texts)
    let places: [String: Any] = [
      "number": "\(number)",
      "connections": finding.connections.prefix(5).enumerated().map { index, id in
        [
          "separator": index > 0 ? ", " : "", "id": "\(id)", "anchor": anchor(id),
          "is_detailed": detailed.contains(id),
          "is_placed": isPlaced(id),
        ] as [String: Any]
      },
      "has_connections": !finding.connections.isEmpty && name == nil,
      "plural": finding.connections.count > 1 ? "s" : "",
      "connections_word": texts.counted("page.connectionsWord", finding.connections.count),
      "more_connections": more(than: finding.connections.count),
      "frames": finding.frames.prefix(5).map(String.init).joined(separator: ", "),
      "has_frames": !finding.frames.isEmpty,
      "plural_frames": finding.frames.count > 1 ? "s" : "",
      "frames_word": texts.counted("page.framesWord", finding.frames.count),
      "more_frames": more(than: finding.frames.count),
      "evidence": finding.evidence.map {
        ["name": $0.name.safeToShow, "value": self.text($0.value)]
      },
    ]
    values.merge(places) { $1 }
    if finding.connections.count > 5 {
      values["more_connections_words"] =
        String(more(than: finding.connections.count).dropFirst())
    }
    if let name, let id = finding.connections.first, detailed.contains(id) || isPlaced(id) {
      values["link"] = [
        "id": "\(id)", "anchor": anchor(id), "before": String(text[..<name.lowerBound]).safeToShow,
        "words": String(text[name]).safeToShow,
        "after": String(text[name.upperBound...]).safeToShow,
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
    count > 5 ? " " + texts.counted("page.listMore", count - 5) : ""
  }

  private func row(_ summary: ConnectionSummary) -> [String: Any] {
    let (client, server) = (summary.traffic.client, summary.traffic.server)
    let timings = summary.timings
    return [
      "id": "\(summary.id)",
      "anchor": anchor(summary.id),
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
      "outcome_words": texts(summary.outcome),
      "limit": Story.shortLimit(summary, texts) ?? "",
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
    let id = String(connection.summary.id)
    values["heading"] = texts("page.connection", ["id": id])
    values["picture"] = texts("page.diagram", ["id": id])
    values["ends"] = texts(
      "page.ends",
      [
        "client": header.text(of: .client, connection.summary),
        "server": header.text(of: .server, connection.summary),
      ])
    values["sentence"] = [
      Story.sentence(connection, texts), Story.spoken(connection.summary, texts),
      LimitWords(connection.summary, texts).blame,
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
    let held = LimitWords(connection.summary, texts).held
    values["has_held"] = !held.isEmpty
    values["held"] = held.map { held in
      [
        "sender": texts(held.sender), "by": held.by,
        "time": Quantity.duration(held.time),
        "share": Quantity.percent(held.time, of: connection.summary.duration),
        "whose": held.owner,
      ]
    }
    values["phases"] = connection.phases.prefix(Self.phaseLimit).map(phase)
    let phases = connection.phases.count + connection.phasesOmitted
    if phases > Self.phaseLimit {
      values["more_phases"] = Quantity.count(phases - Self.phaseLimit)
      values["more_phases_words"] = texts.counted("page.morePhases", phases - Self.phaseLimit)
    }
    values["states"] = StateSteps(connection.states).steps.map(step)
    let events = connection.events ?? []
    values["events"] = events.prefix(Self.eventLimit).map(event)
    values["has_events"] = !events.isEmpty
    if events.count > Self.eventLimit {
      values["more_events"] = Quantity.count(events.count - Self.eventLimit)
      values["more_events_words"] = texts.counted(
        "page.moreEvents", events.count - Self.eventLimit)
    }
    if let diagram { values["diagram"] = diagram }
    values.merge(SnapshotView.values(connection, texts)) { own, _ in own }
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
      "name_words": texts(phase.name),
      "start": Quantity.seconds(phase.start, decimals: 6),
      "duration": Quantity.duration(phase.duration),
      "frames": frames,
    ]
    // Where there is none its parentheses stay away.
    if let basis = phase.basis {
      values["basis"] = basis == .snapshot ? "measured" : basis.rawValue
      values["basis_words"] = texts(
        basis == .snapshot ? "basis.measured" : "basis." + basis.rawValue)
    }
    return values
  }

  private func step(_ step: StateSteps.Step) -> [String: Any] {
    [
      "at": step.at.map { Quantity.seconds($0, decimals: 6) } ?? "",
      "frame": step.frame,
      "client": step.states.client?.state.name ?? "",
      "client_basis": step.states.client?.basis.rawValue ?? "",
      "client_basis_words": words(step.states.client?.basis),
      "server": step.states.server?.state.name ?? "",
      "server_basis": step.states.server?.basis.rawValue ?? "",
      "server_basis_words": words(step.states.server?.basis),
    ]
  }

  private func words(_ basis: StateBasis?) -> String {
    basis.map { texts($0 == .snapshot ? "basis.fromSnapshot" : "basis." + $0.rawValue) } ?? ""
  }

  private func event(_ event: Event) -> [String: Any] {
    [
      "at": Quantity.seconds(event.at, decimals: 6),
      "frame": "\(event.frame)",
      "from": event.from.name,
      "from_words": texts(event.from),
      "kind": event.kind.rawValue,
      "text": texts(event.wording).safeToShow,
    ]
  }
}

extension ReportView {
  /// What GitHub calls the heading of a connection.
  private func anchor(_ id: Int) -> String { texts("page.anchor", ["id": String(id)]) }

  /// Where the sentence names its only connection.
  private func nameOfConnection(of finding: Finding, in text: String) -> Range<String.Index>? {
    guard finding.connections.count == 1, let id = finding.connections.first else { return nil }
    let names = ["subject.connection", "subject.connection.first"].flatMap { key in
      text.ranges(of: texts(key, ["id": String(id)]))
    }
    // Of a larger number it is a part.
    return names.sorted { $0.lowerBound < $1.lowerBound }.first { range in
      let isBegun =
        range.lowerBound > text.startIndex && text[text.index(before: range.lowerBound)].isNumber
      return !isBegun && (range.upperBound == text.endIndex || !text[range.upperBound].isNumber)
    }
  }
}
