import Correlation
import Lessons
import Support
import TCPModel

/// A connection for a test as both passes would describe it, written segment by segment;
/// `SegmentLine` has the notation. `!changes` and `!opens` mark what changes a state and what opens an
/// exchange, any other mark is a kind of event. A SYN has the usual options.
///
///     0  > S
///     50 < S. win 65160
///     50 > . !changes
///     run 50 > 60 90 data 40 acks 20 len 40000
///     state S CLOSE_WAIT 500 inferred
///     phase wait 100 200
///
/// A run is what was folded: frames, direction, first and last time, segments with and without data,
/// bytes. A state has its end, a time or `-`, and what it is based on; a phase its start and duration.
public struct ConnectionScript: Sendable {
  public var vantage: Vantage = .client
  public var outcome: Outcome = .closed
  public var client = Endpoint(address: IPAddress(ipv4: 0x0A3D_010A), port: 43_626)
  public var server = Endpoint(address: IPAddress(ipv4: 0x0A3D_0214), port: 8080)
  public var id = 1

  private var items: [TimelineItem] = []
  private var lines = SegmentLines()
  private var states = PerSide<[StateChange]>(both: [])
  private var phases: [Phase] = []
  private var frame: Int64 = 0

  public init(_ text: String, vantage: Vantage = .client, outcome: Outcome = .closed) {
    self.vantage = vantage
    self.outcome = outcome
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      switch words.first {
      case "state": addState(words)
      case "phase": addPhase(words)
      case "run": addRun(words)
      default: if let segment = lines.read(line) { add(segment) }
      }
    }
  }

  private mutating func add(_ line: SegmentLine) {
    frame += 1
    var segment = SegmentDetail(
      frame: frame, at: line.at, from: line.from, flags: line.flags, sequence: line.sequence,
      acknowledgment: line.acknowledgment, payload: line.length, window: line.window,
      options: line.options)
    if line.flags.contains(.syn) {
      segment.options.kinds = [.mss, .sackPermitted, .timestamps, .windowScale]
      segment.options.mss = 1460
      segment.options.windowScale = 7
    }
    for mark in line.marks {
      switch mark {
      case "changes": segment.changesState = true
      case "opens": segment.opensExchange = true
      default:
        guard let kind = EventKind(rawValue: mark) else {
          preconditionFailure("not a kind of event: \(mark)")
        }
        segment.kinds.append(kind)
      }
    }
    segment.rawSequence = UInt32(truncatingIfNeeded: segment.sequence)
    segment.rawAcknowledgment = UInt32(truncatingIfNeeded: segment.acknowledgment ?? 0)
    segment.rawWindow = UInt16(clamping: segment.window)
    segment.ttl = line.ttl
    if !line.flags.isDisjoint(with: [.syn, .fin, .rst]) { segment.changesState = true }
    items.append(.segment(segment))
  }

  private mutating func addRun(_ words: [String]) {
    let count = Int64(words[1]) ?? 1
    let side: Side = words[2] == ">" ? .client : .server
    let first = lines.next[side]
    let payload = Int64(words[10]) ?? 0
    items.append(
      .run(
        SegmentRun(
          firstFrame: frame + 1, lastFrame: frame + count,
          start: SegmentLines.nanoseconds(words[3]),
          end: SegmentLines.nanoseconds(words[4]), from: side, dataSegments: Int(words[6]) ?? 0,
          ackSegments: Int(words[8]) ?? 0, payload: payload, firstSequence: first,
          lastSequence: first + payload)))
    frame += count
    lines.send(payload, from: side)
  }

  private mutating func addState(_ words: [String]) {
    let side: Side = words[1] == "C" ? .client : .server
    guard let state = TCPState.allCases.first(where: { $0.name == words[2] }) else { return }
    let at = words[3] == "-" ? nil : SegmentLines.nanoseconds(words[3])
    let basis = StateBasis(rawValue: words[4]) ?? .assumed
    var change = StateChange(state: state, at: at, frame: nil, basis: basis)
    if let at {
      change.frame =
        items.compactMap { item in
          if case .segment(let segment) = item, segment.at == at,
            (segment.from == side) == (basis == .observed)
          {
            segment.frame
          } else {
            nil
          }
        }.first
    }
    states[side].append(change)
  }

  private mutating func addPhase(_ words: [String]) {
    guard let name = Phase.Name.allCases.first(where: { $0.name == words[1] }) else { return }
    phases.append(
      Phase(
        name: name, start: SegmentLines.nanoseconds(words[2]),
        duration: SegmentLines.nanoseconds(words[3]),
        firstFrame: name == .timeWait ? nil : 1, lastFrame: name == .timeWait ? nil : frame,
        basis: name == .timeWait ? .assumed : nil))
  }

  public var segments: [SegmentDetail] {
    items.compactMap { if case .segment(let segment) = $0 { segment } else { nil } }
  }

  public var connection: Connection {
    let start = Timestamp(nanoseconds: 1_795_355_547_107_000_000)
    let end =
      items.map { item -> Nanoseconds in
        switch item {
        case .segment(let segment): segment.at
        case .run(let run): run.end
        }
      }.max() ?? 0
    var summary = ConnectionSummary(
      id: id, client: client, server: server, roleBasis: .syn, start: start,
      end: start.advanced(by: end), firstFrame: 1, lastFrame: frame)
    summary.outcome = outcome
    summary.vantage = vantage
    let all = segments
    let syns = all.filter { $0.flags.contains(.syn) && !$0.flags.contains(.ack) }
    let synACKs = all.filter { $0.flags.isSuperset(of: [.syn, .ack]) }
    if let syn = syns.first {
      summary.handshake.syn = syn.at
      summary.handshake.kind = .incomplete
      summary.handshake.synRetransmissions = syns.count - 1
      if let synACK = synACKs.first {
        summary.handshake.synACK = synACK.at
        summary.handshake.serverRTT = synACK.at - (syns.last?.at ?? 0)
        if let ack = all.first(where: {
          $0.at >= synACK.at && $0.from == .client && $0.flags.contains(.ack)
        }) {
          summary.handshake.kind = .threeWay
          summary.handshake.ack = ack.at
          summary.handshake.clientRTT = ack.at - synACK.at
          if syns.count == 1 { summary.handshake.rtt = ack.at - syn.at }
          summary.timings.handshake = ack.at - syn.at
        }
      }
    }
    for segment in all {
      summary.traffic[segment.from].segments += 1
      summary.traffic[segment.from].payloadBytes += segment.payload
      if segment.kinds.contains(.retransmission) {
        summary.traffic[segment.from].retransmittedSegments =
          (summary.traffic[segment.from].retransmittedSegments ?? 0) + 1
      }
    }
    let fins = all.filter { $0.flags.contains(.fin) }
    summary.teardown.initiator = fins.first?.from ?? all.first { $0.flags.contains(.rst) }?.from
    summary.teardown.kind = fins.count > 1 ? .fourWay : fins.count == 1 ? .half : .none
    if let first = fins.first, let second = fins.dropFirst().first(where: { $0.from != first.from })
    {
      summary.teardown.halfClosed = second.at - first.at
    }
    var connection = Connection(summary: summary)
    connection.segments = items
    connection.states = states
    connection.phases = phases
    connection.judge()
    return connection
  }
}
