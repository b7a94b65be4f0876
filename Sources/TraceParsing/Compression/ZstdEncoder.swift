import CZstd

/// Compresses bytes piece by piece into one zstd frame (RFC 8878), with a checksum.
public struct ZstdEncoder: ~Copyable {
  private let stream: OpaquePointer
  private let room: UnsafeMutableRawBufferPointer

  /// nil when memory is short.
  public init?() {
    guard let stream = ZSTD_createCStream() else { return nil }
    ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)
    self.stream = stream
    room = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
  }

  deinit {
    ZSTD_freeCStream(stream)
    room.deallocate()
  }

  /// - Parameter isLast: Nothing comes behind this piece, which may be empty.
  /// - Returns: What there is to write so far.
  public mutating func encode(_ piece: UnsafeRawBufferPointer, isLast: Bool) -> [UInt8] {
    var input = ZSTD_inBuffer(src: piece.baseAddress, size: piece.count, pos: 0)
    var bytes: [UInt8] = []
    while true {
      var output = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
      let left = ZSTD_compressStream2(
        stream, &output, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
      bytes += UnsafeRawBufferPointer(rebasing: room[..<output.pos])
      // The library fails for want of memory alone, which it took when it began.
      if ZSTD_isError(left) != 0 { return bytes }
      if isLast ? left == 0 : input.pos == input.size { return bytes }
    }
  }
}
