import Correlation
import Support
import TCPModel

/// Connections that no correlator would make, but a picture must survive: any flags, any kinds, any
/// times, clocks that step back, names from hell.
public struct ArbitraryConnection {
  public var connection: Connection
  public var header: ReportHeader
  private var random: SeededGenerator

  public init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    var summary = ConnectionSummary(
      id: Int.random(in: 1...400_000, using: &random),
      client: Self.endpoint(&random), server: Self.endpoint(&random), roleBasis: .syn,
      start: Timestamp(nanoseconds: .random(in: 0...4_000_000_000_000_000_000, using: &random)),
      end: Timestamp(nanoseconds: 0), firstFrame: 1, lastFrame: 1)
    summary.outcome = Outcome.allCases.randomElement(using: &random) ?? .closed
    let vantages: [Vantage] = [.client, .server, .middle, .unknown]
    summary.vantage = vantages.randomElement(using: &random) ?? .unknown
    if Bool.random(using: &random) {
      summary.handshake.kind = .threeWay
      summary.handshake.serverRTT = .random(in: 0...300_000_000, using: &random)
      summary.handshake.clientRTT = .random(in: 0...300_000_000, using: &random)
      summary.handshake.rtt =
        (summary.handshake.serverRTT ?? 0) + (summary.handshake.clientRTT ?? 0)
    }
    let items = Self.items(&random)
    let times = items.map { item -> Nanoseconds in
      switch item {
      case .segment(let segment): segment.at
      case .run(let run): run.end
      }
    }
    let span = max(0, times.max() ?? 0)
    summary.end = summary.start.advanced(by: span)
    connection = Connection(summary: summary)
    connection.segments = items
    connection.judge()
    for side in Side.allCases {
      connection.states[side] = Self.states(&random, items, span)
    }
    connection.phases = Self.phases(&random, span)
    header = ReportHeader(
      captures: [CaptureInfo(path: "capture.pcap", format: .pcap)], summary: TraceSummary())
    if Bool.random(using: &random) {
      let names = [
        "a", "<&\"'>\u{0}\u{1B}[31m", String(repeating: "very-long-name.", count: 20),
        "서버.예.한국", "\u{202E}drawkcab\u{FEFF}", "tab\tnew\nline", "", "   ", "𒐫𒐫𒐫", "😀.example",
      ]
      header.names[summary.client.address] = names.randomElement(using: &random)
      header.names[summary.server.address] = names.randomElement(using: &random)
    }
  }

  private static func endpoint(_ random: inout SeededGenerator) -> Endpoint {
    let port = UInt16.random(in: 0...65_535, using: &random)
    if Bool.random(using: &random) {
      return Endpoint(
        address: IPAddress(ipv4: .random(in: 0...UInt32.max, using: &random)), port: port)
    }
    return Endpoint(
      address: IPAddress(
        ipv6: .random(in: 0...UInt64.max, using: &random),
        .random(in: 0...UInt64.max, using: &random)), port: port)
  }

  private static func items(_ random: inout SeededGenerator) -> [TimelineItem] {
    let most = random.pick([3, 20, 150])
    let count = Int.random(in: 0...most, using: &random)
    let steps: [Range<Int64>] = [
      0..<2, 0..<50_000, 0..<30_000_000, 0..<2_000_000_000, -5_000..<1_000,
      0..<10_000_000_000_000,
    ]
    let usual = random.pick(steps)
    let strangeness = Int.random(in: 0...3, using: &random)
    var items: [TimelineItem] = []
    var at: Nanoseconds = 0
    var frame: Int64 = 0
    for _ in 0..<count {
      let step =
        Int.random(in: 0..<5, using: &random) == 0 ? random.pick(steps) : usual
      at = max(0, at + Int64.random(in: step, using: &random))
      frame += Int64.random(in: 1...1000, using: &random)
      let side: Side = Bool.random(using: &random) ? .client : .server
      if Int.random(in: 0..<20, using: &random) == 0 {
        let end = at + Int64.random(in: 0..<1_000_000_000, using: &random)
        items.append(
          .run(
            SegmentRun(
              firstFrame: frame, lastFrame: frame + 50, start: at, end: end, from: side,
              dataSegments: .random(in: 0...30, using: &random),
              ackSegments: .random(in: 0...30, using: &random),
              payload: .random(in: 0...1_000_000_000, using: &random), firstSequence: 0,
              lastSequence: .random(in: 0...5_000_000_000, using: &random))))
        at = end
        frame += 50
        continue
      }
      var segment = SegmentDetail(
        frame: frame, at: at, from: side,
        flags: strangeness == 0
          ? [.ack] : TCPFlags(rawValue: .random(in: 0...0x1FF, using: &random)),
        sequence: .random(in: -10...10_000_000_000, using: &random),
        acknowledgment: Bool.random(using: &random)
          ? .random(in: -10...10_000_000_000, using: &random) : nil,
        payload: random.pick([0, 1, 1448, 65_160]),
        window: .random(in: 0...3, using: &random) == 0
          ? 0 : .random(in: 0...1_000_000_000, using: &random))
      for kind in EventKind.allCases
      where Int.random(in: 0..<(4 + 40 / (strangeness + 1)), using: &random) == 0 {
        segment.kinds.append(kind)
      }
      segment.options.kinds = TCPOptions.Kinds(rawValue: .random(in: 0...0x1FF, using: &random))
      segment.options.sackCount = 4
      segment.changesState = Int.random(in: 0..<10, using: &random) == 0
      segment.opensExchange = Int.random(in: 0..<10, using: &random) == 0
      items.append(.segment(segment))
    }
    return items
  }

  private static func states(
    _ random: inout SeededGenerator, _ items: [TimelineItem], _ span: Nanoseconds
  ) -> [StateChange] {
    let bases: [StateBasis] = [.observed, .inferred, .assumed, .snapshot]
    var times = (0..<Int.random(in: 0...9, using: &random)).map { _ in
      Nanoseconds.random(in: 0...max(1, span), using: &random)
    }.sorted()
    if Bool.random(using: &random) { times.append(span + 60_000_000_000) }
    return times.enumerated().map { index, time in
      var change = StateChange(
        state: random.pick(TCPState.allCases),
        at: index == 0 && Bool.random(using: &random) ? nil : time, frame: nil,
        basis: random.pick(bases))
      if case .segment(let segment)? = items.randomElement(using: &random),
        Bool.random(using: &random)
      {
        change.frame = segment.frame
      }
      return change
    }
  }

  private static func phases(
    _ random: inout SeededGenerator, _ span: Nanoseconds
  ) -> [Phase] {
    let cuts = (0..<Int.random(in: 0...12, using: &random)).map { _ in
      Nanoseconds.random(in: 0...max(1, span), using: &random)
    }.sorted()
    var phases: [Phase] = []
    var start: Nanoseconds = 0
    for cut in cuts + [span] {
      phases.append(
        Phase(
          name: random.pick(Phase.Name.allCases.dropLast()), start: start,
          duration: max(0, cut - start), firstFrame: 1, lastFrame: 1))
      start = cut
    }
    if Bool.random(using: &random) {
      phases.append(
        Phase(
          name: .timeWait, start: span, duration: 60_000_000_000, firstFrame: nil, lastFrame: nil,
          basis: .assumed))
    }
    return phases
  }
}
