import TCPModel

/// The bytes of a journal's blocks: numbers of seven bits a byte, the least first, the highest bit of each
/// but the last one set (as LEB128 has them); signed ones folded (0, -1, 1, -2, ..).
struct JournalBytes {
  private(set) var bytes: [UInt8] = []

  var count: Int { bytes.count }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  @inline(__always)
  mutating func number(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always)
  mutating func number(_ value: some BinaryInteger) {
    number(UInt64(truncatingIfNeeded: value))
  }

  @inline(__always)
  mutating func signed(_ value: Int64) {
    number(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  /// nil and every other number.
  mutating func optional(_ value: Int64?) {
    number(value == nil ? 0 : 1)
    if let value { signed(value) }
  }

  mutating func raw(_ raw: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: raw)
  }

  mutating func list(_ list: [UInt8]) {
    number(list.count)
    bytes += list
  }

  mutating func text(_ text: String) {
    list(Array(text.utf8))
  }
}

/// The way back. Whatever the bytes are, it reads inside of them; `isDamaged` tells that something was not
/// there, and everything after that is 0.
struct JournalCursor: ~Escapable {
  let bytes: RawSpan
  private(set) var position: Int
  private(set) var isDamaged = false

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  var rest: Int { bytes.byteCount &- position }

  @_lifetime(self: copy self)
  mutating func fail() {
    isDamaged = true
    position = bytes.byteCount
  }

  @_lifetime(self: copy self)
  @inline(__always)
  mutating func number() -> UInt64 {
    guard position < bytes.byteCount else {
      fail()
      return 0
    }
    let first = bytes.uint8(at: position)
    position &+= 1
    return first < 0x80 ? UInt64(first) : longNumber(first)
  }

  @_lifetime(self: copy self)
  private mutating func longNumber(_ first: UInt8) -> UInt64 {
    var value = UInt64(first & 0x7F)
    var shift: UInt64 = 7
    while position < bytes.byteCount, shift < 64 {
      let byte = bytes.uint8(at: position)
      position &+= 1
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    fail()
    return 0
  }

  @_lifetime(self: copy self)
  @inline(__always)
  mutating func signed() -> Int64 {
    let value = number()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  @_lifetime(self: copy self)
  mutating func optional() -> Int64? { number() == 0 ? nil : signed() }

  /// A count of what follows, each of at least one byte.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func length() -> Int {
    let value = number()
    guard value <= UInt64(rest) else {
      fail()
      return 0
    }
    return Int(value)
  }

  /// The next bytes, which must be there.
  @_lifetime(self: copy self)
  @_lifetime(copy self)
  mutating func raw(_ count: Int) -> RawSpan {
    guard count >= 0, count <= rest else {
      fail()
      return bytes.extracting(first: 0)
    }
    let start = position
    position &+= count
    return bytes.extracting(start..<start &+ count)
  }

  @_lifetime(self: copy self)
  mutating func list() -> [UInt8] { raw(length()).copy }

  @_lifetime(self: copy self)
  mutating func text() -> String {
    String(decoding: list(), as: UTF8.self)
  }
}
