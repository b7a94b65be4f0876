import TCPModel

@testable import TraceParsing

/// A segment in one line, to compare two readings of a capture.
struct SegmentImage: Hashable, CustomStringConvertible {
  let description: String

  init(_ segment: Segment) {
    let options = segment.options
    var fields = [
      "\(segment.frame) \(segment.time.nanoseconds) \(segment.source) > \(segment.destination)",
      "flags \(segment.flags.rawValue) seq \(segment.sequence.rawValue)",
      "ack \(segment.acknowledgment.rawValue) len \(segment.payloadLength)",
      "ip \(segment.ipLength) \(segment.ipIdentification) \(segment.ttl) \(segment.trafficClass)",
      "win \(segment.window) urg \(segment.urgentPointer) if \(segment.interface)",
      "damaged \(segment.isHeaderDamaged) corrupt \(segment.isCorrupt) from \(segment.from)",
      "options \(options.kinds.rawValue) \(options.mss) \(options.windowScale)",
      "\(options.fastOpenCookieLength) \(options.timestampValue) \(options.timestampEcho)",
    ]
    for index in 0..<Int(options.sackCount) {
      fields.append("\(options.sack[index].left.rawValue)-\(options.sack[index].right.rawValue)")
    }
    description = fields.joined(separator: " ")
  }
}

extension SegmentBatch {
  var images: [SegmentImage] {
    let segments = span
    return segments.indices.map { SegmentImage(segments[$0]) }
  }
}
