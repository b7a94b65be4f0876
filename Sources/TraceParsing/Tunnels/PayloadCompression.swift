/// Inflates the payloads of IPComp packets, within a budget.
///
/// A packet of a few bytes may stand for 64 KiB: without a budget 59 MB of them took 56 s. Real traffic
/// is seldom compressed to less than a quarter.
struct PayloadInflater: ~Copyable {
  /// Bytes that may be made whatever went in, and for every byte that went in.
  static let freeBytes = 16 << 20
  static let bytesPerByte = 4
  /// A packet's length field has 16 bits.
  private static let maximumLength = 65_535

  private var codec: GzipCodec?
  /// Used again and again; taken out while a packet inside is decoded.
  private var spare: [UInt8] = []
  /// Part of a `CapturePosition`: a second pass must find what the first one did.
  var budget = PayloadInflater.freeBytes

  enum Result {
    case inflated([UInt8])
    case damaged
    /// The budget is used up.
    case tooMuch
  }

  /// What whole deflated data stand for.
  mutating func inflate(_ bytes: RawSpan) -> Result {
    budget = min(
      budget + Self.bytesPerByte * bytes.byteCount, Self.freeBytes)
    guard budget > 0 else { return .tooMuch }
    if codec == nil { codec = GzipCodec(windowBits: GzipCodec.raw) }
    var buffer: [UInt8] = []
    swap(&buffer, &spare)
    if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: Self.maximumLength) }
    guard let step = step(bytes, into: &buffer) else { return .damaged }
    budget -= step.produced
    guard step.isStreamComplete else {
      reuse(&buffer)
      return .damaged
    }
    buffer.removeLast(buffer.count - step.produced)
    return .inflated(buffer)
  }

  private mutating func step(_ bytes: RawSpan, into buffer: inout [UInt8]) -> Codec.Step? {
    codec?.reset()
    return bytes.withUnsafeBytes { input in
      buffer.withUnsafeMutableBytes { output in codec?.step(input, into: output) }
    }
  }

  /// Takes the memory of a result back.
  mutating func reuse(_ buffer: inout [UInt8]) {
    guard spare.isEmpty else { return }
    buffer.append(contentsOf: repeatElement(0, count: Self.maximumLength - buffer.count))
    swap(&buffer, &spare)
  }
}
