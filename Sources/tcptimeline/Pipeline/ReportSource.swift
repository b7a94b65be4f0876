import Correlation
import Names
import Paths
import Rendering
import Services
import SocketJoin
import Support
import TCPModel
import TraceParsing

/// The inputs after the first pass: every connection is summarised, the sockets are joined, the
/// choice is made. It gives each chosen connection to those who write.
struct ReportSource: ~Copyable {
  let correlator: Correlator
  private let stream: CaptureStream
  private let join: SnapshotJoin
  private let icmp: ICMPIndex
  /// nil where all was captured at one point.
  private let points: JoinedPoints?
  let header: ReportHeader
  /// Indices, in their order.
  let chosen: [Int]

  /// With `--by`.
  let services: ServiceCollector?

  /// How many are listed.
  var count: Int { chosen.count }

  /// What is wanted of the inputs.
  struct Request {
    var threads: Int
    /// Of how many connections, the first ones, the states and phases may be listed.
    var listLimit = 0
    /// Whether the targets of HTTP requests are kept.
    var keepsPaths = false
    var wantsFindings = false
    /// Names that were given for addresses.
    var names: [IPAddress: String] = [:]
    /// Whether these are all inputs: an address that is in none of them is said.
    var saysUnmetNames = false
    var choice: SelectionOptions
    /// The clocks of several capture points agree.
    var isSameClock = false
    /// What times of day on the command line are told in.
    var clock = WallClock.utc
    /// What services are counted by, if at all.
    var by: ServiceKind?

    init(threads: Int, choice: SelectionOptions) {
      self.threads = threads
      self.choice = choice
    }
  }

  /// - Parameter pseudonyms: With these no real address is given out.
  init(
    _ inputs: InputFiles, _ pseudonyms: AddressPseudonyms?, _ request: Request
  ) throws(Failure) {
    let sameClock = request.isSameClock
    func farEnd() -> FarEnd {
      FarEnd(
        measuresTransfers: inputs.areSmall, mostConnections: request.choice.maxConnections)
    }
    var points: JoinedPoints?
    var captures = inputs.captures
    var isWatched = inputs.points.isEmpty
    if !inputs.points.isEmpty {
      var named = inputs.points
      points = try JoinedPoints(
        &named, isSameClock: sameClock, threads: request.threads, pseudonyms, farEnd())
    } else if let shared = try PointRecognition.probe(captures, pseudonyms) {
      isWatched = false
      if let found = try PointRecognition.points(
        of: captures, shared, isSameClock: sameClock, threads: request.threads, pseudonyms,
        farEnd())
      {
        points = found.joined
        captures = found.points.flatMap(\.captures)
      }
    }
    var stream = CaptureStream(captures, pseudonyms: pseudonyms, points: points)
    var shared = isWatched ? SharedSegments(captures: captures.count) : nil
    var correlator = try Self.correlate(
      stream, &shared, request, measuresTransfers: inputs.areSmall)
    if let shared, !shared.isEmpty,
      let found = try PointRecognition.points(
        of: captures, shared, isSameClock: sameClock, threads: request.threads, pseudonyms,
        farEnd())
    {
      // The same segments from several points: once more, each from one of them.
      points = found.joined
      captures = found.points.flatMap(\.captures)
      stream = CaptureStream(captures, pseudonyms: pseudonyms, points: points)
      var none: SharedSegments?
      correlator = try Self.correlate(
        stream, &none, request, measuresTransfers: inputs.areSmall)
    }
    points?.number(correlator)
    if request.saysUnmetNames, points == nil, inputs.snapshots.isEmpty, pseudonyms == nil {
      Self.sayUnmet(request.names, in: correlator, stream)
    }
    correlator.namer = Self.namer(request.names, stream, correlator.answers, pseudonyms)
    var header = ReportHeader(captures: stream.infos, summary: correlator.totals)
    header.names = stream.names.merging(request.names) { _, given in given }
    header.paths = points?.summary
    if inputs.points.isEmpty, let paths = header.paths { PointRecognition.say(paths, captures) }
    header.quic = stream.quic
    for index in header.quic.indices { correlator.namer.name(&header.quic[index]) }
    if correlator.gone > 0, !header.captures.isEmpty {
      let count = header.captures.count
      header.captures[count - 1].warnings.append(
        Self.tooManyConnections(gone: correlator.gone, of: correlator.count))
    }
    let join = try Self.join(
      inputs.snapshots, pseudonyms, threads: request.threads, to: correlator, &header)
    let icmp = ICMPIndex(stream.icmp)
    let chosen = try Self.choose(request, from: correlator, start: header.summary.start)
    header.listed = chosen.count
    if request.wantsFindings {
      // Snapshots stand behind the captures.
      let captures = header.captures.prefix { $0.format == .pcap || $0.format == .pcapng }
      let named = header
      let found = FindingSearch.findings(
        in: chosen, of: correlator, Array(captures), icmp, paths: named.paths,
        completing: points.map { points in
          {
            points.apply(to: &$0)
            points.list($0)
          }
        },
        unless: points.map { points in { points.isUnremarkable(from: $0) } }
      ) {
        named.text(of: $0)
      }
      header.findings += found.findings
      header.paths = points?.summary
      for (index, trust) in found.trust.enumerated() { header.captures[index].trust = trust }
      join.add(
        findingsAbout: chosen.count < correlator.count ? Set(chosen.map { $0 + 1 }) : nil,
        to: &header.findings)
    }
    if let kind = request.by {
      var collector = ServiceCollector(kind)
      if let start = header.summary.start, let end = header.summary.end {
        collector.time = ServiceTime(from: start, to: end)
      }
      for index in chosen { collector.add(correlator.summary(at: index)) }
      header.services = collector.services
      header.serviceTime = collector.time
      services = collector
    } else {
      services = nil
    }
    self.stream = stream
    self.correlator = correlator
    self.join = join
    self.icmp = icmp
    self.points = points
    self.header = header
    self.chosen = chosen
  }

