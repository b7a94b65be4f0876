/// Loads from raw bytes at any alignment.
///
/// Callers check a header's length once and load at constant offsets, so that the optimiser drops
/// the span's own checks; a wrong offset would still be caught by them.
extension RawSpan {
  @inline(always)
  func uint8(at offset: Int) -> UInt8 {
    unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Big-endian, as everything in a packet.
  @inline(always)
  func uint16(at offset: Int) -> UInt16 {
    UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inline(always)
  func uint32(at offset: Int) -> UInt32 {
    UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  @inline(always)
  func uint64(at offset: Int) -> UInt64 {
    UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// What follows the first `count` bytes, which must be there.
  @_lifetime(copy self)
  @inline(always)
  func dropping(_ count: Int) -> RawSpan {
    extracting(count..<byteCount)
  }
}

/// The byte order of a capture file's own fields: that of the machine that wrote it.
enum ByteOrder: BitwiseCopyable {
  case little, big

  @inline(always)
  func uint16(_ bytes: RawSpan, at offset: Int) -> UInt16 {
    let value = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
    return self == .little ? UInt16(littleEndian: value) : UInt16(bigEndian: value)
  }

  @inline(always)
  func uint32(_ bytes: RawSpan, at offset: Int) -> UInt32 {
    let value = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return self == .little ? UInt32(littleEndian: value) : UInt32(bigEndian: value)
  }

  @inline(always)
  func uint64(_ bytes: RawSpan, at offset: Int) -> UInt64 {
    let value = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return self == .little ? UInt64(littleEndian: value) : UInt64(bigEndian: value)
  }
}
