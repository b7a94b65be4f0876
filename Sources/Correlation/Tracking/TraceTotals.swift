import TCPModel

/// What a set of connections amounts to. A record is added when it is packed and taken out when it
/// is opened again, so that the sum over ten million of them needs none of them unpacked.
struct TraceTotals: BitwiseCopyable {
  private var outcomes = InlineArray<7, Int>(repeating: 0)
  private var segments: Int64 = 0
  private var payloadBytes: Int64 = 0
  private var start = Int64.max
  private var end = Int64.min

  mutating func add(_ record: UnsafePointer<ConnectionRecord>) {
    count(record, 1)
    // A connection's span only grows: these need not be taken back.
    // Its SYN may stand further on in the file, with its own, earlier time.
    let syn = record.pointee.handshake.syn
    start = min(start, record.pointee.start.nanoseconds &+ (syn == .min ? 0 : min(0, syn)))
    end = max(end, record.pointee.latest.nanoseconds)
  }

  mutating func remove(_ record: UnsafePointer<ConnectionRecord>) {
    count(record, -1)
  }

  private mutating func count(_ record: UnsafePointer<ConnectionRecord>, _ sign: Int) {
    outcomes[record.outcomeAtEnd.place] += sign
    segments &+= Int64(sign) &* (record.pointee.low.segments &+ record.pointee.high.segments)
    payloadBytes &+=
      Int64(sign) &* (record.pointee.low.payloadBytes &+ record.pointee.high.payloadBytes)
  }

  mutating func add(_ other: TraceTotals) {
    for place in outcomes.indices { outcomes[place] += other.outcomes[place] }
    segments &+= other.segments
    payloadBytes &+= other.payloadBytes
    start = min(start, other.start)
    end = max(end, other.end)
  }

  func summary(connections: Int) -> TraceSummary {
    var summary = TraceSummary()
    summary.connections = connections
    for outcome in Outcome.allCases {
      let count = outcomes[outcome.place]
      if count > 0 { summary.byOutcome[outcome] = count }
    }
    summary.tcpSegments = segments
    summary.payloadBytes = payloadBytes
    if connections > 0 {
      summary.start = Timestamp(nanoseconds: start)
      summary.end = Timestamp(nanoseconds: end)
    }
    return summary
  }
}
