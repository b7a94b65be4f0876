import TCPModel

/// What the segments of a block are told relative to: the flows so far, and of each direction what came
/// last. Writer and reader keep the same.
struct JournalFlows {
  struct Direction: BitwiseCopyable {
    /// The sequence number that comes next if nothing is lost.
    var sequence: UInt32 = 0
    var acknowledgment: UInt32 = 0
    var timestampValue: UInt32 = 0
    var timestampEcho: UInt32 = 0
    /// Of IP and TCP.
    var headerLength: UInt32 = 0
    var window: UInt16 = 0
    var identification: UInt16 = 0
    var ttl: UInt8 = 0
    var trafficClass: UInt8 = 0
  }

  struct Flow: BitwiseCopyable {
    var key: FlowKey
    var low = Direction()
    var high = Direction()
  }

  var flows: [Flow] = []
  var frame: Int64 = 0
  var time: Int64 = 0
  var interface: UInt16 = 0

  mutating func removeAll() {
    flows.removeAll(keepingCapacity: true)
    frame = 0
    time = 0
    interface = 0
  }

  /// What is said of a segment beside what every segment has.
  struct Shape: OptionSet {
    let rawValue: UInt64
    static let fromHigh = Shape(rawValue: 1 << 0)
    static let options = Shape(rawValue: 1 << 1)
    static let otherCaptured = Shape(rawValue: 1 << 2)
    static let otherHeader = Shape(rawValue: 1 << 3)
    static let otherTTL = Shape(rawValue: 1 << 4)
    static let otherClass = Shape(rawValue: 1 << 5)
    static let urgent = Shape(rawValue: 1 << 6)
    static let otherInterface = Shape(rawValue: 1 << 7)
    static let damaged = Shape(rawValue: 1 << 8)
    static let cut = Shape(rawValue: 1 << 9)
    static let noPayload = Shape(rawValue: 1 << 10)
    static let corrupt = Shape(rawValue: 1 << 11)
  }

  /// What begins an entry; from `firstFlow` on it is a segment of a known flow.
  enum Tag {
    static let newFlow: UInt64 = 0
    static let frame: UInt64 = 1
    static let note: UInt64 = 2
    static let firstFlow: UInt64 = 3
  }
}

// MARK: - Writing

extension JournalFlows {
  /// - Parameter payload: What was captured of it; empty where it is not in memory.
  mutating func write(
    _ segment: borrowing Segment, flow index: Int, isNew: Bool, payload: UnsafeRawBufferPointer,
    to bytes: inout JournalBytes
  ) {
    let isHigh = segment.from == .high
    var direction = isHigh ? flows[index].high : flows[index].low
    let headerLength = segment.ipLength &- segment.payloadLength
    var shape: Shape = []
    if isHigh { shape.insert(.fromHigh) }
    if segment.options.isAnything { shape.insert(.options) }
    if segment.capturedLength != segment.payloadLength { shape.insert(.otherCaptured) }
    if headerLength != direction.headerLength { shape.insert(.otherHeader) }
    if segment.ttl != direction.ttl { shape.insert(.otherTTL) }
    if segment.trafficClass != direction.trafficClass { shape.insert(.otherClass) }
    if segment.urgentPointer != 0 { shape.insert(.urgent) }
    if segment.interface != interface { shape.insert(.otherInterface) }
    if segment.isHeaderDamaged { shape.insert(.damaged) }
    if segment.isHeaderCut { shape.insert(.cut) }
    if segment.isCorrupt { shape.insert(.corrupt) }
    if segment.capturedLength != payload.count { shape.insert(.noPayload) }
    if isNew {
      bytes.number(Tag.newFlow)
      bytes.endpoint(flows[index].key.low)
      bytes.endpoint(flows[index].key.high)
    } else {
      bytes.number(Tag.firstFlow &+ UInt64(index))
    }
    bytes.number(shape.rawValue)
    bytes.number(UInt64(bitPattern: segment.frame &- frame))
    bytes.signed(segment.time.nanoseconds &- time)
    bytes.signed(Int64(Int32(bitPattern: segment.sequence.rawValue &- direction.sequence)))
    bytes.signed(
      Int64(Int32(bitPattern: segment.acknowledgment.rawValue &- direction.acknowledgment)))
    bytes.number(segment.flags.rawValue)
    bytes.signed(Int64(Int16(bitPattern: segment.window &- direction.window)))
    bytes.signed(
      Int64(Int16(bitPattern: segment.ipIdentification &- direction.identification)))
    bytes.number(segment.payloadLength)
    if shape.contains(.otherCaptured) { bytes.number(segment.capturedLength) }
    if shape.contains(.otherHeader) { bytes.number(headerLength) }
    if shape.contains(.otherTTL) { bytes.number(segment.ttl) }
    if shape.contains(.otherClass) { bytes.number(segment.trafficClass) }
    if shape.contains(.urgent) { bytes.number(segment.urgentPointer) }
    if shape.contains(.otherInterface) { bytes.number(segment.interface) }
    if shape.contains(.options) { bytes.options(segment.options, &direction) }
    if !shape.contains(.noPayload) { bytes.raw(payload) }
    direction.follow(segment)
    if isHigh { flows[index].high = direction } else { flows[index].low = direction }
    follow(segment)
  }