  /// Formats that have no place for warnings leave them to standard error, but for those that call for
  /// nothing.
  func warn(unlessShownBy format: OutputFormat?) {
    if format?.showsFindings ?? false { return }
    for capture in header.captures {
      for warning in capture.warnings {
        Failure.say("\(capture.path): warning: \(warning)")
      }
    }
  }

  // MARK: One connection

  /// The connection as the first pass knows it.
  ///
  /// - Parameter connection: The one described before: a CSV row then allocates nothing, and an
  ///   NDJSON line once, not twenty times.
  func describe(_ index: Int, withLists: Bool, in connection: inout Connection) {
    correlator.describe(index, withLists: withLists, in: &connection)
    join.apply(to: &connection)
    points?.apply(to: &connection.summary)
  }

  /// Everything about the connection but its lists.
  func summary(at index: Int) -> ConnectionSummary {
    var summary = correlator.summary(at: index)
    points?.apply(to: &summary)
    return summary
  }

  /// Whether there is more to say of connections than a glance tells.
  var hasPaths: Bool { points != nil }

  /// The connection with what the second pass found.
  func connection(at index: Int, of details: borrowing DetailCollector) -> Connection {
    var connection = details.connection(at: index)
    points?.addFlights(to: &connection)
    join.apply(to: &connection)
    icmp.add(to: &connection)
    return connection
  }

