extension IPAddress: CustomStringConvertible {
  /// Dotted decimal, or RFC 5952's form of an IPv6 address.
  public var description: String {
    String(unsafeUninitializedCapacity: 45) { buffer in write(to: buffer) }
  }

  /// Writes the text (at most 45 bytes) and gives its length.
  public func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    var writer = DigitWriter(buffer: buffer)
    if isIPv6 { writeIPv6(to: &writer) } else { writeIPv4(to: &writer) }
    return writer.count
  }

  private func writeIPv4(to writer: inout DigitWriter) {
    for index in 0..<4 {
      if index > 0 { writer.byte(UInt8(ascii: ".")) }
      writer.decimal((lower >> UInt64(24 - 8 * index)) & 0xFF)
    }
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
    self.init(text.utf8)
  }

  public init?(_ text: some BidirectionalCollection<UInt8>) {
    if text.contains(UInt8(ascii: ":")) {
      guard let words = IPAddress.ipv6Words(text) else { return nil }
      self.init(ipv6: words.0, words.1)
    } else {
      guard let value = IPAddress.ipv4Value(text) else { return nil }
      self.init(ipv4: value)
    }
  }

  private static func ipv4Value(_ text: some Collection<UInt8>) -> UInt32? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count) else { return nil }
      var number: UInt32 = 0
      for digit in part {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        number = number * 10 + UInt32(digit - UInt8(ascii: "0"))
      }
      guard number < 256 else { return nil }
      value = value << 8 | number
    }
    return value
  }

  private static func ipv6Words(_ text: some BidirectionalCollection<UInt8>) -> (UInt64, UInt64)? {
    let colon = UInt8(ascii: ":")
    var groups: [UInt16]
    let gap = zip(text.indices, text.indices.dropFirst())
      .first { text[$0] == colon && text[$1] == colon }
    if let gap {
      guard let head = ipv6Groups(text[..<gap.0], mayEndDotted: false),
        let tail = ipv6Groups(text[text.index(after: gap.1)...]), head.count + tail.count < 8
      else { return nil }
      groups = head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    } else {
      guard let all = ipv6Groups(text[...]), all.count == 8 else { return nil }
      groups = all
    }
    let upper = groups[0..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    let lower = groups[4..<8].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    return (upper, lower)
  }

  /// The groups between colons; the last one may be a dotted IPv4 address (RFC 4291 2.2).
  private static func ipv6Groups(
    _ text: some BidirectionalCollection<UInt8>, mayEndDotted: Bool = true
  ) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if mayEndDotted, index == parts.count - 1, let value = ipv4Value(part) {
        groups.append(UInt16(truncatingIfNeeded: value >> 16))
        groups.append(UInt16(truncatingIfNeeded: value))
        continue
      }
      var group: UInt16 = 0
      guard (1...4).contains(part.count) else { return nil }
      for digit in part {
        guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
        group = group << 4 | UInt16(value)
      }
      groups.append(group)
    }
    return groups.count <= 8 ? groups : nil
  }
}

extension Endpoint: CustomStringConvertible {
  /// `192.0.2.1:443` or `[2001:db8::1]:443`.
  public var description: String {
    address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}