  fileprivate mutating func follow(_ segment: borrowing Segment) {
    frame = segment.frame
    time = segment.time.nanoseconds
    interface = segment.interface
  }
}

extension JournalFlows.Direction {
  fileprivate mutating func follow(_ segment: borrowing Segment) {
    sequence = segment.sequence.rawValue &+ segment.sequenceLength
    acknowledgment = segment.acknowledgment.rawValue
    headerLength = segment.ipLength &- segment.payloadLength
    window = segment.window
    identification = segment.ipIdentification
    ttl = segment.ttl
    trafficClass = segment.trafficClass
  }
}

extension TCPOptions {
  fileprivate var isAnything: Bool {
    kinds.rawValue != 0 || mss != 0 || windowScale != 0 || sackCount != 0
      || fastOpenCookieLength != 0 || timestampValue != 0 || timestampEcho != 0
  }
}

extension JournalBytes {
  fileprivate mutating func endpoint(_ endpoint: Endpoint) {
    number(endpoint.address.isIPv6 ? 1 : 0)
    if endpoint.address.isIPv6 { number(endpoint.address.upper) }
    number(endpoint.address.lower)
    number(endpoint.port)
  }

  fileprivate mutating func options(
    _ options: TCPOptions, _ direction: inout JournalFlows.Direction
  ) {
    number(options.kinds.rawValue)
    number(options.mss)
    number(options.windowScale)
    number(options.fastOpenCookieLength)
    signed(Int64(Int32(bitPattern: options.timestampValue &- direction.timestampValue)))
    signed(Int64(Int32(bitPattern: options.timestampEcho &- direction.timestampEcho)))
    direction.timestampValue = options.timestampValue
    direction.timestampEcho = options.timestampEcho
    let count = min(Int(options.sackCount), 4)
    number(count)
    for index in 0..<count {
      number(options.sack[index].left.rawValue)
      number(options.sack[index].right.rawValue &- options.sack[index].left.rawValue)
    }
  }
}

// MARK: - Reading