  /// Pass 2: some connections with their events, and their segments or charts where they are wanted.
  func details(
    of chosen: [Int], keepsSegments: Bool, keepsCharts: Bool = false
  ) throws(Failure) -> DetailCollector {
    var summaries: [ConnectionSummary] = []
    summaries.reserveCapacity(chosen.count)
    for index in chosen { summaries.append(summary(at: index)) }
    var collector = DetailCollector(
      summaries, keepsSegments: keepsSegments, keepsCharts: keepsCharts)
    guard let end = summaries.map(\.end).max() else { return collector }
    points?.record(summaries)
    // What the far end sent is told by its own capture.
    var far = DetailCollector(
      points?.farSummaries(of: summaries) ?? [], keepsSegments: false, keepsCharts: keepsCharts)
    let spans = FrameSpans(summaries.map { $0.firstFrame...max($0.firstFrame, $0.lastFrame) })
    // Of several captures: nothing after the last one's end, but clocks may differ.
    let limit = end.advanced(by: 1_000_000_000)
    try stream.read(spans: spans) { segments, payloads in
      collector.ingest(segments, payloads)
      if far.count > 0, let points { far.ingest(points.uncounted.span) }
      guard stream.isMerged, let last = segments.indices.last else { return true }
      return segments[last].time <= limit
    }
    if far.count > 0 { points?.keepFarDetails(of: far) }
    return collector
  }
}

// MARK: - The first pass

extension ReportSource {
  /// - Parameter shared: Told of every segment where several captures are read.
  private static func correlate(
    _ stream: CaptureStream, _ shared: inout SharedSegments?, _ request: Request,
    measuresTransfers: Bool
  ) throws(Failure) -> Correlator {
    var correlator = Correlator(
      threads: request.threads, listLimit: request.listLimit, measuresTransfers: measuresTransfers,
      mostConnections: request.choice.maxConnections,
      applications: ReadingOptions(keepsPaths: request.keepsPaths))
    let isWatched = shared != nil && stream.isMerged
    if correlator.parts == 1 || !stream.mayBeReadSideBySide {
      try stream.read { segments, payloads in
        if isWatched { shared?.note(segments) }
        correlator.ingest(segments, payloads)
        return true
      }
    } else if stream.isMerged {
      try stream.read(sideBySide: correlator.shares) { share, segments, payloads in
        if isWatched, share.number == 0 { shared?.note(segments) }
        correlator.ingest(segments, payloads, for: share)
      }
      guard correlator.haveSharesSeenTheSame else { throw stream.changed }
    } else {
      try stream.read(sharedBy: correlator.shares) { share, batch, payloads in
        correlator.ingest(batch.span, numbers: batch.numbers, payloads, for: share)
      }
    }
    correlator.finish()
    return correlator
  }

  /// Names for addresses that nothing has: mistyped, most likely.
  private static func sayUnmet(
    _ names: [IPAddress: String], in correlator: borrowing Correlator, _ stream: CaptureStream
  ) {
    if names.isEmpty { return }
    var unmet = Set(names.keys)
    for index in correlator.indices where !unmet.isEmpty {
      let opening = correlator.opening(at: index)
      unmet.remove(opening.client.address)
      unmet.remove(opening.server.address)
    }
    for flow in stream.quic {
      unmet.remove(flow.client.address)
      unmet.remove(flow.server.address)
    }
    for message in stream.icmp { unmet.remove(message.sender) }
    for address in unmet.map(\.description).sorted() {
      Failure.say("--name \(address)=..: no connection has this address")
    }
  }

  private static func tooManyConnections(gone: Int, of count: Int) -> String {
    "\(Quantity.count(gone)) of \(Quantity.count(count)) connections are counted and not listed:"
      + " there were more than --max-connections at a time, and the oldest closed ones went first"
  }

  /// - Throws: Where conditions leave nothing: a report on nothing answers no question.
  private static func choose(
    _ request: Request, from correlator: borrowing Correlator, start: Timestamp?
  ) throws(Failure) -> [Int] {
    let choice = request.choice
    let selection = try choice.selection(start: start, clock: request.clock)
    if correlator.count == 0, let filter = choice.filter {
      throw Failure(.found, "no connection is left: --filter '\(filter)' accepts no TCP segment")
    }
    if selection.isEverything { return correlator.indices }
    let chosen = selection.indices(of: correlator.indices) { correlator.summary(at: $0) }
    guard !chosen.isEmpty || choice.given.isEmpty else {
      throw Failure(
        .found,
        "no connection is chosen: none of \(Quantity.count(correlator.count)) fits"
          + " \(choice.given.joined(separator: ", "))"
          + (choice.hosts.isEmpty ? "" : "; " + servers(of: correlator)))
    }
    return chosen
  }

