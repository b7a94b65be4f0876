import Support
import TCPModel
import Timeline

/// A night as the templates see it: names to texts and lists, not escaped.
struct NightlyView {
  private let report: NightReport
  private let clock: WallClock
  private let texts: Texts

  /// Rows of a table that can still be read; what is left out is counted.
  private let listenerLimit: Int
  private let processLimit: Int
  private let peerLimit: Int
  private let socketLimit: Int
  private static let fileLimit = 200

  /// - Parameter limit: Rows of each table at most, where the night is one of many.
  init(_ report: NightReport, _ options: DiagramOptions, rows limit: Int = .max) {
    self.report = report
    clock = options.clock
    texts = Texts.of(options.language)
    listenerLimit = min(limit, 100)
    processLimit = min(limit, 50)
    peerLimit = min(limit, 20)
    socketLimit = min(limit, 50)
  }

  var values: [String: Any] {
    let longest = longest
    var values: [String: Any] = [
      "generator": ["name": Generator.name, "version": Generator.version],
      "language": texts.language.rawValue, "label": ReportView.labels(texts),
      "written": Self.written(texts, clock.zones(report.start, report.end, texts)),
      "heading": heading, "lead": lead, "host_lead": hostLead,
      "zone": clock.zones(report.start, report.end, texts),
      "summary": summary,
      "findings": report.findings.map(finding),
      "states": states,
      "listeners": report.listeners.prefix(listenerLimit).map(listener),
      "processes": report.processes.prefix(processLimit).map(process),
      "peers": report.peers.prefix(peerLimit).map(peer),
      "sockets": longest.map(socket),
      "files": report.files.prefix(Self.fileLimit).map(file),
    ]
    let rests = [
      ("listeners", "nightly.moreListeners", report.listeners.count - listenerLimit),
      ("processes", "nightly.moreProcesses", report.processes.count - processLimit),
      ("peers", "nightly.morePeers", report.peers.count - peerLimit),
      (
        "sockets", "nightly.moreSockets",
        report.sockets.count + report.socketsOmitted - longest.count
      ),
      ("files", "nightly.moreFiles", report.files.count - Self.fileLimit),
    ]
    for (name, key, rest) in rests where rest > 0 {
      values["more_" + name] = Quantity.count(rest)
      values["more_\(name)_words"] = texts.counted(key, rest)
    }
    if let comparison = report.comparison { values["comparison"] = self.comparison(comparison) }
    return values
  }

  /// `TCP sockets of web1 from .. to ..`
  private var heading: String {
    let host = report.host?.safeToShow
    guard let start = report.start, let end = report.end else {
      return host.map { texts("nightly.headingOf", ["host": $0]) } ?? texts("nightly.heading")
    }
    return texts(
      host == nil ? "nightly.headingSpan" : "nightly.headingOfSpan",
      [
        "host": host ?? "", "start": "\(clock.shown(start).dateAndTime())",
        "end": "\(clock.shown(end).dateAndTime())", "zone": clock.zones(start, end, texts),
      ])
  }

  private var lead: String {
    var sentences = [
      counts(
        "nightly.lead", "nightly.leadIn", texts.counted("unit.instants", report.instants.count))
    ]
    let lines = report.snapshots.filter { $0.info.timeBasis == .timeLine }.count
    if lines > 0 { sentences.append(texts.counted("nightly.byTimeLine", lines)) }
    let modified = report.snapshots.filter { $0.info.timeBasis == .modificationTime }.count
    if modified > 0 { sentences.append(texts.counted("nightly.byModificationTime", modified)) }
    return sentences.joined(separator: " ")
  }

  /// Of one host of many.
  private var hostLead: String { counts("nightly.hostLead", "nightly.hostLeadIn", "") }

