import Glibc
import Support
import TCPModel

/// Reads a compressed file or pipe as the bytes it stands for. Memory is constant.
///
/// Files that were compressed piece by piece and put one after another are one file, as the
/// command-line tools have it.
struct Decompressor: ~Copyable {
  private static let inputCapacity = 128 * 1024
  /// No capture compresses so well: what does is meant to fill memory and time. Looked at only beyond
  /// `freeBytes`.
  static let maximumRatio: Int64 = 250
  static let freeBytes: Int64 = 256 << 20

  let compression: CaptureInfo.Compression
  private var codec: Codec
  private let input: UnsafeMutableRawPointer
  private let capacity: Int
  private var inputStart = 0
  private var inputEnd = 0
  private var isAtEnd = false
  /// Nothing is lost when the file ends here: a stream is complete, or none has begun.
  private var isBetweenStreams = true
  private var hasCompletedStream = false
  /// Found while good bytes were still to be handed on.
  private var pendingDamage: CaptureError?
  /// Bytes of the file that were decompressed.
  private(set) var fileOffset: Int64 = 0
  private var produced: Int64 = 0

  /// What the bytes at a file's beginning say.
  static func recognise(_ bytes: RawSpan) -> CaptureInfo.Compression {
    guard bytes.byteCount >= 4 else { return .none }
    // RFC 1952 2.3.1, RFC 8878 3.1.1, LZ4 frame format 1.6
    switch bytes.uint32(at: 0) {
    case 0x1F8B_0800...0x1F8B_08FF: return .gzip
    case 0x28B5_2FFD: return .zstd
    case 0x0422_4D18: return .lz4
    default: return .none
    }
  }

  /// `start` is what was already read of the file. nil when there is nothing to decompress, or no
  /// memory for it.
  init?(_ compression: CaptureInfo.Compression, start: RawSpan) {
    guard let codec = Codec(compression) else { return nil }
    self.compression = compression
    self.codec = codec
    capacity = max(Decompressor.inputCapacity, start.byteCount)
    input = .allocate(byteCount: capacity, alignment: 16)
    start.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(start: input, count: capacity).copyMemory(from: bytes)
    }
    inputEnd = start.byteCount
  }

  deinit {
    input.deallocate()
  }

  /// Decompresses up to `capacity` bytes; 0 at the end. A damaged or cut stream throws with the
  /// layer `.compression`.
  mutating func read(
    from descriptor: Int32, into output: UnsafeMutableRawPointer, capacity: Int
  ) throws(CaptureError) -> Int {
    if let pendingDamage { throw pendingDamage }
    while true {
      if inputStart == inputEnd, !isAtEnd { try refill(from: descriptor) }
      let available = inputEnd - inputStart
      if available == 0, isBetweenStreams { return 0 }
      // Zeros or other bytes after a complete gzip stream are padding (RFC 1952 2.2 has none, but
      // the tools pass over it).
      if compression == .gzip, isBetweenStreams, hasCompletedStream,
        (input + inputStart).load(as: UInt8.self) != 0x1F
      {
        return 0
      }
      isBetweenStreams = false
      let step = codec.step(
        UnsafeRawBufferPointer(start: input + inputStart, count: available),
        into: UnsafeMutableRawBufferPointer(start: output, count: capacity))
      inputStart += step.consumed
      fileOffset += Int64(step.consumed)
      produced += Int64(step.produced)
      if produced > Decompressor.freeBytes, produced / Decompressor.maximumRatio > fileOffset {
        pendingDamage = damage(
          "expand too far", "to more than \(Decompressor.maximumRatio) times their size")
      }
      if let reason = step.damage { pendingDamage = damage("are damaged", reason) }
      if step.isStreamComplete {
        isBetweenStreams = true
        hasCompletedStream = true
        codec.reset()
      }
      if step.produced > 0 { return step.produced }
      if let pendingDamage { throw pendingDamage }
      if available == 0, step.consumed == 0, !step.isStreamComplete {
        throw damage("end early", "the file was cut off")
      }
    }
  }

  /// Begins anew, with the file at its beginning.
  mutating func restart() {
    codec.reset()
    inputStart = 0
    inputEnd = 0
    isAtEnd = false
    isBetweenStreams = true
    hasCompletedStream = false
    pendingDamage = nil
    fileOffset = 0
    produced = 0
  }

  private mutating func refill(from descriptor: Int32) throws(CaptureError) {
    inputStart = 0
    inputEnd = 0
    inputEnd = try readBytes(descriptor, into: input, capacity: capacity, at: fileOffset)
    isAtEnd = inputEnd == 0
  }

  private func damage(_ what: String, _ reason: String) -> CaptureError {
    CaptureError(
      .notACapture, .compression, offset: fileOffset,
      "the \(compression.rawValue) data \(what): \(reason) "
        + "(byte offset \(fileOffset) of the compressed file)")
  }
}

/// Reads up to `capacity` bytes; 0 at the end.
func readBytes(
  _ descriptor: Int32, into buffer: UnsafeMutableRawPointer, capacity: Int, at offset: Int64
) throws(CaptureError) -> Int {
  while true {
    // What is opened by a path is no pipe.
    if descriptor == STDIN_FILENO, !InputEnd.awaits(descriptor) { return 0 }
    let count = read(descriptor, buffer, capacity)
    if count == 0, descriptor == STDIN_FILENO { InputEnd.ended() }
    if count >= 0 { return count }
    if errno == EINTR { continue }
    throw CaptureError(
      .readFailed, .file, offset: offset,
      "reading failed (\(systemReason(errno)), byte offset \(offset))")
  }
}

/// The system's words for an error number.
func systemReason(_ code: Int32) -> String {
  String(cString: strerror(code))
}
