import TCPModel

/// A segment on its way: what of it is needed until its fate is known. Numbers are the first point's,
/// times too.
struct Packet: BitwiseCopyable {
  var time: Int64
  /// Its number among all segments of its point.
  var ordinal: Int64
  var place: FramePlace
  var sequence: UInt32
  var acknowledgment: UInt32
  /// Sequence space: payload, SYN and FIN. 0 for a RST, whatever it carries.
  var length: UInt32
  var timestamp: UInt32
  /// The left edge of the first SACK block as it stands there; meaningful with `.hasSACK`.
  var selective: UInt32
  var payload: UInt32
  var identification: UInt16
  var window: UInt16
  var trafficClass: UInt8
  var flags: TCPFlags
  var kind: Kind
  var marks: Marks = []

  /// What a path does not change.
  enum Kind: UInt8 {
    case syn, synACK, rst, rstACK, plain, unacknowledged
  }

  struct Marks: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    static let hasTimestamp = Marks(rawValue: 1 << 0)
    /// Another segment that is on its way may be taken for it.
    static let hasRival = Marks(rawValue: 1 << 1)
    /// Its fate is known; it only waits for its place to be given up.
    static let isSettled = Marks(rawValue: 1 << 2)
    /// Of an arrival: its numbers had been sent when it came.
    static let wasSent = Marks(rawValue: 1 << 3)
    static let hasSACK = Marks(rawValue: 1 << 4)
  }

  /// - Parameter delta: What the numbers of the segment's point are ahead of the first point's.
  @inline(__always)
  init(_ one: SeenSegment, delta: (own: UInt32, peer: UInt32)) {
    let segment = one.segment
    time = segment.pointee.time.nanoseconds
    ordinal = one.ordinal
    place = FramePlace(capture: segment.pointee.capture, frame: segment.pointee.frame)
    sequence = segment.pointee.sequence.rawValue &- delta.own
    flags = segment.pointee.flags
    let hasACK = flags.contains(.ack)
    acknowledgment = hasACK ? segment.pointee.acknowledgment.rawValue &- delta.peer : 0
    length = flags.contains(.rst) ? 0 : segment.pointee.sequenceLength
    payload = segment.pointee.payloadLength
    window = segment.pointee.window
    trafficClass = segment.pointee.trafficClass
    timestamp = segment.pointee.options.timestampValue
    selective = segment.pointee.options.sack[0].left.rawValue
    identification = segment.pointee.ipIdentification
    if flags.contains(.rst) {
      kind = hasACK ? .rstACK : .rst
    } else if flags.contains(.syn) {
      kind = hasACK ? .synACK : .syn
    } else {
      kind = hasACK ? .plain : .unacknowledged
    }
    if segment.pointee.options.kinds.contains(.timestamps) { marks.insert(.hasTimestamp) }
    if segment.pointee.options.sackCount > 0 { marks.insert(.hasSACK) }
  }

  var end: UInt32 { sequence &+ length }

  var isRST: Bool { kind == .rst || kind == .rstACK }

  /// It tells what its sender has received.
  var acknowledges: Bool { kind == .plain || kind == .synACK }

  func hasSameRange(as other: Packet) -> Bool {
    sequence == other.sequence && length == other.length && kind == other.kind
  }

  /// Some of their numbers are the same; of two empty ones: all.
  func overlaps(_ other: Packet) -> Bool {
    if length == 0 || other.length == 0 {
      return length == other.length && sequence == other.sequence
    }
    return Int32(bitPattern: other.sequence &- end) < 0
      && Int32(bitPattern: sequence &- other.end) < 0
  }

  /// All of its numbers are the other one's.
  func isWithin(_ other: Packet) -> Bool {
    Int32(bitPattern: sequence &- other.sequence) >= 0 && Int32(bitPattern: other.end &- end) >= 0
  }
}
