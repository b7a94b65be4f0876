/// SHA-1 (RFC 3174) of a message of at most 119 bytes: two blocks, no memory but its own.
///
/// Good for naming flows, which is what Community ID uses it for; not for security.
struct SHA1 {
  private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
    0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
  )
  private var message = InlineArray<128, UInt8>(repeating: 0)
  private var count = 0

  mutating func append(_ byte: UInt8) {
    guard count < 119 else { return }
    message[count] = byte
    count += 1
  }

  /// The number's bytes, the most significant first.
  mutating func append(_ number: some FixedWidthInteger) {
    var shift = number.bitWidth
    while shift > 0 {
      shift -= 8
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  /// The 20 bytes of the digest as five words, the most significant byte first.
  mutating func finish() -> InlineArray<5, UInt32> {
    let bits = UInt16(count * 8)
    message[count] = 0x80
    let end = count < 56 ? 64 : 128
    message[end - 2] = UInt8(truncatingIfNeeded: bits >> 8)
    message[end - 1] = UInt8(truncatingIfNeeded: bits)
    compress(at: 0)
    if end == 128 { compress(at: 64) }
    return [state.0, state.1, state.2, state.3, state.4]
  }

  private mutating func compress(at start: Int) {
    var words = InlineArray<80, UInt32>(repeating: 0)
    for index in 0..<16 {
      let at = start + index * 4
      words[index] =
        UInt32(message[at]) << 24 | UInt32(message[at + 1]) << 16 | UInt32(message[at + 2]) << 8
        | UInt32(message[at + 3])
    }
    for index in 16..<80 {
      let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
      words[index] = Self.rotate(mixed, by: 1)
    }
    var (a, b, c, d, e) = state
    for index in 0..<80 {
      let (function, constant): (UInt32, UInt32) =
        switch index {
        case ..<20: (d ^ (b & (c ^ d)), 0x5A82_7999)
        case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
        case ..<60: ((b & c) | (d & (b | c)), 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let next = Self.rotate(a, by: 5) &+ function &+ e &+ constant &+ words[index]
      e = d
      d = c
      c = Self.rotate(b, by: 30)
      b = a
      a = next
    }
    state = (
      state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e
    )
  }

  private static func rotate(_ word: UInt32, by bits: UInt32) -> UInt32 {
    word << bits | word >> (32 - bits)
  }
}
