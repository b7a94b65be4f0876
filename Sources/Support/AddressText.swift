import TCPModel

extension IPAddress: CustomStringConvertible {
  /// Dotted decimal, or RFC 5952's form of an IPv6 address.
  public var description: String {
    String(atMost: IPAddress.textLength) { write(to: &$0) }
  }

  /// The longest text's length.
  public static let textLength = 45

  public func write(to writer: inout DigitWriter) {
    if isIPv6 { writeIPv6(to: &writer) } else { writeIPv4(to: &writer) }
  }

  private func writeIPv4(to writer: inout DigitWriter) {
    let value = UInt32(truncatingIfNeeded: lower)
    writer.octet(value >> 24)
    writer.octet(value >> 16 & 0xFF)
    writer.octet(value >> 8 & 0xFF)
    writer.octet(value & 0xFF)
    writer.end -= 1
  }

  private func writeIPv6(to writer: inout DigitWriter) {
    if upper == 0, lower >> 32 == 0xFFFF {
      // RFC 5952 section 5: the IPv4-mapped prefix is known, so the rest is written dotted.
      for character in "::ffff:".utf8 { writer.byte(character) }
      IPAddress(ipv4: UInt32(truncatingIfNeeded: lower)).writeIPv4(to: &writer)
      return
    }
    let zeros = longestZeroRun()
    var index = 0
    while index < 8 {
      if index == zeros.lowerBound, !zeros.isEmpty {
        writer.byte(UInt8(ascii: ":"))
        writer.byte(UInt8(ascii: ":"))
        index = zeros.upperBound
        continue
      }
      if index > 0, index != zeros.upperBound || zeros.isEmpty { writer.byte(UInt8(ascii: ":")) }
      writer.hexadecimal(group(index))
      index += 1
    }
  }

  private func group(_ index: Int) -> UInt64 {
    let word = index < 4 ? upper : lower
    return (word >> (48 - 16 * UInt64(index & 3))) & 0xFFFF
  }

  /// The first longest run of at least two zero groups (RFC 5952 4.2), or an empty range.
  private func longestZeroRun() -> Range<Int> {
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, group(end) == 0 { end += 1 }
      if end - start > max(best.count, 1) { best = start..<end }
      start = end + 1
    }
    return best
  }
}

extension IPAddress: LosslessStringConvertible {
  /// Reads dotted decimal or any IPv6 notation of RFC 4291 2.2, without a scope.
  public init?(_ text: String) {
    var text = text
    guard let address = text.withUTF8({ IPAddress(UnsafeRawBufferPointer($0)) }) else {
      return nil
    }
    self = address
  }

  public init?(_ text: some Collection<UInt8>) {
    guard let address = Array(text).withUnsafeBytes({ IPAddress($0) }) else { return nil }
    self = address
  }

  /// The same from bytes in place: snapshots have millions of addresses, so nothing is allocated.
  public init?(_ text: UnsafeRawBufferPointer) {
    if text.contains(UInt8(ascii: ":")) {
      guard let words = IPAddress.ipv6Words(text) else { return nil }
      self.init(ipv6: words.0, words.1)
    } else {
      guard let value = IPAddress.ipv4(text) else { return nil }
      self.init(ipv4: value)
    }
  }

  /// The number of a dotted decimal address; nil for any other text.
  @inlinable
  public static func ipv4(_ text: UnsafeRawBufferPointer) -> UInt32? {
    guard text.count >= 7, text.count <= 15 else { return nil }
    var value: UInt32 = 0
    var octet: UInt32 = 0
    var digits = 0
    var dots = 0
    for byte in text {
      let digit = byte &- 0x30
      if digit < 10 {
        octet = octet &* 10 &+ UInt32(digit)
        digits &+= 1
        guard digits <= 3, octet < 256 else { return nil }
      } else {
        guard byte == UInt8(ascii: "."), digits > 0 else { return nil }
        value = value << 8 | octet
        octet = 0
        digits = 0
        dots &+= 1
      }
    }
    return dots == 3 && digits > 0 ? value << 8 | octet : nil
  }

  private static func ipv6Words(_ text: UnsafeRawBufferPointer) -> (UInt64, UInt64)? {
    let colon = UInt8(ascii: ":")
    var groups = InlineArray<8, UInt16>(repeating: 0)
    var count = 0
    /// How many groups stand before `::`.
    var gap: Int?
    var index = 0
    if text.count >= 2, text[0] == colon, text[1] == colon {
      gap = 0
      index = 2
    }
    while index < text.count {
      let start = index
      var group: UInt16 = 0
      while index < text.count, let digit = hexDigit(text[index]) {
        group = group << 4 | digit
        index += 1
      }
      if index < text.count, text[index] == UInt8(ascii: ".") {
        // The last two groups may be a dotted IPv4 address (RFC 4291 2.2).
        guard count <= 6,
          let value = ipv4(UnsafeRawBufferPointer(rebasing: text[start...]))
        else { return nil }
        groups[count] = UInt16(truncatingIfNeeded: value >> 16)
        groups[count + 1] = UInt16(truncatingIfNeeded: value)
        count += 2
        break
      }
      guard count < 8, (1...4).contains(index - start) else { return nil }
      groups[count] = group
      count += 1
      if index == text.count { break }
      guard text[index] == colon, index + 1 < text.count else { return nil }
      index += 1
      if text[index] == colon {
        guard gap == nil else { return nil }
        gap = count
        index += 1
      }
    }
    return words(groups, count: count, gap: gap)
  }

  /// Puts zeros where `::` stood.
  private static func words(
    _ groups: InlineArray<8, UInt16>, count: Int, gap: Int?
  ) -> (UInt64, UInt64)? {
    guard gap == nil ? count == 8 : count < 8 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    let head = gap ?? count
    for position in 0..<8 {
      let isTail = position >= 8 - (count - head)
      let group = position < head ? groups[position] : isTail ? groups[position - 8 + count] : 0
      if position < 4 {
        words.0 = words.0 << 16 | UInt64(group)
      } else {
        words.1 = words.1 << 16 | UInt64(group)
      }
    }
    return words
  }

  private static func hexDigit(_ byte: UInt8) -> UInt16? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

extension Endpoint: CustomStringConvertible {
  /// `192.0.2.1:443` or `[2001:db8::1]:443`.
  public var description: String {
    address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}
