import Glibc
import TCPModel

/// Bytes on their way to a file descriptor, or kept in memory: what every writer writes to.
///
/// A failed write is remembered, not thrown, so that a row of forty fields is no row of forty
/// `try`s; whoever owns the writer looks at `failure` between connections.
public struct ByteWriter: ~Copyable {
  /// The `errno` of the first write that failed; everything after it is dropped.
  public private(set) var failure: Int32?
  private var storage: UnsafeMutableBufferPointer<UInt8>
  private var count = 0
  /// nil keeps the bytes in memory.
  private let descriptor: Int32?
  /// Whether the next value inside a JSON object or array needs a comma before it.
  var needsComma = false

  private static let blockSize = 1 << 18

  /// Writes to an open file, which stays open.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
    storage = .allocate(capacity: Self.blockSize)
  }

  /// Keeps the bytes for `takeBytes`.
  public init() {
    descriptor = nil
    storage = .allocate(capacity: 1 << 12)
  }

  deinit {
    storage.deallocate()
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

  /// Into room that is reserved.
  @inline(__always)
  mutating func put(_ value: UInt8) {
    storage[count] = value
    count += 1
  }

  /// Into room that is reserved.
  @inline(__always)
  mutating func put(_ text: StaticString) {
    guard let base = storage.baseAddress else { return }
    (base + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count += text.utf8CodeUnitCount
  }

  public mutating func text(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { append($0) }
  }

  public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    if bytes.count > Self.blockSize, descriptor != nil {
      flush()
      write(source, bytes.count)
      return
    }
    reserve(bytes.count)
    guard let base = storage.baseAddress else { return }
    (base + count).update(from: source, count: bytes.count)
    count += bytes.count
  }

  public mutating func decimal(_ value: Int64) {
    reserve(21)
    // Most counts have one digit.
    if 0...9 ~= value {
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
      return
    }
    var digits = DigitWriter(buffer: rest)
    if value < 0 { digits.byte(UInt8(ascii: "-")) }
    digits.decimal(value.magnitude)
    count += digits.count
  }

  /// Seconds with `places` decimals, the rest cut off: `-0.004184`.
  public mutating func seconds(_ value: Nanoseconds, places: Int) {
    reserve(22)
    var digits = DigitWriter(buffer: rest)
    if value < 0 { digits.byte(UInt8(ascii: "-")) }
    digits.decimal(value.magnitude / 1_000_000_000)
    var fraction = value.magnitude % 1_000_000_000
    for _ in places..<9 { fraction /= 10 }
    digits.byte(UInt8(ascii: "."))
    digits.decimal(fraction, width: places)
    count += digits.count
  }

  public mutating func address(_ address: IPAddress) {
    reserve(45)
    count += address.write(to: rest)
  }

  public mutating func time(_ time: Timestamp) {
    reserve(32)
    count += time.write(to: rest)
  }

  /// Hands everything so far to the operating system.
  public mutating func flush() {
    guard descriptor != nil, let base = storage.baseAddress else { return }
    write(base, count)
    count = 0
  }

  /// How many bytes are kept.
  public var length: Int { count }

  /// The bytes that are kept.
  public func withBytes(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    body(UnsafeBufferPointer(rebasing: storage[..<count]))
  }

  /// Forgets the bytes that are kept, and keeps their room.
  public mutating func removeAll() {
    count = 0
  }

  /// What was written so far, when it was kept in memory.
  public mutating func takeBytes() -> [UInt8] {
    defer { count = 0 }
    return Array(storage[..<count])
  }

  private var rest: UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(rebasing: storage[count...])
  }

  @inline(__always)
  mutating func reserve(_ length: Int) {
    if storage.count - count < length { makeRoom(length) }
  }

  @inline(never)
  private mutating func makeRoom(_ length: Int) {
    flush()
    guard storage.count - count < length else { return }
    let larger = UnsafeMutableBufferPointer<UInt8>.allocate(
      capacity: max(storage.count * 2, count + length))
    _ = larger.update(fromContentsOf: storage[..<count])
    storage.deallocate()
    storage = larger
  }

  private mutating func write(_ start: UnsafePointer<UInt8>, _ length: Int) {
    guard let descriptor else { return }
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
