import CPrefetch
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
  private let size: Int
  /// Where the next segment is written, header by header; `commit` then adds it. Making it
  /// elsewhere and copying its 160 bytes here took a fifth of the whole decoding.
  private(set) var slot: UnsafeMutablePointer<Segment>
  /// The batch is full when the slot lies here or beyond.
  private var limit: UnsafeMutablePointer<Segment>
  /// Those that are left to others to decode.
  private var found: FoundSegments
  /// Of each segment that was taken from a shared batch, its number in the capture.
  private let taken: UnsafeMutablePointer<Int64>

  public init() {
    self.init(shares: 1, size: SegmentBatch.size)
  }

  /// For several threads that go through it at the same time. It has the segments of a window, most of them not
  /// decoded yet: each thread takes its own.
  public init(sharedBy threads: Int) {
    self.init(shares: threads, size: threads > 1 ? 8 * SegmentBatch.size : SegmentBatch.size)
  }

  private init(shares: Int, size: Int) {
    self.size = size
    capacity = size + 1
    storage = .allocate(capacity: capacity)
    slot = storage
    limit = storage + size
    found = FoundSegments(shares: shares)
    taken = .allocate(capacity: SegmentBatch.size)
  }

  deinit {
    storage.deallocate()
    taken.deallocate()
  }

  /// Those that are decoded: all, where it is not shared.
  public var count: Int { slot - storage }

  /// Decoded or not.
  public var segmentCount: Int { count &+ found.count }

  @inline(always)
  var isShared: Bool { found.shares > 1 }

  /// What holds the payloads of the segments.
  public private(set) var payloads = SegmentPayloads()
  /// What name servers said, over UDP, between the segments.
  public private(set) var datagrams: [Datagram] = []
  private static let datagramLimit = 256

  /// Neither segments nor datagrams.
  var isEmpty: Bool { segmentCount == 0 && datagrams.isEmpty }

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

  /// The numbers in their capture of segments that were taken from a shared batch.
  public var numbers: Span<Int64> {
    @_lifetime(borrow self)
    get {
      let numbers = UnsafeBufferPointer(start: taken, count: min(count, SegmentBatch.size)).span
      return _overrideLifetime(numbers, borrowing: self)
    }
  }

  @inline(always)
  var isFull: Bool { slot >= limit }

  mutating func removeAll() {
    slot = storage
    limit = storage + size
    payloads.removeAll()
    if !datagrams.isEmpty { datagrams.removeAll(keepingCapacity: true) }
  }

  /// Begins to be filled with what follows so many frames and segments.
  mutating func begin(after frames: Int64, _ segments: Int64) {
    removeAll()
    found.begin(frame: frames, number: segments)
  }

  /// To be called before segments are left. Gives the number of those that are decoded so far.
  @inline(__always)
  mutating func beginRun() -> Int {
    let count = count
    if found.numbered != count { found.number(count) }
    return count
  }

  /// Leaves the segment in a packet to the thread that has its flow; false where that cannot be.
  @inline(__always)
  mutating func leave(
    _ packet: UnsafeRawPointer, _ byteCount: Int, _ mark: FrameMark, of key: FlowKey,
    decoded: Int
  ) -> Bool {
    let room = found.append(packet, byteCount, mark, of: key, decoded: decoded)
    if room == 0 { close() }
    return room != nil
  }

  /// Nothing more comes to it for now.
  mutating func end() {
    if isShared { found.number(count) }
  }

  /// How far one of the threads that share a batch has come in it.
  public struct Place: BitwiseCopyable {
    fileprivate var found = 0
    fileprivate var decoded = 0

    public init() {}
  }

  /// Replaces the batch by the next segments in a shared one that are in a share, or concern all (SYNs); false
  /// when there are no more. Their payloads are held by that one.
  public mutating func take(
    from shared: borrowing SegmentBatch, for share: FlowShare, at place: inout Place
  ) -> Bool {
    removeAll()
    let list = shared.found.list(share.number)
    let (firstFrame, firstNumber) = (shared.found.firstFrame, shared.found.firstNumber)
    var decoded = shared.number(ofDecoded: place.decoded)
    var count = 0
    while count < SegmentBatch.size {
      if place.found < list.count, list[place.found].number < decoded {
        let next = list[place.found]
        let later = place.found &+ SegmentBatch.lookahead
        if later < list.count, let start = shared.found.start(of: list[later]) {
          prefetch(start)
          prefetch(start + 52)
        }
        taken[count] = firstNumber &+ Int64(next.number)
        decode(
          next, at: shared.found.start(of: next), frame: firstFrame &+ Int64(next.frame))
        place.found &+= 1
        count &+= 1
      } else if decoded != .max {
        let next = shared.storage + place.decoded
        if next.pointee.flags.contains(.syn) || share.has(next.pointee.key) {
          taken[count] = firstNumber &+ Int64(decoded)
          slot.pointee = next.pointee
          commit()
          count &+= 1
        }
        place.decoded &+= 1
        decoded = shared.number(ofDecoded: place.decoded)
      } else {
        break
      }
    }
    return count > 0
  }

  /// Above all others behind the last one.
  private func number(ofDecoded index: Int) -> UInt32 {
    index < count ? found.decoded[index] : .max
  }

  /// How many segments before it is decoded a segment's bytes begin to be fetched: another thread has read them.
  private static let lookahead = 8

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
    if datagrams.count < SegmentBatch.datagramLimit { limit = storage + size }
    capacity *= 2
  }
}

/// The payload of a UDP datagram from a name server, and whom it was sent to.
public struct Datagram: Sendable {
  public var destination: IPAddress
  public var time: Timestamp
  public var bytes: [UInt8]
}
