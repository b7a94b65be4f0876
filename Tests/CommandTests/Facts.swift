import Correlation
import Foundation
import TCPModel
import TraceParsing

/// What another program says of a capture, `NAME.expected.json`; only what is compared.
struct Facts: Decodable {
  var streams: [Stream]
  var file: File

  struct File: Decodable {
    var tcpStreams: Int
  }

  struct Stream: Decodable {
    var a: End
    var b: End
    var firstFrame: Int64
    var completeness: Int
    var aToB: Direction
    var bToA: Direction
  }

  struct End: Decodable, Hashable {
    var addr: String
    var port: UInt16
  }

  struct Direction: Decodable {
    var segments: Int64
    var payloadBytes: Int64
    var syn: Int64
    var synack: Int64
    var fin: Int64
    var rst: Int64
    var isn: UInt32?
    var synOptions: Options?
  }

  struct Options: Decodable {
    var mss: UInt16?
    var wscale: UInt8?
    var sackOk: Bool
    var timestamps: Bool
  }

  init(contentsOf url: URL) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Facts.self, from: Data(contentsOf: url))
  }
}

/// Our own view of a capture, held against the facts.
struct FactCheck {
  /// `field: ours, theirs` of each difference.
  private(set) var differences: [String] = []
  private(set) var compared = 0

  init(capture: URL, facts: Facts) throws {
    var correlator = Correlator()
    var reader = try CaptureReader(path: capture.path)
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
      guard let summary = candidates.first(where: { Self.ends(of: $0) == [stream.a, stream.b] })
      else {
        differences.append("\(place)connection: none, \(stream.a) \(stream.b)")
        continue
      }
      // tshark does not look at a stream's first segment unless it is a SYN, so that a stream of
      // one segment has completeness 0, whatever it carries.
      let isWhole = summary.roleBasis == .syn
      let completeness =
        isWhole ? summary.completeness : summary.completeness & stream.completeness
      compare("completeness", completeness, stream.completeness, place)
      let isTurned = Facts.End(summary.client) != stream.a
      compare(summary, isTurned ? .server : .client, stream.aToB, place + "a ")
      compare(summary, isTurned ? .client : .server, stream.bToA, place + "b ")
    }
  }

  private static func ends(of summary: ConnectionSummary) -> Set<Facts.End> {
    [Facts.End(summary.client), Facts.End(summary.server)]
  }

  private mutating func compare(
    _ summary: ConnectionSummary, _ side: Side, _ facts: Facts.Direction, _ place: String
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

extension Facts.End {
  init(_ endpoint: Endpoint) {
    addr = endpoint.address.description
    port = endpoint.port
  }
}
