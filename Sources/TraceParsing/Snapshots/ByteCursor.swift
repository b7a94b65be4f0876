import Glibc
import TCPModel

/// A position in a line of text, and where the line ends.
///
/// Plain pointers, because a snapshot of a million sockets is 700 MB of tokens: a checked span cost
/// a third more here. Every step is guarded by `position < end`; behind the end are
/// `InputWindow.padding` readable bytes for the loads of whole words.
struct ByteCursor {
  var position: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>

  @inline(__always)
  var isAtEnd: Bool { position >= end }

  /// At the line's end, a space or a control character: where a token ends.
  @inline(__always)
  var isAtBlank: Bool { position >= end || position.pointee <= 0x20 }

  @inline(__always)
  var byte: UInt8 { position < end ? position.pointee : 0 }

  var rest: Int { end - position }

  /// Everything up to U+0020 separates: a stray control character cannot join two tokens.
  @inline(__always)
  mutating func skipBlanks() {
    // Nearly always it is one space, or none.
    if position < end, position.pointee <= 0x20 { position += 1 }
    if position < end, position.pointee <= 0x20 { skip(to: Self.printed) }
  }

  @inline(__always)
  mutating func skipToBlank() {
    skip(to: Self.blank)
  }

  /// Moves behind the next colon, or to a blank that comes before it: the key of `key:value`.
  mutating func skipKey() {
    skip(to: { bytes in
      // Exact for the first colon, which is all that counts.
      let colons = bytes ^ 0x3A3A_3A3A_3A3A_3A3A
      let found = (colons &- 0x0101_0101_0101_0101) & ~colons & Self.highBits
      return found | Self.blank(bytes)
    })
    _ = skip(UInt8(ascii: ":"))
  }

  /// Moves to the line feed, where several lines are looked at.
  mutating func skipToLineEnd() {
    let feed = memchr(position, 0x0A, rest)
    position = feed.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) } ?? end
  }

  /// Moves to the first byte whose high bit `marks` sets, eight bytes at a time: byte by byte, the
  /// words of a line took a third of its time.
  @inline(__always)
  private mutating func skip(to marks: (UInt64) -> UInt64) {
    var place = position
    while place < end {
      let found = marks(Self.load(place))
      place += found == 0 ? 8 : found.trailingZeroBitCount >> 3
      if found != 0 { break }
    }
    position = min(place, end)
  }

  @inline(__always)
  private static func load(_ place: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
  }

  private static var highBits: UInt64 { 0x8080_8080_8080_8080 }

  /// The high bit of every byte above U+0020.
  @inline(__always)
  private static func printed(_ bytes: UInt64) -> UInt64 {
    ((bytes & ~highBits) &+ 0x5F5F_5F5F_5F5F_5F5F | bytes) & highBits
  }

  /// The high bit of every byte up to U+0020.
  @inline(__always)
  private static func blank(_ bytes: UInt64) -> UInt64 { printed(bytes) ^ highBits }

  @inline(__always)
  mutating func skip(_ expected: UInt8) -> Bool {
    guard position < end, position.pointee == expected else { return false }
    position += 1
    return true
  }

  @inline(__always)
  mutating func skip(_ expected: StaticString) -> Bool {
    guard starts(with: expected) else { return false }
    position += expected.utf8CodeUnitCount
    return true
  }

  @inline(__always)
  func starts(with expected: StaticString) -> Bool {
    let count = expected.utf8CodeUnitCount
    guard rest >= count else { return false }
    let text = expected.utf8Start
    for index in 0..<count where position[index] != text[index] { return false }
    return true
  }

  /// The token here, without moving on.
  @inline(__always)
  var token: UnsafeRawBufferPointer {
    var copy = self
    copy.skipToBlank()
    return UnsafeRawBufferPointer(start: position, count: copy.position - position)
  }

  func text(from start: UnsafePointer<UInt8>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: position - start)
  }
}

