import CLZ4
import CZlib
import CZstd
import TCPModel

/// One of the three compression libraries, behind one method.
enum Codec: ~Copyable {
  case gzip(GzipCodec)
  case zstd(ZstdCodec)
  case lz4(LZ4Codec)

  struct Step {
    var consumed: Int
    var produced: Int
    var isStreamComplete: Bool
    /// The library's words.
    var damage: String?
  }

  /// nil for `.none`, or when memory is short.
  init?(_ compression: CaptureInfo.Compression) {
    switch compression {
    case .none: return nil
    case .gzip:
      guard let codec = GzipCodec(windowBits: GzipCodec.gzip) else { return nil }
      self = .gzip(codec)
    case .zstd:
      guard let codec = ZstdCodec() else { return nil }
      self = .zstd(codec)
    case .lz4:
      guard let codec = LZ4Codec() else { return nil }
      self = .lz4(codec)
    }
  }

  mutating func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Step {
    switch self {
    case .gzip(let codec): codec.step(input, into: output)
    case .zstd(let codec): codec.step(input, into: output)
    case .lz4(let codec): codec.step(input, into: output)
    }
  }

  mutating func reset() {
    switch self {
    case .gzip(let codec): codec.reset()
    case .zstd(let codec): codec.reset()
    case .lz4(let codec): codec.reset()
    }
  }
}

/// zlib. The stream's state points back at the stream, so that it must not move.
struct GzipCodec: ~Copyable {
  /// The largest window, in a gzip wrapper.
  static let gzip: Int32 = 15 + 16
  /// The largest window, without any wrapper (RFC 1951).
  static let raw: Int32 = -15

  private let stream: UnsafeMutablePointer<z_stream>

  init?(windowBits: Int32) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func reset() {
    inflateReset(stream)
  }

  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Codec.Step {
    // zlib does not write to its input, but its type does not say so.
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: Bytef.self))
    stream.pointee.avail_in = UInt32(clamping: input.count)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
    stream.pointee.avail_out = UInt32(clamping: output.count)
    let result = inflate(stream, Z_NO_FLUSH)
    // Z_BUF_ERROR only says that there was nothing to do.
    let isGood = result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR
    return Codec.Step(
      consumed: input.count - Int(stream.pointee.avail_in),
      produced: output.count - Int(stream.pointee.avail_out),
      isStreamComplete: result == Z_STREAM_END,
      damage: isGood ? nil : stream.pointee.msg.map { String(cString: $0) } ?? "error \(result)")
  }
}

struct ZstdCodec: ~Copyable {
  private let stream: OpaquePointer

  init?() {
    guard let stream = ZSTD_createDStream() else { return nil }
    self.stream = stream
  }

  deinit {
    ZSTD_freeDStream(stream)
  }

  func reset() {
    ZSTD_DCtx_reset(stream, ZSTD_reset_session_only)
  }

  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Codec.Step {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = ZSTD_decompressStream(stream, &target, &source)
    let isError = ZSTD_isError(result) != 0
    return Codec.Step(
      consumed: source.pos, produced: target.pos, isStreamComplete: result == 0,
      damage: isError ? String(cString: ZSTD_getErrorName(result)) : nil)
  }
}

struct LZ4Codec: ~Copyable {
  private let stream: OpaquePointer

  init?() {
    var stream: OpaquePointer?
    let result = LZ4F_createDecompressionContext(&stream, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(result) == 0, let stream else { return nil }
    self.stream = stream
  }

  deinit {
    LZ4F_freeDecompressionContext(stream)
  }

  func reset() {
    LZ4F_resetDecompressionContext(stream)
  }

  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Codec.Step {
    var consumed = input.count
    var produced = output.count
    let result = LZ4F_decompress(
      stream, output.baseAddress, &produced, input.baseAddress, &consumed, nil)
    let isError = LZ4F_isError(result) != 0
    return Codec.Step(
      consumed: consumed, produced: produced, isStreamComplete: result == 0,
      damage: isError ? String(cString: LZ4F_getErrorName(result)) : nil)
  }
}
