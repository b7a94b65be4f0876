import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What both passes say of a trace.
struct Analysis {
  /// States and phases of the first pass, events and segments of the second.
  var connections: [Connection]

  init(
    _ segments: [Segment], batch: Int = .max, _ limits: RecordStore.Limits = RecordStore.Limits()
  ) {
    var correlator = Correlator(phaseLimit: .max, limits)
    Analysis.feed(segments, by: batch) { correlator.ingest($0) }
    correlator.finish()
    connections = (0..<correlator.count).map { correlator.connection(at: $0) }
    let outcomes = Dictionary(grouping: connections, by: \.summary.outcome).mapValues(\.count)
    let totals = correlator.totals
    #expect(totals.byOutcome == outcomes, "the totals count what each connection says")
    #expect(totals.tcpSegments == Int64(segments.count))
    if let first = connections.map(\.summary.start).min(), let start = totals.start {
      #expect(start <= first)
    }
    #expect(totals.end == connections.map(\.summary.end).max())
    for connection in connections {
      connection.summary.expectSeen(by: correlator.glance(at: connection.summary.id - 1))
    }
    var details = DetailCollector(
      connections.map(\.summary), keepsSegments: true, keepsCharts: true)
    Analysis.feed(segments, by: batch) { details.ingest($0) }
    for index in connections.indices {
      let detail = details.connection(at: index)
      connections[index].events = detail.events
      connections[index].segments = detail.segments
      connections[index].charts = detail.charts
      connections[index].limitIntervals = detail.limitIntervals
      #expect(detail.states == connections[index].states, "pass 2 says the same states")
      #expect(detail.phases == connections[index].phases, "pass 2 says the same phases")
    }
  }

  private static func feed(_ segments: [Segment], by size: Int, _ body: (Span<Segment>) -> Void) {
    var start = 0
    while start < segments.count {
      let end = min(segments.count, start.advanced(by: min(size, segments.count)))
      body(Array(segments[start..<end]).span)
      start = end
    }
  }
}

extension ConnectionSummary {
  /// A glance says what the description says, and calls nothing usual that is not.
  func expectSeen(by glance: ConnectionGlance, _ place: String = "") {
    #expect(glance.outcome == outcome, "\(place) #\(id)")
    #expect(glance.completeness == completeness, "\(place) #\(id)")
    #expect(glance.durationStep == ConnectionGlance.durationStep(duration), "\(place) #\(id)")
    if glance.isUnremarkable {
      var collector = FindingCollector()
      collector.add(self)
      let kinds = collector.findings().map(\.kind)
      #expect(kinds.isEmpty, "\(place) #\(id) is not unremarkable")
    }
    if glance.isPlain {
      let hasTrouble = Side.allCases.contains {
        traffic[$0].retransmittedSegments != 0 || (analysis?[$0].zeroWindows ?? 0) != 0
      }
      let retries = handshake.synRetransmissions + handshake.synACKRetransmissions
      let longest = max(timings.longestWait ?? 0, timings.handshake ?? 0)
      let isPlain =
        [.closed, .halfClosed, .open].contains(outcome) && !hasTrouble && retries == 0
        && longest < 1_000_000_000
      #expect(isPlain, "\(place) #\(id) is not plain")
    }
  }
}

extension Connection {
  var image: ConnectionImage { ConnectionImage(self) }

  /// `SYN_SENT 0 #1 observed`: state, milliseconds, frame, basis; what is nil is left out.
  func states(_ side: Side) -> [String] {
    states[side].map { change in
      var words = [change.state.name]
      if let at = change.at { words.append(milliseconds(at)) }
      if let frame = change.frame { words.append("#\(frame)") }
      words.append(change.basis.rawValue)
      return words.joined(separator: " ")
    }
  }

  /// The names alone.
  func path(_ side: Side) -> String {
    states[side].map(\.state.name).joined(separator: " ")
  }

  /// `handshake 0+40 #1-3`: name, start and duration in milliseconds, frames.
  var phaseList: [String] {
    phases.map { phase in
      let frames = phase.firstFrame.map { " #\($0)-\(phase.lastFrame ?? 0)" } ?? ""
      return "\(phase.name.name) \(milliseconds(phase.start))+\(milliseconds(phase.duration))"
        + frames
    }
  }

  /// `#9 fast_retransmission`, in the order of capture; Wireshark's kinds and ours.
  var eventList: [String] {
    (events ?? []).map { "#\($0.frame) \($0.kind.rawValue)" }
  }

  /// The frames of one kind of event.
  func frames(_ kind: EventKind) -> [Int64] {
    (events ?? []).filter { $0.kind == kind }.map(\.frame)
  }

  func counts(_ side: Side) -> AnalysisCounts {
    summary.analysis?[side] ?? AnalysisCounts()
  }

