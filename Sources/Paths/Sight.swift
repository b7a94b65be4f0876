import TCPModel

/// What a SYN or SYN/ACK tells that is good for knowing it again elsewhere.
struct SYNFacts: BitwiseCopyable {
  var time: Int64
  var sequence: UInt32
  var timestamp: UInt32
  /// Of the newest copy: time stamps grow from copy to copy.
  var lastTimestamp: UInt32
  var identification: UInt16
  var lastIdentification: UInt16
  var window: UInt16
  var mss: UInt16
  /// Of the first copy; what all copies have, what any has.
  var kinds: TCPOptions.Kinds
  var commonKinds: TCPOptions.Kinds
  var anyKinds: TCPOptions.Kinds
  var windowScale: UInt8
  var ttl: UInt8

  init(_ segment: Segment) {
    time = segment.time.nanoseconds
    sequence = segment.sequence.rawValue
    timestamp = segment.options.timestampValue
    lastTimestamp = timestamp
    identification = segment.ipIdentification
    lastIdentification = identification
    window = segment.window
    mss = segment.options.mss
    kinds = segment.options.kinds
    commonKinds = kinds
    anyKinds = kinds
    windowScale = segment.options.windowScale
    ttl = segment.ttl
  }

  mutating func noteCopy(_ segment: Segment) {
    lastTimestamp = segment.options.timestampValue
    lastIdentification = segment.ipIdentification
    commonKinds.formIntersection(segment.options.kinds)
    anyKinds.formUnion(segment.options.kinds)
  }

  /// Whether one of this SYN's copies may be the one seen at the other point, by its time stamp.
  func mayHaveTimestamp(of other: SYNFacts) -> Bool {
    guard kinds.contains(.timestamps), other.kinds.contains(.timestamps) else { return false }
    return other.timestamp &- timestamp <= lastTimestamp &- timestamp
      || timestamp &- other.timestamp <= other.lastTimestamp &- other.timestamp
  }

  func mayHaveIdentification(of other: SYNFacts) -> Bool {
    guard identification != 0, other.identification != 0 else { return false }
    return other.identification &- identification <= lastIdentification &- identification
      || identification &- other.identification
        <= other.lastIdentification &- other.identification
  }
}

/// One side of a connection as one point sees it.
struct SightEnd: BitwiseCopyable {
  /// Of the first segment and behind the newest one; meaningful when `segments` is not 0.
  var first: UInt32 = 0
  var high: UInt32 = 0
  var segments: UInt32 = 0
  var ttl: UInt8 = 0
  var syn: SYNFacts?

  /// What relative numbers count from.
  var base: UInt32 { syn?.sequence ?? first }

  mutating func note(_ segment: Segment) {
    let end = segment.sequence.rawValue &+ segment.sequenceLength
    if segments == 0 {
      first = segment.sequence.rawValue
      high = end
      ttl = segment.ttl
    } else if Int32(bitPattern: end &- high) > 0, !segment.flags.contains(.rst) {
      high = end
    }
    segments &+= 1
    if segment.flags.contains(.syn) {
      if syn?.sequence == segment.sequence.rawValue {
        syn?.noteCopy(segment)
      } else if syn == nil {
        syn = SYNFacts(segment)
      }
    }
  }

  /// Whether the same numbers came by at both points.
  func overlaps(_ other: SightEnd) -> Bool {
    Int32(bitPattern: other.first &- high) <= 0 && Int32(bitPattern: first &- other.high) <= 0
  }
}

extension FramePlace {
  mutating func move(_ captures: [UInt16]) {
    if captures.indices.contains(Int(capture)) { capture = captures[Int(capture)] }
  }
}

/// One connection as one point sees it.
struct Sight: BitwiseCopyable {
  let key: FlowKey
  var low = SightEnd()
  var high = SightEnd()
  /// The low end opened the connection, as far as this point can tell.
  var client: End
  var isRoleKnown = false
  /// Numbers of its first and last segment among all of the point's.
  let firstOrdinal: Int64
  var lastOrdinal: Int64
  let firstTime: Int64
  var lastTime: Int64
  var firstPlace: FramePlace
  var lastPlace: FramePlace
  /// The next connection of the same addresses and ports, -1 where there is none.
  var next: Int32 = -1
  /// The first one of them.
  var first: Int32 = 0

  init(_ segment: Segment, ordinal: Int64) {
    key = segment.key
    firstOrdinal = ordinal
    lastOrdinal = ordinal
    firstTime = segment.time.nanoseconds
    lastTime = firstTime
    firstPlace = FramePlace(capture: segment.capture, frame: segment.frame)
    lastPlace = firstPlace
    // Without a SYN: as the ports have it; of equal ones the first segment is the client's.
    client = segment.key.clientByPorts ?? segment.from
  }

  mutating func note(_ segment: Segment, ordinal: Int64) {
    lastOrdinal = ordinal
    lastTime = segment.time.nanoseconds
    lastPlace = FramePlace(capture: segment.capture, frame: segment.frame)
    if segment.from == .low { low.note(segment) } else { high.note(segment) }
    if segment.flags.contains(.syn), !isRoleKnown {
      isRoleKnown = true
      client = segment.flags.contains(.ack) ? segment.from.other : segment.from
    }
  }

  func end(_ side: Side) -> SightEnd { place(of: side) == .low ? low : high }

  func endpoint(_ side: Side) -> Endpoint { key[place(of: side)] }

  private func place(of side: Side) -> End { side == .client ? client : client.other }

  /// A SYN that is not a copy of what its sender began with begins another connection.
  func isBegunAnew(by segment: Segment) -> Bool {
    guard segment.flags.intersection(.synACK) == .syn else { return false }
    let end = segment.from == .low ? low : high
    return end.segments > 0 && end.base != segment.sequence.rawValue
  }

  /// From the SYN to its answer: the way from the point to the server and back.
  var serverRoundTrip: Int64? {
    guard let syn = end(.client).syn, let answer = end(.server).syn, answer.time >= syn.time else {
      return nil
    }
    return answer.time &- syn.time
  }
}
