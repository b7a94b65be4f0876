import TCPModel

/// An address as the kernel prints it: one or four 32-bit words in the byte order of the host, so
/// 127.0.0.1 is `0100007F` on a little-endian host and `7F000001` on a big-endian one.
struct ProcAddress {
  private var words = InlineArray<4, UInt32>(repeating: 0)
  private let isIPv6: Bool

  init?(_ cursor: inout ByteCursor) {
    let start = cursor.position
    var digits = 0
    while !cursor.isAtEnd, digits < 32 {
      let byte = cursor.byte
      let digit = byte &- 0x30
      let letter = (byte | 0x20) &- 0x61
      guard digit < 10 || letter < 6 else { break }
      let value = UInt32(digit < 10 ? digit : letter &+ 10)
      words[digits >> 3] = words[digits >> 3] << 4 | value
      digits += 1
      cursor.position += 1
    }
    guard digits == 8 || digits == 32 else {
      cursor.position = start
      return nil
    }
    isIPv6 = digits == 32
  }

  func address(isBigEndian: Bool) -> IPAddress {
    func word(_ index: Int) -> UInt32 { isBigEndian ? words[index] : words[index].byteSwapped }
    guard isIPv6 else { return IPAddress(ipv4: word(0)) }
    return IPAddress(
      ipv6: UInt64(word(0)) << 32 | UInt64(word(1)), UInt64(word(2)) << 32 | UInt64(word(3)))
  }

  /// No socket has such an address, so that a reading which yields it is the wrong one.
  static func isImpossible(_ address: IPAddress) -> Bool {
    if !address.isIPv6 { return isImpossible(UInt32(truncatingIfNeeded: address.lower)) }
    if address.upper == 0 {
      if address.lower >> 32 == 0xFFFF {
        return isImpossible(UInt32(truncatingIfNeeded: address.lower))
      }
      return address.lower > 1
    }
    switch address.upper >> 56 {
    // RFC 4291 2.4: global unicast, unique local, link-local; RFC 6052 2.1: translated.
    case 0x20...0x3F, 0xFC, 0xFD: return false
    case 0xFE: return (address.upper >> 48) & 0xFF80 != 0xFE80
    case 0x00: return address.upper >> 32 != 0x0064_FF9B
    default: return true
    }
  }

  private static func isImpossible(_ address: UInt32) -> Bool {
    let first = address >> 24
    // RFC 1122 3.2.1.3; and 127.0.0.n read backwards.
    return first == 0 && address != 0 || first >= 224
      || address & 0xFF_FFFF == 0x7F && first != 127
  }
}

/// What the addresses of `/proc/net/tcp[6]` say about their host's byte order: how many cannot be
/// when read either way.
struct ProcByteOrder: Sendable {
  private var impossibleAsLittle = 0
  private var impossibleAsBig = 0

  /// Little-endian, as nearly every host is, unless addresses cannot be read so. What merely looks
  /// more familiar the other way round proves nothing: 203.0.113.10 backwards is 10.113.0.203.
  var isBigEndian: Bool { impossibleAsLittle > impossibleAsBig }

  /// Looks at the rows in a text.
  init(_ text: UnsafeRawBufferPointer) {
    guard let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    var cursor = ByteCursor(position: start, end: start + text.count)
    while !cursor.isAtEnd {
      cursor.skipBlanks()
      if cursor.decimal() != nil, cursor.skip(UInt8(ascii: ":")) {
        for _ in 0..<2 {
          cursor.skipBlanks()
          guard let words = ProcAddress(&cursor) else { break }
          if ProcAddress.isImpossible(words.address(isBigEndian: false)) { impossibleAsLittle += 1 }
          if ProcAddress.isImpossible(words.address(isBigEndian: true)) { impossibleAsBig += 1 }
          cursor.skipToBlank()
        }
      }
      cursor.skipToLineEnd()
    }
  }

  /// Of several files of one host.
  mutating func add(_ other: ProcByteOrder) {
    impossibleAsLittle += other.impossibleAsLittle
    impossibleAsBig += other.impossibleAsBig
  }
}
