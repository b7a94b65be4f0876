/// Takes bytes from the front of a span; nil when they are not there. Nothing here can trap.
struct ByteReader: ~Escapable {
  private(set) var rest: RawSpan

  @_lifetime(copy bytes)
  @inline(__always)
  init(_ bytes: RawSpan) {
    rest = bytes
  }

  var count: Int { rest.byteCount }

  /// A byte that stays; nil beyond the end.
  @inline(__always)
  func peek(_ offset: Int = 0) -> UInt8? {
    offset >= 0 && offset < rest.byteCount ? rest[byte: offset] : nil
  }

  @inline(__always)
  mutating func uint8() -> Int? {
    guard rest.byteCount >= 1 else { return nil }
    let value = rest[byte: 0]
    drop(1)
    return Int(value)
  }

  @inline(__always)
  mutating func uint16() -> Int? {
    guard rest.byteCount >= 2 else { return nil }
    let value = Int(rest[byte: 0]) << 8 | Int(rest[byte: 1])
    drop(2)
    return value
  }

  mutating func uint24() -> Int? {
    guard rest.byteCount >= 3 else { return nil }
    let value = Int(rest[byte: 0]) << 16 | Int(rest[byte: 1]) << 8 | Int(rest[byte: 2])
    drop(3)
    return value
  }

  @inline(__always)
  mutating func uint32() -> Int? {
    guard let upper = uint16(), let lower = uint16() else { return nil }
    return upper << 16 | lower
  }

  mutating func skip(_ count: Int) -> Bool {
    guard count >= 0, rest.byteCount >= count else { return false }
    drop(count)
    return true
  }

  /// The next `count` bytes, or as many as there are.
  @_lifetime(copy self)
  mutating func takeUpTo(_ count: Int) -> RawSpan {
    let length = min(max(0, count), rest.byteCount)
    let taken = rest.extracting(first: length)
    drop(length)
    return taken
  }

  /// A vector behind its length of that many bytes (RFC 8446 3.4), as far as it is there.
  @_lifetime(copy self)
  mutating func vector(lengthBytes: Int) -> RawSpan {
    let length = lengthBytes == 1 ? uint8() : lengthBytes == 2 ? uint16() : uint24()
    return takeUpTo(length ?? 0)
  }

  @inline(__always)
  private mutating func drop(_ count: Int) {
    rest = rest.extracting(count..<rest.byteCount)
  }
}

extension RawSpan {
  @inline(__always)
  subscript(byte offset: Int) -> UInt8 {
    unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Whether the bytes begin with that text.
  func begins(with text: StaticString, at offset: Int = 0) -> Bool {
    guard offset >= 0, byteCount - offset >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount
    where self[byte: offset + index] != text.utf8Start[index] { return false }
    return true
  }

  /// Whether the bytes, which may end before the text does, agree with it as far as they go.
  func mayBegin(with text: StaticString) -> Bool {
    for index in 0..<min(byteCount, text.utf8CodeUnitCount)
    where self[byte: index] != text.utf8Start[index] { return false }
    return true
  }

  /// Without regard to the case of letters; `text` is in lower case.
  func equals(ignoringCase text: StaticString) -> Bool {
    guard byteCount == text.utf8CodeUnitCount else { return false }
    for index in 0..<byteCount where self[byte: index].lowercased != text.utf8Start[index] {
      return false
    }
    return true
  }

  /// Where a byte is found first.
  func first(_ byte: UInt8, from start: Int = 0) -> Int? {
    var index = start
    while index < byteCount {
      if self[byte: index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// Whether a text is somewhere in it, without regard to case; `text` is in lower case.
  func contains(ignoringCase text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard byteCount >= length else { return false }
    for start in 0...(byteCount - length) {
      let part = extracting(start..<start + length)
      if part.equals(ignoringCase: text) { return true }
    }
    return false
  }

  /// As text if every byte of it can be shown: ASCII without blanks and controls, at most `limit`.
  func visibleText(limit: Int) -> String? {
    guard byteCount > 0, byteCount <= limit else { return nil }
    for index in 0..<byteCount where !self[byte: index].isVisible { return nil }
    return text
  }

  /// As text; the caller knows that it is ASCII.
  var text: String {
    String(unsafeUninitializedCapacity: byteCount) { buffer in
      for index in 0..<byteCount { buffer[index] = self[byte: index] & 0x7F }
      return byteCount
    }
  }

  /// A decimal number of at most 18 digits, and nothing else.
  var decimal: Int64? {
    guard byteCount > 0, byteCount <= 18 else { return nil }
    var value: Int64 = 0
    for index in 0..<byteCount {
      let digit = self[byte: index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }

  /// Without blanks and tabs at both ends.
  var trimmed: RawSpan {
    @_lifetime(copy self)
    get {
      var start = 0
      var end = byteCount
      while start < end, self[byte: start].isBlank { start += 1 }
      while end > start, self[byte: end - 1].isBlank { end -= 1 }
      return extracting(start..<end)
    }
  }
}

extension UInt8 {
  var isVisible: Bool { self > 0x20 && self < 0x7F }
  var isBlank: Bool { self == 0x20 || self == 0x09 }
  var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
  var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }
  var lowercased: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}
