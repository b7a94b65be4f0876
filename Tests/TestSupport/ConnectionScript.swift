import Support
import TCPModel

/// Connections for tests, written like packet traces, one segment a line:
///
///     0.000 C S win 64240
///     0.050 S S. win 65160
///     0.050 C . !changes
///
/// seconds, sender (`C`, `S`), flags as tcpdump writes them (`S F R P . U`), then in any order
/// `len N`, `seq N`, `ack N`, `win N`, `sack L:R`, `ts VALUE:ECHO`, and `!kind` for what the analysis says. Sequence
/// numbers follow from what was sent when they are not given. A line `# ..` is a remark.
///
/// States and phases come from a small machine that knows orderly connections; `state`/`phase`
/// lines (`state S CLOSE_WAIT 0.5 inferred`, `phase wait 0.1 0.2`) replace what it finds.
public struct ConnectionScript: Sendable {
  public var vantage: Vantage = .client
  public var outcome: Outcome = .closed
  public var client = Endpoint(address: IPAddress(ipv4: 0x0A3D_010A), port: 43_626)
  public var server = Endpoint(address: IPAddress(ipv4: 0x0A3D_0214), port: 8080)
  public var id = 1

  private var items: [TimelineItem] = []
  private var next = PerSide<Int64>(both: 0)
  private var seen = PerSide<Int64>(both: 0)
  private var states = PerSide<[StateChange]>(both: [])
  private var phases: [Phase] = []
  private var frame: Int64 = 0

  public init(_ text: String, vantage: Vantage = .client, outcome: Outcome = .closed) {
    self.vantage = vantage
    self.outcome = outcome
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard let first = words.first, first != "#" else { continue }
      switch first {
      case "state": addState(words)
      case "phase": addPhase(words)
      case "run": addRun(words)
      default: addSegment(words)
      }
    }
  }

  public static func nanoseconds(_ seconds: String) -> Nanoseconds {
    let parts = seconds.split(separator: ".")
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    let padded = fraction + String(repeating: "0", count: max(0, 9 - fraction.count))
    return (Int64(parts[0]) ?? 0) * 1_000_000_000 + (Int64(padded.prefix(9)) ?? 0)
  }

  private mutating func addSegment(_ words: [String]) {
    frame += 1
    let side: Side = words[1] == "C" ? .client : .server
    var flags: TCPFlags = []
    for letter in words[2] {
      switch letter {
      case "S": flags.insert(.syn)
      case "F": flags.insert(.fin)
      case "R": flags.insert(.rst)
      case "P": flags.insert(.psh)
      case ".": flags.insert(.ack)
      case "U": flags.insert(.urg)
      default: break
      }
    }
    var segment = SegmentDetail(
      frame: frame, at: Self.nanoseconds(words[0]), from: side, flags: flags, sequence: next[side],
      acknowledgment: flags.contains(.ack) ? seen[side] : nil, payload: 0, window: 64_240)
    if flags.contains(.syn) {
      segment.sequence = 0
      segment.options.kinds = [.mss, .sackPermitted, .timestamps, .windowScale]
      segment.options.mss = 1460
      segment.options.windowScale = 7
    }
    var index = 3
    while index < words.count {
      let word = words[index]
      if word.hasPrefix("!") {
        if word == "!changes" { segment.changesState = true }
        if word == "!opens" { segment.opensExchange = true }
        if let kind = EventKind(rawValue: String(word.dropFirst())) { segment.kinds.append(kind) }
        index += 1
        continue
      }
      let value = index + 1 < words.count ? words[index + 1] : "0"
      switch word {
      case "len": segment.payload = Int64(value) ?? 0
      case "seq": segment.sequence = Int64(value) ?? 0
      case "ack": segment.acknowledgment = Int64(value)
      case "win": segment.window = Int64(value) ?? 0
      case "sack":
        let ends = value.split(separator: ":").compactMap { UInt32($0) }
        segment.options.kinds.insert(.sack)
        segment.options.sackCount = 1
        segment.options.sack[0] = SACKBlock(
          left: SequenceNumber(ends[0]), right: SequenceNumber(ends[1]))
      case "ts":
        let values = value.split(separator: ":").compactMap { UInt32($0) }
        segment.options.kinds.insert(.timestamps)
        segment.options.timestampValue = values[0]
        segment.options.timestampEcho = values[1]
      default: break
      }
      index += 2
    }
    segment.rawSequence = UInt32(truncatingIfNeeded: segment.sequence)
    segment.rawAcknowledgment = UInt32(truncatingIfNeeded: segment.acknowledgment ?? 0)
    segment.rawWindow = UInt16(clamping: segment.window)
    segment.ttl = 64
    let length =
      segment.payload + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0)
    next[side] = max(next[side], segment.sequence + length)
    seen[side.peer] = max(seen[side.peer], segment.sequence + length)
    if flags.contains(.syn) || flags.contains(.fin) || flags.contains(.rst) {
      segment.changesState = true
    }
    items.append(.segment(segment))
  }

  /// `run FRAMES FROM SECONDS SECONDS data N acks N len N`.
  private mutating func addRun(_ words: [String]) {
    let count = Int64(words[1]) ?? 1
    let side: Side = words[2] == "C" ? .client : .server
    let payload = Int64(words[10]) ?? 0
    items.append(
      .run(
        SegmentRun(
          firstFrame: frame + 1, lastFrame: frame + count, start: Self.nanoseconds(words[3]),
          end: Self.nanoseconds(words[4]), from: side, dataSegments: Int(words[6]) ?? 0,
          ackSegments: Int(words[8]) ?? 0, payload: payload, firstSequence: next[side],
          lastSequence: next[side] + payload)))
    frame += count
    next[side] += payload
    seen[side.peer] = max(seen[side.peer], next[side])
  }

  private mutating func addState(_ words: [String]) {
    let side: Side = words[1] == "C" ? .client : .server
    guard let state = TCPState.allCases.first(where: { $0.name == words[2] }) else { return }
    let at = words[3] == "-" ? nil : Self.nanoseconds(words[3])
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
        name: name, start: Self.nanoseconds(words[2]), duration: Self.nanoseconds(words[3]),
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
        summary.handshake.synAck = synACK.at
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
    return connection
  }
}
