/// Memory with captured bytes. Whoever writes new ones leaves alone what others still hold.
///
/// Unchecked: it is written by the reader alone, and only while nobody else holds it.
public final class PayloadBuffer: @unchecked Sendable {
  public let base: UnsafeMutableRawPointer
  public let byteCount: Int

  public init(byteCount: Int) {
    self.byteCount = byteCount
    base = .allocate(byteCount: byteCount, alignment: 16)
  }

  public convenience init(copying bytes: RawSpan) {
    self.init(byteCount: bytes.byteCount)
    bytes.withUnsafeBytes { bytes in
      if let source = bytes.baseAddress { base.copyMemory(from: source, byteCount: bytes.count) }
    }
  }

  deinit { base.deallocate() }

  /// All of it.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let bytes = UnsafeRawBufferPointer(start: base, count: byteCount).bytes
      return _overrideLifetime(bytes, borrowing: self)
    }
  }
}

/// The memory in which the payloads of some segments lie. As long as this is held, they stay.
public struct SegmentPayloads: Sendable {
  public private(set) var buffers: [PayloadBuffer] = []
  /// Where the buffers lie: to ask one of them takes 30 instructions more.
  @usableFromInline var places: [Range<UInt>] = []

  public init() {}

  @inlinable
  public var isEmpty: Bool { places.isEmpty }

  public mutating func hold(_ buffer: PayloadBuffer) {
    guard buffers.last !== buffer, !buffers.contains(where: { $0 === buffer }) else { return }
    buffers.append(buffer)
    let start = UInt(bitPattern: buffer.base)
    places.append(start..<start &+ UInt(bitPattern: buffer.byteCount))
  }

  public mutating func hold(_ others: SegmentPayloads) {
    for buffer in others.buffers { hold(buffer) }
  }

  public mutating func removeAll() {
    buffers.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }

  /// The captured bytes of a segment's payload, good as long as this is held; none where they are not in
  /// this memory.
  @inlinable
  public func bytes(at address: UInt, count: Int) -> UnsafeRawBufferPointer {
    guard count > 0, let start = UnsafeRawPointer(bitPattern: address),
      places.contains(where: {
        address >= $0.lowerBound && address <= $0.upperBound
          && UInt(bitPattern: count) <= $0.upperBound &- address
      })
    else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: start, count: count)
  }
}