extension JournalFlows {
  /// Reads the segment behind a tag into the batch's next slot.
  @_lifetime(cursor: copy cursor)
  mutating func read(
    _ tag: UInt64, from cursor: inout JournalCursor, into batch: inout SegmentBatch
  ) {
    let index: Int
    if tag == Tag.newFlow {
      index = flows.count
      let low = cursor.endpoint()
      let high = cursor.endpoint()
      guard FlowKey.isOrdered(low, high) else { return cursor.fail() }
      flows.append(Flow(key: FlowKey(source: low, destination: high)))
    } else {
      guard tag &- Tag.firstFlow < UInt64(flows.count) else { return cursor.fail() }
      index = Int(tag &- Tag.firstFlow)
    }
    let shape = Shape(rawValue: cursor.number())
    let isHigh = shape.contains(.fromHigh)
    var direction = isHigh ? flows[index].high : flows[index].low
    var segment = Segment(
      key: flows[index].key, from: isHigh ? .high : .low,
      time: Timestamp(nanoseconds: 0), frame: frame &+ Int64(bitPattern: cursor.number()),
      sequence: SequenceNumber(0), acknowledgment: SequenceNumber(0), flags: [], window: 0,
      payloadLength: 0, ipLength: 0)
    segment.time = Timestamp(nanoseconds: time &+ cursor.signed())
    segment.sequence.rawValue =
      direction.sequence &+ UInt32(truncatingIfNeeded: cursor.signed())
    segment.acknowledgment.rawValue =
      direction.acknowledgment &+ UInt32(truncatingIfNeeded: cursor.signed())
    segment.flags = TCPFlags(rawValue: UInt16(truncatingIfNeeded: cursor.number()) & 0x1FF)
    segment.window = direction.window &+ UInt16(truncatingIfNeeded: cursor.signed())
    segment.ipIdentification =
      direction.identification &+ UInt16(truncatingIfNeeded: cursor.signed())
    segment.payloadLength = UInt32(truncatingIfNeeded: cursor.number())
    segment.capturedLength =
      shape.contains(.otherCaptured)
      ? UInt32(truncatingIfNeeded: cursor.number()) : segment.payloadLength
    let headerLength =
      shape.contains(.otherHeader)
      ? UInt32(truncatingIfNeeded: cursor.number()) : direction.headerLength
    segment.ipLength = segment.payloadLength &+ headerLength
    segment.ttl =
      shape.contains(.otherTTL) ? UInt8(truncatingIfNeeded: cursor.number()) : direction.ttl
    segment.trafficClass =
      shape.contains(.otherClass)
      ? UInt8(truncatingIfNeeded: cursor.number()) : direction.trafficClass
    if shape.contains(.urgent) {
      segment.urgentPointer = UInt16(truncatingIfNeeded: cursor.number())
    }
    segment.interface =
      shape.contains(.otherInterface) ? UInt16(truncatingIfNeeded: cursor.number()) : interface
    segment.isHeaderDamaged = shape.contains(.damaged)
    segment.isHeaderCut = shape.contains(.cut)
    segment.isCorrupt = shape.contains(.corrupt)
    if shape.contains(.options) { segment.options = cursor.options(&direction) }
    if !shape.contains(.noPayload) {
      let payload = cursor.raw(Int(segment.capturedLength))
      segment.payloadAddress = payload.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }
    if cursor.isDamaged { return }
    direction.follow(segment)
    if isHigh { flows[index].high = direction } else { flows[index].low = direction }
    follow(segment)
    batch.slot.pointee = segment
    batch.commit()
  }
}

extension JournalCursor {
  @_lifetime(self: copy self)
  fileprivate mutating func endpoint() -> Endpoint {
    let isIPv6 = number() != 0
    let upper = isIPv6 ? number() : 0
    let lower = number()
    let address =
      isIPv6
      ? IPAddress(ipv6: upper, lower) : IPAddress(ipv4: UInt32(truncatingIfNeeded: lower))
    return Endpoint(address: address, port: UInt16(truncatingIfNeeded: number()))
  }

  @_lifetime(self: copy self)
  fileprivate mutating func options(_ direction: inout JournalFlows.Direction) -> TCPOptions {
    var options = TCPOptions()
    options.kinds = TCPOptions.Kinds(rawValue: UInt16(truncatingIfNeeded: number()))
    options.mss = UInt16(truncatingIfNeeded: number())
    options.windowScale = UInt8(truncatingIfNeeded: number())
    options.fastOpenCookieLength = UInt8(truncatingIfNeeded: number())
    direction.timestampValue &+= UInt32(truncatingIfNeeded: signed())
    direction.timestampEcho &+= UInt32(truncatingIfNeeded: signed())
    options.timestampValue = direction.timestampValue
    options.timestampEcho = direction.timestampEcho
    let count = number()
    guard count <= 4 else {
      fail()
      return options
    }
    options.sackCount = UInt8(count)
    for index in 0..<Int(count) {
      let left = UInt32(truncatingIfNeeded: number())
      let right = left &+ UInt32(truncatingIfNeeded: number())
      options.sack[index] = SACKBlock(left: SequenceNumber(left), right: SequenceNumber(right))
    }
    return options
  }
}
