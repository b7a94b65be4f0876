import Glibc
import Support
import TCPModel

/// Bytes on their way to a file descriptor, or kept in memory: what every writer writes to.
///
/// A failed write is remembered, not thrown, so that a row of forty fields is no row of forty
/// `try`s; whoever owns the writer looks at `failure` between connections.
public struct ByteWriter: ~Copyable {
  /// The `errno` of the first write that failed; everything after it is dropped.
  public private(set) var failure: Int32?
  private var base: UnsafeMutablePointer<UInt8>
  /// Where the next byte goes.
  private var digits: DigitWriter
  /// Where the room ends, but for the slack that `DigitWriter` needs.
  private var limit: UnsafeMutablePointer<UInt8>
  /// nil keeps the bytes in memory.
  private let descriptor: Int32?
  private var times = TimeWriter()
  /// Whether the operating system was handed anything.
  private var hasWritten = false
  /// Whether the next value inside a JSON object or array needs a comma before it.
  var needsComma = false

  private static let blockSize = 1 << 18
  /// The digits and the sign of the longest number.
  static let numberLength = 20

  /// Writes to an open file, which stays open.
  public init(descriptor: Int32) {
    self.init(descriptor, capacity: Self.blockSize)
  }

  /// Keeps the bytes for `takeBytes`.
  public init() {
    self.init(nil, capacity: 1 << 12)
  }

  private init(_ descriptor: Int32?, capacity: Int) {
    self.descriptor = descriptor
    base = .allocate(capacity: capacity + DigitWriter.slack)
    digits = DigitWriter(at: base)
    limit = base + capacity
  }

  deinit {
    base.deallocate()
  }

  @inline(__always)
  public mutating func byte(_ value: UInt8) {
    reserve(1)
    put(value)
  }

  // Inlined, so that the length is known and the copy is a few moves.
  @inline(__always)
  public mutating func literal(_ text: StaticString) {
    reserve(text.utf8CodeUnitCount)
    put(text)
  }

  // MARK: Into room that is reserved

  @inline(__always)
  mutating func put(_ value: UInt8) {
    digits.byte(value)
  }

  @inline(__always)
  mutating func put(_ text: StaticString) {
    digits.end.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    digits.end += text.utf8CodeUnitCount
  }

  @inline(__always)
  mutating func put(_ value: Int64) {
    // Most counts have one digit.
    if 0...9 ~= value {
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
    } else {
      digits = Self.number(value, digits)
    }
  }

  /// From register to register.
  @inline(never)
  private static func number(_ value: Int64, _ place: DigitWriter) -> DigitWriter {
    var digits = place
    if value < 0 { digits.byte(UInt8(ascii: "-")) }
    digits.decimal(value.magnitude)
    return digits
  }

  // MARK: Text

  public mutating func text(_ text: String) {
    // `withUTF8` would take a copy of its own.
    let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { append($0) }
    if isWritten == nil {
      for unit in text.utf8 { byte(unit) }
    }
  }

  public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { append($0) }
  }

  @inline(__always)
  public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    if let source = bytes.baseAddress, bytes.count <= limit - digits.end {
      digits.copy(source, bytes.count)
    } else {
      appendBeyondRoom(bytes)
    }
  }

  @inline(never)
  private mutating func appendBeyondRoom(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    if bytes.count > Self.blockSize, descriptor != nil {
      flush()
      write(source, bytes.count)
      return
    }
    reserve(bytes.count)
    digits.copy(source, bytes.count)
  }

  @inline(__always)
  public mutating func decimal(_ value: Int64) {
    reserve(Self.numberLength)
    put(value)
  }

  /// Seconds with `places` decimals, the rest cut off: `-0.004184`.
  public mutating func seconds(_ value: Nanoseconds, places: Int) {
    reserve(Self.numberLength + 2)
    if value < 0 { put(UInt8(ascii: "-")) }
    digits.decimal(value.magnitude / 1_000_000_000)
    var fraction = value.magnitude % 1_000_000_000
    for _ in places..<9 { fraction /= 10 }
    put(UInt8(ascii: "."))
    digits.decimal(fraction, width: places)
  }

  public mutating func address(_ address: IPAddress) {
    reserve(IPAddress.textLength)
    address.write(to: &digits)
  }

  public mutating func time(_ time: Timestamp) {
    reserve(TimeWriter.textLength)
    times.write(time, to: &digits)
  }

  /// Hands everything so far to the operating system.
  public mutating func flush() {
    guard descriptor != nil else { return }
    write(base, length)
    removeAll()
  }

  /// Whether nothing was ever written.
  public var isUntouched: Bool { length == 0 && !hasWritten }

  /// How many bytes are kept.
  public var length: Int { digits.end - base }

  /// The bytes that are kept.
  public func withBytes(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    body(UnsafeBufferPointer(start: base, count: length))
  }

  /// Forgets the bytes that are kept, and keeps their room.
  public mutating func removeAll() {
    digits.end = base
  }

  /// What was written so far, when it was kept in memory.
  public mutating func takeBytes() -> [UInt8] {
    defer { removeAll() }
    return Array(UnsafeBufferPointer(start: base, count: length))
  }

  @inline(__always)
  mutating func reserve(_ length: Int) {
    if limit - digits.end < length { makeRoom(length) }
  }

  @inline(never)
  private mutating func makeRoom(_ length: Int) {
    flush()
    guard limit - digits.end < length else { return }
    let count = self.length
    let capacity = max((limit - base) * 2, count + length)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + DigitWriter.slack)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    digits.end = larger + count
    limit = larger + capacity
  }

  private mutating func write(_ start: UnsafePointer<UInt8>, _ length: Int) {
    guard let descriptor else { return }
    if length > 0 { hasWritten = true }
    var written = 0
    while written < length, failure == nil {
      let result = Glibc.write(descriptor, start + written, length - written)
      if result > 0 {
        written += result
      } else if result == 0 {
        failure = EIO
      } else if errno != EINTR {
        failure = errno
      }
    }
  }
}
