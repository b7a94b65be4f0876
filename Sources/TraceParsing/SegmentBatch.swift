import TCPModel

/// Room for the segments of one call of `CaptureReader.read(into:)`, used again and again.
///
/// A call across modules costs about 6 ns, a segment decoded and consumed 3 to 10: one call brings
/// up to 256 segments, about 36 KB, which stay in the first-level cache.
public struct SegmentBatch: ~Copyable {
  /// How many segments a call brings. One more frame may add several (aggregated Wi-Fi frames).
  public static let size = 256

  private var storage: UnsafeMutablePointer<Segment>
  private var capacity: Int
  public private(set) var count = 0

  public init() {
    capacity = SegmentBatch.size + 16
    storage = .allocate(capacity: capacity)
  }

  deinit {
    storage.deallocate()
  }

  /// The segments, in the order of the capture.
  public var span: Span<Segment> {
    @_lifetime(borrow self)
    get {
      let segments = UnsafeBufferPointer(start: storage, count: count).span
      return _overrideLifetime(segments, borrowing: self)
    }
  }

  var isFull: Bool { count >= SegmentBatch.size }

  mutating func removeAll() {
    count = 0
  }

  @inline(__always)
  mutating func append(_ segment: Segment) {
    if count == capacity { grow() }
    (storage + count).initialize(to: segment)
    count += 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Segment>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: storage, count: count)
    storage.deallocate()
    storage = larger
    capacity *= 2
  }
}
