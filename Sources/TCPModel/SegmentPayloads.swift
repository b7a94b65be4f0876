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

  @inline(__always)
  func holds(_ address: UInt, _ count: Int) -> Bool {
    let start = UInt(bitPattern: base)
    guard address >= start, address <= start &+ UInt(bitPattern: byteCount) else { return false }
    return count <= byteCount &- Int(bitPattern: address &- start)
  }
}

/// The memory in which the payloads of some segments lie. As long as this is held, they stay.
public struct SegmentPayloads: Sendable {
  public private(set) var buffers: [PayloadBuffer] = []

  public init() {}

  public var isEmpty: Bool { buffers.isEmpty }

  public mutating func hold(_ buffer: PayloadBuffer) {
    if buffers.last !== buffer { buffers.append(buffer) }
  }

  public mutating func hold(_ others: SegmentPayloads) {
    for buffer in others.buffers { hold(buffer) }
  }

  public mutating func removeAll() {
    buffers.removeAll(keepingCapacity: true)
  }

  /// The captured bytes of a segment's payload; none where they are not in this memory.
  public func withBytes<Result>(
    at address: UInt, count: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    guard count > 0, let start = UnsafeRawPointer(bitPattern: address),
      let buffer = buffers.last(where: { $0.holds(address, count) })
    else { return body(nothing) }
    return withExtendedLifetime(buffer) {
      body(UnsafeRawBufferPointer(start: start, count: count))
    }
  }
}
