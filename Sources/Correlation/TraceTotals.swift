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
      let record = records.pointer(to: index)
      totals.byOutcome[record.pointee.outcome, default: 0] += 1
      totals.tcpSegments &+= record.pointee.low.segments &+ record.pointee.high.segments
      totals.payloadBytes &+= record.pointee.low.payloadBytes &+ record.pointee.high.payloadBytes
      totals.start = min(totals.start ?? record.pointee.start, record.pointee.start)
      totals.end = max(totals.end ?? record.pointee.latest, record.pointee.latest)
    }
    return totals
  }
}