  private func milliseconds(_ value: Nanoseconds) -> String {
    value % 1_000_000 == 0 ? "\(value / 1_000_000)" : "\(Double(value) / 1_000_000)"
  }
}

/// Analyses a trace of one connection, and holds it against what is true of every connection: the
/// result does not depend on which address is lower nor on batches, and phases have no gaps.
func analyse(
  _ text: String, flow: Trace.Flow = Trace.Flow(), at location: SourceLocation = #_sourceLocation
) -> Connection {
  let connections = analyseAll(Trace(text, flow: flow).segments, at: location)
  let mirrored = Analysis(Trace(text, flow: flow.mirrored).segments).connections
  #expect(
    connections.map(\.image) == mirrored.map(\.image),
    "the same when the addresses change places", sourceLocation: location)
  guard connections.count == 1 else {
    Issue.record("\(connections.count) connections", sourceLocation: location)
    return Connection(
      summary: ConnectionSummary(
        id: 0, client: flow.client, server: flow.server, roleBasis: .syn,
        start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 0), firstFrame: 0,
        lastFrame: 0))
  }
  return connections[0]
}

/// The same for segments of any number of connections.
func analyseAll(
  _ segments: [Segment], at location: SourceLocation = #_sourceLocation
) -> [Connection] {
  let connections = Analysis(segments).connections
  let bySingles = Analysis(segments, batch: 1).connections
  #expect(
    connections.map(\.image) == bySingles.map(\.image),
    "the same in batches of one", sourceLocation: location)
  for connection in connections {
    let fault = connection.phaseFault
    #expect(fault == nil, "phases of \(connection.summary.id)", sourceLocation: location)
  }
  return connections
}

extension Connection {
  /// What is wrong with the partition of the span into phases, or nil.
  var phaseFault: String? {
    let span = phases.filter { $0.name != .timeWait }
    guard let first = span.first, let last = span.last else {
      return summary.duration == 0 ? nil : "no phases"
    }
    if first.start != 0 { return "begins at \(first.start)" }
    for (one, next) in zip(span, span.dropFirst()) where one.start + one.duration != next.start {
      return "\(one) ends where \(next) does not begin"
    }
    if last.start + last.duration != summary.duration {
      return "ends at \(last.start + last.duration), not at \(summary.duration): \(phaseList)"
    }
    if span.contains(where: { $0.duration < 0 }) { return "a phase ends before it begins" }
    return nil
  }
}

/// Everything said of a connection but its addresses and id, to compare.
struct ConnectionImage: Equatable {
  struct OneSegment: Equatable {
    var frame: Int64
    var at: Nanoseconds
    var from: Side
    var place: [Int64]
    var kinds: [EventKind]
    var marks: [Bool]
  }

  var summary: String
  var states: PerSide<[StateChange]>
  var phases: [Phase]
  var events: [Event]?
  var segments: [OneSegment]?

  init(_ connection: Connection) {
    var copy = connection.summary
    copy.id = 0
    copy.client = Trace.Flow().client
    copy.server = Trace.Flow().server
    // InlineArray has no description.
    copy.teardown.landmarks = InlineArray(repeating: 0)
    summary = "\(copy) \(connection.summary.teardown.frames) \(connection.phasesOmitted)"
    states = connection.states
    phases = connection.phases
    events = connection.events
    segments = connection.segments?.compactMap { item in
      guard case .segment(let one) = item else { return nil }
      return OneSegment(
        frame: one.frame, at: one.at, from: one.from,
        place: [one.sequence, one.acknowledgment ?? -1, one.payload, one.window],
        kinds: one.kinds, marks: [one.changesState, one.opensExchange])
    }
  }
}

/// What is found in the connections of these segments, as a report finds it.
///
/// - Parameter end: How long the capture goes on, in milliseconds; nil where it ends with the last segment.
func allFindings(
  of segments: [Segment], _ captures: [CaptureInfo] = [], until end: Int64? = nil
) -> [Finding] {
  let last = segments.map(\.time).max() ?? Timestamp(nanoseconds: 0)
  return allFindings(
    in: analyseAll(segments).map(\.summary),
    FindingContext(
      end: end.map { (segments.first?.time ?? last).advanced(by: $0 * 1_000_000) } ?? last),
    captures)
}

func allFindings(
  in summaries: [ConnectionSummary], _ context: FindingContext, _ captures: [CaptureInfo] = []
) -> [Finding] {
  var census = OpeningCensus()
  for summary in summaries { census.add(OpeningAttempt(summary)) }
  if census.concludes() {
    for summary in summaries { census.weigh(OpeningAttempt(summary)) }
    census.decide()
  }
  var collector = FindingCollector(captures, context: context, census: census)
  for summary in summaries {
    collector.sample(summary, of: 1)
    collector.add(summary)
  }
  return collector.findings()
}
