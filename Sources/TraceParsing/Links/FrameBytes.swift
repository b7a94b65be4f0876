/// The bytes of a frame from some header on: those that were captured, and how many were sent. The
/// two differ where a snap length cut the frame.
///
/// Every header narrows both together, so that neither can be forgotten on the way.
struct FrameBytes: ~Escapable {
  let captured: RawSpan
  /// Never less than were captured.
  let wireLength: Int

  @_lifetime(copy captured)
  @inline(always)
  init(_ captured: RawSpan, wireLength: Int) {
    self.captured = captured
    self.wireLength = wireLength
  }

  /// All of it is there.
  @_lifetime(copy whole)
  init(whole: RawSpan) {
    self.init(whole, wireLength: whole.byteCount)
  }

  /// How many were captured.
  @inline(always)
  var byteCount: Int { captured.byteCount }

  /// Nothing of it was cut off.
  var isWhole: Bool { byteCount == wireLength }

  @inline(always)
  func uint8(at offset: Int) -> UInt8 { captured.uint8(at: offset) }

  @inline(always)
  func uint16(at offset: Int) -> UInt16 { captured.uint16(at: offset) }

  @inline(always)
  func uint32(at offset: Int) -> UInt32 { captured.uint32(at: offset) }

  @inline(always)
  func uint64(at offset: Int) -> UInt64 { captured.uint64(at: offset) }

  /// What follows a header of `count` bytes, which must have been captured.
  @_lifetime(copy self)
  @inline(always)
  func dropping(_ count: Int) -> FrameBytes {
    FrameBytes(captured.dropping(count), wireLength: wireLength &- count)
  }

  /// No more than the length that a header states; what follows it is padding or a trailer.
  @_lifetime(copy self)
  @inline(always)
  func limited(to length: Int) -> FrameBytes {
    let length = max(0, min(length, wireLength))
    return FrameBytes(captured.extracting(first: length), wireLength: length)
  }
}
