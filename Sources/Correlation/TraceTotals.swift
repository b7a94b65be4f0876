import TCPModel

extension Correlator {
  /// The whole input in a few numbers, without a description of every connection.
  public var totals: TraceSummary { tracker.totals }
}

extension ConnectionTracker {
  var totals: TraceSummary {
    var totals = TraceSummary()
    totals.connections = records.count
    for index in 0..<records.count {
      let record = settled(index).record
      totals.byOutcome[record.outcome, default: 0] += 1
      totals.tcpSegments &+= record.low.segments &+ record.high.segments
      totals.payloadBytes &+= record.low.payloadBytes &+ record.high.payloadBytes
      totals.start = min(totals.start ?? record.start, record.start)
      totals.end = max(totals.end ?? record.latest, record.latest)
    }
    return totals
  }
}
