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

  /// How much an address looks like one that hosts have: above 0 for private, loopback, link-local
  /// and mapped ones, below for what no host has.
  static func plausibility(_ address: IPAddress) -> Int {
    if address.isIPv6 {
      if address.ipv4Mapped != nil { return 4 }
      if address.upper == 0 { return address.lower == 1 ? 4 : 0 }
      switch address.upper >> 56 {
      case 0x20...0x3F: return 1
      case 0xFC, 0xFD: return 2
      case 0xFE: return (address.upper >> 48) & 0xFFC0 == 0xFE80 ? 4 : -1
      default: return -1
      }
    }
    let value = UInt32(truncatingIfNeeded: address.lower)
    switch value >> 24 {
    case 0: return value == 0 ? 0 : -2
    case 127: return 4
    case 10: return 3
    case 172: return (value >> 20) & 0xF == 1 ? 3 : 0
    case 192: return (value >> 16) & 0xFF == 168 ? 3 : 0
    case 169: return (value >> 16) & 0xFF == 254 ? 3 : 0
    case 224...255: return -2
    default: return 0
    }
  }
}

extension SocketRowParser {
  /// Nothing in the file tells its host's byte order: the reading wins that yields the more
  /// plausible addresses among these lines, and little-endian when neither does.
  mutating func chooseByteOrder(from text: UnsafeRawBufferPointer) {
    guard let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    var cursor = ByteCursor(position: start, end: start + text.count)
    var score = 0
    while !cursor.isAtEnd {
      cursor.skipBlanks()
      if cursor.decimal() != nil, cursor.skip(UInt8(ascii: ":")) {
        for _ in 0..<2 {
          cursor.skipBlanks()
          guard let words = ProcAddress(&cursor) else { break }
          score +=
            ProcAddress.plausibility(words.address(isBigEndian: true))
            - ProcAddress.plausibility(words.address(isBigEndian: false))
          cursor.skipToBlank()
        }
      }
      cursor.skipToLineEnd()
    }
    hasBigEndianWords = score > 0
  }
}
