import Correlation
import Support
import TCPModel
import TestSupport
import TraceParsing

/// Our own view of a capture, held against the facts.
struct FactCheck {
  /// `field: ours, theirs` of each difference.
  private(set) var differences: [String] = []
  private(set) var compared = 0

  init(capture: String, facts: ExpectedFacts) throws {
    var correlator = Correlator()
    var reader = try CaptureReader(path: capture)
    var batch = SegmentBatch()
    while try reader.read(into: &batch) { correlator.ingest(batch.span) }
    compare("connections", correlator.count, facts.file.tcpStreams, "")
    var ours: [Int64: [ConnectionSummary]] = [:]
    for index in 0..<correlator.count {
      let summary = correlator.summary(at: index)
      ours[summary.firstFrame, default: []].append(summary)
    }
    for stream in facts.streams {
      let place = "frame \(stream.firstFrame) "
      let candidates = ours[stream.firstFrame] ?? []
      let (a, b) = (stream.a.endpoint, stream.b.endpoint)
      guard let summary = candidates.first(where: { [$0.client, $0.server] == Set([a, b]) }) else {
        differences.append("\(place)connection: none, \(a) \(b)")
        continue
      }
      // tshark does not look at a stream's first segment unless it is a SYN, so that a stream of
      // one segment has completeness 0, whatever it carries.
      let isWhole = summary.roleBasis == .syn
      let completeness =
        isWhole ? summary.completeness : summary.completeness & stream.completeness
      compare("completeness", completeness, stream.completeness, place)
      let isTurned = summary.client != a
      compare(summary, isTurned ? .server : .client, stream.aToB, place + "a ")
      compare(summary, isTurned ? .client : .server, stream.bToA, place + "b ")
    }
  }

  private mutating func compare(
    _ summary: ConnectionSummary, _ side: Side, _ facts: ExpectedFacts.Direction, _ place: String
  ) {
    let traffic = summary.traffic[side]
    compare("segments", traffic.segments, facts.segments, place)
    compare("payload_bytes", traffic.payloadBytes, facts.payloadBytes, place)
    compare("syn", traffic.syn, facts.syn + facts.synack, place)
    compare("fin", traffic.fin, facts.fin, place)
    compare("rst", traffic.rst, facts.rst, place)
    compare("isn", summary.handshake.isn[side], facts.isn, place)
    let options = summary.handshake.options[side]
    compare("mss", options?.mss, facts.synOptions?.mss, place)
    compare("window_scale", options?.windowScale, facts.synOptions?.wscale, place)
    compare("sack_permitted", options?.sackPermitted, facts.synOptions?.sackOk, place)
    compare("timestamps", options?.timestamps, facts.synOptions?.timestamps, place)
  }

  private mutating func compare<Value: Equatable>(
    _ field: String, _ ours: Value, _ theirs: Value, _ place: String
  ) {
    compared += 1
    if ours != theirs { differences.append("\(place)\(field): \(ours), \(theirs)") }
  }
}
