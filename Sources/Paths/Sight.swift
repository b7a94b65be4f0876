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

  init(_ segment: UnsafePointer<Segment>) {
    time = segment.pointee.time.nanoseconds
    sequence = segment.pointee.sequence.rawValue
    timestamp = segment.pointee.options.timestampValue
    lastTimestamp = timestamp
    identification = segment.pointee.ipIdentification
    lastIdentification = identification
    window = segment.pointee.window
    mss = segment.pointee.options.mss
    kinds = segment.pointee.options.kinds
    commonKinds = kinds
    anyKinds = kinds
    windowScale = segment.pointee.options.windowScale
    ttl = segment.pointee.ttl
  }

  mutating func noteCopy(_ segment: UnsafePointer<Segment>) {
    lastTimestamp = segment.pointee.options.timestampValue
    lastIdentification = segment.pointee.ipIdentification
    commonKinds.formIntersection(segment.pointee.options.kinds)
    anyKinds.formUnion(segment.pointee.options.kinds)
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

  @inline(__always)
  mutating func note(_ segment: UnsafePointer<Segment>) {
    let sequence = segment.pointee.sequence.rawValue
    let flags = segment.pointee.flags
    let end = sequence &+ segment.pointee.sequenceLength
    if segments == 0 {
      first = sequence
      high = end
      ttl = segment.pointee.ttl
    } else if Int32(bitPattern: end &- high) > 0, !flags.contains(.rst) {
      high = end
    }
    segments &+= 1
    if flags.contains(.syn) {
      if syn?.sequence == sequence {
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
  // What a later walk asks of it comes first: one or two lines of the cache.
  let key: FlowKey
  /// The low end opened the connection, as far as this point can tell.
  var client: End
  var isRoleKnown = false
  /// The next connection of the same addresses and ports, -1 where there is none.
  var next: Int32 = -1
  /// The first one of them.
  var first: Int32 = 0
  /// Numbers of its first and last segment among all of the point's.
  var lastOrdinal: Int64
  let firstOrdinal: Int64
  let firstTime: Int64
  var lastTime: Int64
  var firstPlace: FramePlace
  var lastPlace: FramePlace
  var low = SightEnd()
  var high = SightEnd()

  init(_ segment: UnsafePointer<Segment>, ordinal: Int64, capture: UInt16) {
    key = segment.pointee.key
    firstOrdinal = ordinal
    lastOrdinal = ordinal
    firstTime = segment.pointee.time.nanoseconds
    lastTime = firstTime
    firstPlace = FramePlace(capture: capture, frame: segment.pointee.frame)
    lastPlace = firstPlace
    // Without a SYN: as the ports have it; of equal ones the first segment is the client's.
    client = key.clientByPorts ?? segment.pointee.from
  }

  @inline(__always)
  mutating func note(_ segment: UnsafePointer<Segment>, ordinal: Int64, capture: UInt16) {
    lastOrdinal = ordinal
    lastTime = segment.pointee.time.nanoseconds
    lastPlace = FramePlace(capture: capture, frame: segment.pointee.frame)
    let from = segment.pointee.from
    if from == .low { low.note(segment) } else { high.note(segment) }
    if segment.pointee.flags.contains(.syn), !isRoleKnown {
      isRoleKnown = true
      client = segment.pointee.flags.contains(.ack) ? from.other : from
    }
  }

  func end(_ side: Side) -> SightEnd { place(of: side) == .low ? low : high }

  func endpoint(_ side: Side) -> Endpoint { key[place(of: side)] }

  private func place(of side: Side) -> End { side == .client ? client : client.other }

  /// A SYN that is not a copy of what its sender began with begins another connection.
  @inline(__always)
  func isBegunAnew(by segment: UnsafePointer<Segment>) -> Bool {
    guard segment.pointee.flags.intersection(.synACK) == .syn else { return false }
    let end = segment.pointee.from == .low ? low : high
    return end.segments > 0 && end.base != segment.pointee.sequence.rawValue
  }

  /// From the SYN to its answer: the way from the point to the server and back.
  var serverRoundTrip: Int64? {
    guard let syn = end(.client).syn, let answer = end(.server).syn, answer.time >= syn.time else {
      return nil
    }
    return answer.time &- syn.time
  }
}