  /// Whom `--host` could have meant.
  private static func servers(of correlator: borrowing Correlator) -> String {
    var counts: [String: Int] = [:]
    for index in correlator.indices.prefix(10_000) {
      let summary = correlator.summary(at: index)
      counts[summary.name?.text ?? summary.server.address.description, default: 0] += 1
    }
    let names = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    let most = names.prefix(4).map(\.safeToShow).joined(separator: ", ")
    return "its servers are \(most)" + (names.count > 4 ? ", .." : "")
      + " (names are those that the capture tells)"
  }

  /// Reads the snapshots and looks up whose sockets they show; without any this costs nothing.
  private static func join(
    _ files: [InputCapture], _ pseudonyms: AddressPseudonyms?, threads: Int,
    to correlator: borrowing Correlator, _ header: inout ReportHeader
  ) throws(Failure) -> SnapshotJoin {
    var join = SnapshotJoin()
    if files.isEmpty { return join }
    for index in correlator.indices { join.add(correlator.summary(at: index)) }
    let (infos, names) = try SnapshotSeries<SocketSample>.read(
      files, .all, threads: threads, pseudonyms
    ) { snapshot, names in
      join.begin(snapshot, names)
    } take: { sockets, names in
      join.ingest(sockets.span, names)
    } end: { snapshot in
      join.end(snapshot)
    }
    var captured: ClosedRange<Timestamp>?
    if let start = header.summary.start, let end = header.summary.end, start <= end {
      captured = start...end
    }
    join.finish(names, captured: captured) { correlator.connection(at: $0 - 1) }
    // Beside a capture only what explains its connections.
    let isAlone = header.captures.isEmpty
    header.findings = join.findingsOfSnapshots.filter { isAlone || $0.kind == .acceptQueueFull }
    header.captures += infos
    header.snapshots = join.summary
    return join
  }

  /// Answers over TCP already came to the pseudonyms of clients, those over UDP to the real ones.
  private static func namer(
    _ given: [IPAddress: String], _ stream: CaptureStream, _ overTCP: DNSAnswers,
    _ pseudonyms: AddressPseudonyms?
  ) -> ServerNamer {
    var answers = stream.answers
    var overTCP = overTCP
    if let pseudonyms {
      var addresses = pseudonyms
      answers = answers.renamed(
        address: { addresses.pseudonym(of: $0) }, client: { addresses.pseudonym(of: $0) })
      overTCP = overTCP.renamed(
        address: { addresses.pseudonym(of: $0) }, client: { $0 })
    }
    answers.merge(overTCP)
    return ServerNamer(
      given: given, recorded: stream.names, answers: answers, pseudonyms: pseudonyms)
  }
}

extension Pipeline {
  var request: ReportSource.Request {
    var request = ReportSource.Request(threads: output.threads, choice: choice)
    request.listLimit = listLimit
    request.keepsPaths = output.paths
    request.wantsFindings =
      format.showsFindings || format.headsFindings || !output.failOn.isEmpty
    request.names = diagrams.naming.namesByAddress
    request.saysUnmetNames = !isInterim
    request.by = choice.by
    request.isSameClock = isSameClock
    request.clock = clock
    return request
  }

  /// Of how many connections, the first ones, the states and phases may be listed.
  private var listLimit: Int {
    switch format.connections?.need {
    case .summary, nil: 0
    // A single one is the first if there are no conditions.
    case .listsOfOne: choice.given.isEmpty ? 1 : .max
    case .events, .charts: .max
    }
  }
}