  private func counts(_ key: String, _ keyOfSpan: String, _ instants: String) -> String {
    let totals = report.instants.map(\.byState.total)
    var span = ""
    if let start = report.start, let end = report.end { span = Quantity.duration(end.since(start)) }
    return texts(
      span.isEmpty ? key : keyOfSpan,
      [
        "instants": instants, "span": span,
        "snapshots": texts.counted("unit.snapshots", report.snapshots.count),
        "least": Quantity.count(totals.min() ?? 0), "most": Quantity.count(totals.max() ?? 0),
        "sockets": Quantity.count(report.sockets.count + report.socketsOmitted),
      ])
  }

  /// `Written by tcptimeline 1.0. Times are UTC.`
  static func written(_ texts: Texts, _ zone: String) -> String {
    texts("page.written", ["name": Generator.name, "version": Generator.version]) + " "
      + texts("nightly.zone", ["zone": zone])
  }

  private var summary: [String: Any] {
    let totals = report.instants.map(\.byState.total)
    var values: [String: Any] = [
      "snapshots": Quantity.count(report.snapshots.count),
      "instants": Quantity.count(report.instants.count),
      "plural": report.instants.count != 1, "snapshots_plural": report.snapshots.count != 1,
      "least": Quantity.count(totals.min() ?? 0),
      "most": Quantity.count(totals.max() ?? 0),
      "sockets": Quantity.count(report.sockets.count + report.socketsOmitted),
    ]
    if let host = report.host { values["host"] = host.safeToShow }
    if let start = report.start, let end = report.end {
      values["start"] = clock.shown(start).dateAndTime()
      values["end"] = clock.shown(end).dateAndTime()
      values["span"] = Quantity.duration(end.since(start))
    }
    let modified = report.snapshots.filter { $0.info.timeBasis == .modificationTime }.count
    if modified > 0 { values["by_modification_time"] = Quantity.count(modified) }
    let lines = report.snapshots.filter { $0.info.timeBasis == .timeLine }.count
    if lines > 0 { values["by_time_line"] = Quantity.count(lines) }
    return values
  }

  private func finding(_ finding: Finding) -> [String: Any] {
    var values = finding.pageValues(texts)
    values["evidence"] = finding.evidence.map { evidence -> [String: Any] in
      let value =
        switch evidence.value {
        case .number(let number): String(number)
        case .text(let text): text.safeToShow
        }
      return ["name": evidence.name, "value": value]
    }
    return values
  }

  /// Every state that occurs: the least, the most and when, and how it ended.
  private var states: [[String: Any]] {
    StateCounts.order.compactMap { state in
      let counts = report.instants.map { $0.byState[state] }
      guard let most = counts.max(), most > 0, let peak = counts.firstIndex(of: most) else {
        return nil
      }
      return [
        "name": StateCounts.name(state), "first": Quantity.count(counts.first ?? 0),
        "least": Quantity.count(counts.min() ?? 0), "most": Quantity.count(most),
        "most_at": clock.shown(report.instants[peak].time).dateAndTime(),
        "last": Quantity.count(counts.last ?? 0),
      ]
    }
  }

  private func listener(_ listener: NightListener) -> [String: Any] {
    [
      "local": listener.local.description, "process": name(listener.process),
      "uid": listener.uid.map { String($0) } ?? "",
      "first_seen": clock.shown(listener.firstSeen).dateAndTime(),
      "last_seen": clock.shown(listener.lastSeen).dateAndTime(),
      "limit": listener.queueLimit.map { Quantity.count(Int($0)) } ?? "",
      "waiting": Quantity.count(Int(listener.mostWaiting)),
      "connections": Quantity.count(listener.mostConnections),
    ]
  }

  private func process(_ process: NightProcess) -> [String: Any] {
    [
      "name": process.name.safeToShow, "pids": Quantity.count(process.pids),
      "uid": process.uid.map { String($0) } ?? "",
      "sockets": Quantity.count(process.mostSockets),
      "most_at": clock.shown(process.mostAt).dateAndTime(),
      "states": process.mostByState.occurring.map { "\($0.name) \(Quantity.count($0.count))" }
        .joined(separator: ", "),
    ]
  }

