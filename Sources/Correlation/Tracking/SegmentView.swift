import TCPModel

/// A segment where it lies in its batch. Good while the batch is ingested.
///
/// A `Segment` passed by value is copied for most calls: 160 bytes, 30 instructions, many times a
/// segment.
struct SegmentView: BitwiseCopyable {
  private let place: UnsafePointer<Segment>

  @inline(__always)
  init(_ place: UnsafePointer<Segment>) {
    self.place = place
  }

  /// A copy, to keep.
  var value: Segment { place.pointee }

  // One line a field: the compiler sees through these, not through key paths.
  @inline(__always) var key: FlowKey { place.pointee.key }
  @inline(__always) var time: Timestamp { place.pointee.time }
  @inline(__always) var frame: Int64 { place.pointee.frame }
  @inline(__always) var sequence: SequenceNumber { place.pointee.sequence }
  @inline(__always) var acknowledgment: SequenceNumber { place.pointee.acknowledgment }
  @inline(__always) var payloadLength: UInt32 { place.pointee.payloadLength }
  @inline(__always) var capturedLength: UInt32 { place.pointee.capturedLength }
  @inline(__always) var payloadAddress: UInt { place.pointee.payloadAddress }
  @inline(__always) var ipLength: UInt32 { place.pointee.ipLength }
  @inline(__always) var flags: TCPFlags { place.pointee.flags }
  @inline(__always) var window: UInt16 { place.pointee.window }
  @inline(__always) var ipIdentification: UInt16 { place.pointee.ipIdentification }
  @inline(__always) var ttl: UInt8 { place.pointee.ttl }
  @inline(__always) var from: End { place.pointee.from }
  @inline(__always) var isHeaderDamaged: Bool { place.pointee.isHeaderDamaged }
  @inline(__always) var isHeaderCut: Bool { place.pointee.isHeaderCut }
  @inline(__always) var isCorrupt: Bool { place.pointee.isCorrupt }
  @inline(__always) var capture: UInt16 { place.pointee.capture }
  @inline(__always) var options: TCPOptions { place.pointee.options }
  @inline(__always) var sequenceLength: UInt32 { place.pointee.sequenceLength }
}
