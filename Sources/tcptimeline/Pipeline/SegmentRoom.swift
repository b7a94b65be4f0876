import TCPModel

/// Room for segments on their way, used again and again: an array looks at who else holds it for every one.
struct SegmentRoom: ~Copyable {
  private var storage: UnsafeMutablePointer<Segment>
  private var capacity: Int
  private(set) var count = 0

  init(for capacity: Int) {
    self.capacity = capacity
    storage = .allocate(capacity: capacity)
  }

  deinit { storage.deallocate() }

  var isFull: Bool { count >= capacity }

  /// Empties it, and makes it large enough.
  mutating func removeAll(roomFor count: Int = 0) {
    self.count = 0
    guard count > capacity else { return }
    storage.deallocate()
    storage = .allocate(capacity: count)
    capacity = count
  }

  /// Adds a copy, unless it is full.
  ///
  /// - Returns: Where it lies.
  @inline(__always)
  @discardableResult
  mutating func append(_ segment: UnsafePointer<Segment>) -> UnsafeMutablePointer<Segment> {
    precondition(count < capacity)
    let place = storage + count
    place.initialize(from: segment, count: 1)
    count += 1
    return place
  }

  /// Gives them on.
  func give<Result>(to take: (Span<Segment>) -> Result) -> Result {
    take(UnsafeBufferPointer(start: storage, count: count).span)
  }
}