  private func peer(_ peer: NightPeer) -> [String: Any] {
    [
      "address": peer.address.description, "sockets": Quantity.count(peer.mostSockets),
      "of": Quantity.count(peer.ofSockets),
      "most_at": clock.shown(peer.mostAt).dateAndTime(),
      "instants": Quantity.count(peer.instants),
    ]
  }

  /// The sockets seen at most instants, connections only.
  private var longest: [SocketLifecycle] {
    let connections = report.sockets.enumerated().filter { $0.element.remote.port != 0 }
    let sorted = connections.sorted { left, right in
      left.element.instants != right.element.instants
        ? left.element.instants > right.element.instants : left.offset < right.offset
    }
    return sorted.prefix(socketLimit).map(\.element)
  }

  private func socket(_ socket: SocketLifecycle) -> [String: Any] {
    var age = ""
    if let first = socket.firstSeen, let last = socket.lastSeen, last > first {
      age = Quantity.duration(last.since(first))
    }
    return [
      "local": socket.local.description, "peer": socket.remote.description,
      "process": name(socket.process), "age": age,
      "states": socket.states.map { StateCounts.name($0.state) }.joined(separator: ", "),
      "received": socket.bytesReceived.map { Quantity.bytes(Int64(clamping: $0)) } ?? "",
      "acked": socket.bytesAcked.map { Quantity.bytes(Int64(clamping: $0)) } ?? "",
      "retransmissions": socket.retransmissions.map { Quantity.count(Int($0)) } ?? "",
    ]
  }

  private func file(_ file: CaptureInfo) -> [String: Any] {
    var notes = file.remarks.map(\.safeToShow)
    for (reason, count) in file.skipped.sorted(by: { $0.key < $1.key }) {
      notes.append(
        texts("nightly.skipped", ["n": Quantity.count(count), "reason": reason.safeToShow]))
    }
    return [
      "path": file.path.safeToShow, "format": file.format.rawValue,
      "bytes": Quantity.bytes(file.bytes),
      "time": file.firstTime.map { clock.shown($0).dateAndTime() } ?? "",
      "notes": notes.joined(separator: "; "),
    ]
  }

  private func comparison(_ comparison: NightComparison) -> [String: Any] {
    let lastNight = "\(clock.shown(comparison.lastNight).dateAndTime())"
    let zone = clock.zones(report.start, report.end, texts)
    var values: [String: Any] = [
      "nights": Quantity.count(comparison.nights), "plural": comparison.nights != 1,
      "last_night": clock.shown(comparison.lastNight).dateAndTime(),
      "compared": texts.counted("nightly.compared", comparison.nights),
      "began": texts("nightly.before", ["time": lastNight, "zone": zone]),
      "compared_began": texts.counted(
        "nightly.comparedBefore", Int64(comparison.nights), ["time": lastNight, "zone": zone]),
      "figures": comparison.figures.map { figure -> [String: Any] in
        [
          "name": figure.name,
          "name_words": texts.figure(figure),
          "tonight": Quantity.count(figure.tonight),
          "last_night": figure.lastNight.map { Quantity.count($0) } ?? "",
          "average": Quantity.count(figure.average),
          "weekday": figure.weekdayAverage.map { Quantity.count($0) } ?? "",
        ]
      },
    ]
    let appeared = comparison.appearedListeners.map(\.description).joined(separator: ", ")
    let vanished = comparison.vanishedListeners.map(\.description).joined(separator: ", ")
    if !appeared.isEmpty {
      values["appeared"] = appeared
      values["appeared_words"] = texts("nightly.appeared", ["list": appeared])
    }
    if !vanished.isEmpty {
      values["vanished"] = vanished
      values["vanished_words"] = texts("nightly.vanished", ["list": vanished])
    }
    return values
  }

  private func name(_ process: ProcessName?) -> String {
    process.map { "\($0.name.safeToShow) (\($0.pid))" } ?? ""
  }
}
