import TCPModel

/// A correlator on its way between threads: one at a time has it.
final class CorrelatorMember {
  var flows: FlowCorrelator
  /// Segments so far, of all flows, where it is given them all.
  private(set) var ingested: Int64 = 0

  init(_ flows: consuming FlowCorrelator) {
    self.flows = flows
  }

  func ingest(_ segments: Span<Segment>, _ payloads: SegmentPayloads) {
    flows.ingest(segments, payloads, first: ingested)
    ingested &+= Int64(segments.count)
  }
}