// MARK: - Numbers

extension ByteCursor {
  /// Decimal digits; clamped to what 64 bits hold. nil, and nothing skipped, without a digit.
  @inline(__always)
  mutating func decimal() -> UInt64? {
    let start = position
    var value: UInt64 = 0
    while position < end {
      let digit = position.pointee &- 0x30
      guard digit < 10 else { break }
      value = value &* 10 &+ UInt64(digit)
      position += 1
    }
    let count = position - start
    guard count > 0 else { return nil }
    return count < 20 ? value : clampedDecimal(from: start)
  }

  private func clampedDecimal(from start: UnsafePointer<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<(position - start) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(start[index] &- 0x30))
      if overflow || carry { return .max }
      value = sum
    }
    return value
  }

  @inline(__always)
  mutating func decimal32() -> UInt32? {
    decimal().map { UInt32(clamping: $0) }
  }

  /// Hexadecimal digits of either case; nil without one or with more than 16.
  @inline(__always)
  mutating func hexadecimal() -> UInt64? {
    let start = position
    var value: UInt64 = 0
    while position < end {
      let byte = position.pointee
      let digit = byte &- 0x30
      let letter = (byte | 0x20) &- 0x61
      if digit < 10 {
        value = value << 4 | UInt64(digit)
      } else if letter < 6 {
        value = value << 4 | UInt64(letter &+ 10)
      } else {
        break
      }
      position += 1
    }
    let count = position - start
    return (1...16).contains(count) ? value : nil
  }

  /// A decimal with fraction and exponent (C's `%g`), in units of 10^`exponent`, as a whole
  /// number: `40.771` milliseconds are 40,771,000 nanoseconds with the exponent 6. Clamped.
  mutating func scaled(by exponent: Int) -> UInt64? {
    guard var mantissa = decimal() else { return nil }
    var exponent = exponent
    if position < end, position.pointee == UInt8(ascii: ".") {
      position += 1
      while position < end, position.pointee &- 0x30 < 10 {
        if mantissa < UInt64.max / 100 {
          mantissa = mantissa &* 10 &+ UInt64(position.pointee &- 0x30)
          exponent -= 1
        }
        position += 1
      }
    }
    if position < end, position.pointee | 0x20 == UInt8(ascii: "e") {
      var behind = ByteCursor(position: position + 1, end: end)
      let isNegative = behind.skip(UInt8(ascii: "-"))
      if !isNegative { _ = behind.skip(UInt8(ascii: "+")) }
      if let power = behind.decimal() {
        let power = Int(min(power, 99))
        exponent += isNegative ? -power : power
        position = behind.position
      }
    }
    while exponent > 0, mantissa > 0 {
      let isThousand = exponent >= 3
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: isThousand ? 1000 : 10)
      if overflow { return .max }
      mantissa = product
      exponent -= isThousand ? 3 : 1
    }
    while exponent < 0, mantissa > 0 {
      mantissa /= 10
      exponent += 1
    }
    return mantissa
  }

  /// Milliseconds with a fraction.
  @inline(__always)
  mutating func milliseconds() -> Nanoseconds? {
    scaled(by: 6).map { Nanoseconds(clamping: $0) }
  }

  /// `1.2Mbps`, `14158222222bps`: bits a second. `ss` scales by 1000 (`K` in old versions).
  mutating func bitRate() -> UInt64? {
    var ahead = self
    guard ahead.scaled(by: 0) != nil else { return nil }
    let scale: Int
    switch ahead.byte | 0x20 {
    case UInt8(ascii: "k"): scale = 3
    case UInt8(ascii: "m"): scale = 6
    case UInt8(ascii: "g"): scale = 9
    case UInt8(ascii: "t"): scale = 12
    case UInt8(ascii: "p"): scale = 15
    default: scale = 0
    }
    let value = scaled(by: scale)
    if scale > 0 { position += 1 }
    return skip("bps") ? value : nil
  }
}
