/// The Huffman code of HPACK (RFC 7541 appendix B), for text that can be shown.
enum HuffmanCode {
  /// Code and its bits, from `!` to `~`.
  private static let codes: [(code: UInt32, bits: Int)] = [
    (0x3F8, 10), (0x3F9, 10), (0xFFA, 12), (0x1FF9, 13), (0x15, 6), (0xF8, 8), (0x7FA, 11),
    (0x3FA, 10), (0x3FB, 10), (0xF9, 8), (0x7FB, 11), (0xFA, 8), (0x16, 6), (0x17, 6), (0x18, 6),
    (0x0, 5), (0x1, 5), (0x2, 5), (0x19, 6), (0x1A, 6), (0x1B, 6), (0x1C, 6), (0x1D, 6),
    (0x1E, 6), (0x1F, 6), (0x5C, 7), (0xFB, 8), (0x7FFC, 15), (0x20, 6), (0xFFB, 12),
    (0x3FC, 10), (0x1FFA, 13), (0x21, 6), (0x5D, 7), (0x5E, 7), (0x5F, 7), (0x60, 7), (0x61, 7),
    (0x62, 7), (0x63, 7), (0x64, 7), (0x65, 7), (0x66, 7), (0x67, 7), (0x68, 7), (0x69, 7),
    (0x6A, 7), (0x6B, 7), (0x6C, 7), (0x6D, 7), (0x6E, 7), (0x6F, 7), (0x70, 7), (0x71, 7),
    (0x72, 7), (0xFC, 8), (0x73, 7), (0xFD, 8), (0x1FFB, 13), (0x7FFF0, 19), (0x1FFC, 13),
    (0x3FFC, 14), (0x22, 6), (0x7FFD, 15), (0x3, 5), (0x23, 6), (0x4, 5), (0x24, 6), (0x5, 5),
    (0x25, 6), (0x26, 6), (0x27, 6), (0x6, 5), (0x74, 7), (0x75, 7), (0x28, 6), (0x29, 6),
    (0x2A, 6), (0x7, 5), (0x2B, 6), (0x76, 7), (0x2C, 6), (0x8, 5), (0x9, 5), (0x2D, 6),
    (0x77, 7), (0x78, 7), (0x79, 7), (0x7A, 7), (0x7B, 7), (0x7FFE, 15), (0x7FC, 11),
    (0x3FFD, 14), (0x1FFD, 13),
  ]

  /// By bits and code.
  private static let bytes: [UInt64: UInt8] = {
    var bytes: [UInt64: UInt8] = [:]
    for (index, code) in codes.enumerated() {
      bytes[UInt64(code.bits) << 32 | UInt64(code.code)] = UInt8(0x21 + index)
    }
    return bytes
  }()

  /// nil where there is anything but visible ASCII, or more than `limit` of it.
  static func decode(_ text: RawSpan, limit: Int) -> String? {
    var decoded: [UInt8] = []
    var code: UInt32 = 0
    var bits: UInt64 = 0
    for index in 0..<text.byteCount {
      let byte = text[byte: index]
      for shift in (0..<8).reversed() {
        code = code << 1 | UInt32(byte >> UInt8(shift) & 1)
        bits += 1
        if let found = bytes[bits << 32 | UInt64(code)] {
          guard decoded.count < limit else { return nil }
          decoded.append(found)
          code = 0
          bits = 0
        } else if bits >= 30 {
          return nil
        }
      }
    }
    // What is left is the beginning of the end's code, all ones, of less than a byte.
    guard bits < 8, code == 1 << UInt32(bits) - 1, !decoded.isEmpty else { return nil }
    return String(decoding: decoded, as: UTF8.self)
  }
}
