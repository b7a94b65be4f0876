import TCPModel

/// Room for the segments of one call of `CaptureReader.read(into:)`, used again and again.
///
/// A call across modules costs about 6 ns, a segment decoded and consumed 3 to 10: one call brings
/// up to 256 segments, 39 KB, which stay in the first-level cache.
public struct SegmentBatch: ~Copyable {
  /// How many segments a call brings. One more frame may add several (aggregated Wi-Fi frames).
  public static let size = 256

  private var storage: UnsafeMutablePointer<Segment>
  private var capacity: Int
  /// Where the next segment is written, header by header; `commit` then adds it. Making it
  /// elsewhere and copying its 160 bytes here took a fifth of the whole decoding.
  private(set) var slot: UnsafeMutablePointer<Segment>
  /// The batch is full when the slot lies here or beyond.
  private var limit: UnsafeMutablePointer<Segment>

  public init() {
    capacity = SegmentBatch.size + 1
    storage = .allocate(capacity: capacity)
    slot = storage
    limit = storage + SegmentBatch.size
  }

  deinit {
    storage.deallocate()
  }

  public var count: Int { slot - storage }

  /// What holds the payloads of the segments.
  public private(set) var payloads = SegmentPayloads()
  /// What name servers said, over UDP, between the segments.
  public private(set) var datagrams: [Datagram] = []
  private static let datagramLimit = 256

  /// Neither segments nor datagrams.
  var isEmpty: Bool { count == 0 && datagrams.isEmpty }

  mutating func hold(_ buffer: PayloadBuffer) {
    payloads.hold(buffer)
  }

  /// Copies a packet that was put together from fragments, or inflated, to where its payload may stay.
  mutating func hold(copyOf bytes: RawSpan) -> PayloadBuffer {
    let copy = PayloadBuffer(copying: bytes)
    payloads.hold(copy)
    return copy
  }

  mutating func append(_ datagram: Datagram) {
    datagrams.append(datagram)
    // Full, as far as `isFull` sees.
    if datagrams.count >= SegmentBatch.datagramLimit { limit = storage }
  }

  /// The segments, in the order of the capture.
  public var span: Span<Segment> {
    @_lifetime(borrow self)
    get {
      let segments = UnsafeBufferPointer(start: storage, count: count).span
      return _overrideLifetime(segments, borrowing: self)
    }
  }

  @inline(always)
  var isFull: Bool { slot >= limit }

  mutating func removeAll() {
    slot = storage
    limit = storage + SegmentBatch.size
    payloads.removeAll()
    if !datagrams.isEmpty { datagrams.removeAll(keepingCapacity: true) }
  }

  /// Adds what was written to the slot. A batch that is not full has room for the segment of one
  /// more frame; who finds several in a frame calls `makeRoom` before each.
  @inline(always)
  mutating func commit() {
    slot += 1
  }

  /// Takes out what was added behind the first `count` segments.
  mutating func remove(from count: Int) {
    slot = storage + count
  }

  /// Nothing more is to be read into it.
  mutating func close() {
    limit = storage
  }

  mutating func makeRoom() {
    guard count == capacity else { return }
    let larger = UnsafeMutablePointer<Segment>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: storage, count: count)
    storage.deallocate()
    storage = larger
    slot = storage + capacity
    if datagrams.count < SegmentBatch.datagramLimit { limit = storage + SegmentBatch.size }
    capacity *= 2
  }
}

/// The payload of a UDP datagram from a name server, and whom it was sent to.
public struct Datagram: Sendable {
  public var destination: IPAddress
  public var time: Timestamp
  public var bytes: [UInt8]
}
