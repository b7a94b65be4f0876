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
    // The last 16 words of the message schedule, reused in a circle.
    var words = InlineArray<16, UInt32>(repeating: 0)
    for index in 0..<16 {
      let at = start + index * 4
      words[index] =
        UInt32(message[at]) << 24 | UInt32(message[at + 1]) << 16 | UInt32(message[at + 2]) << 8
        | UInt32(message[at + 3])
    }
    var (a, b, c, d, e) = state
    // One round; the four kinds of rounds differ in their function and constant alone.
    func round(_ index: Int, _ function: UInt32, _ constant: UInt32) {
      if index >= 16 {
        let mixed =
          words[(index + 13) & 15] ^ words[(index + 8) & 15] ^ words[(index + 2) & 15]
          ^ words[index & 15]
        words[index & 15] = Self.rotate(mixed, by: 1)
      }
      let next = Self.rotate(a, by: 5) &+ function &+ e &+ constant &+ words[index & 15]
      e = d
      d = c
      c = Self.rotate(b, by: 30)
      b = a
      a = next
    }
    for index in 0..<20 { round(index, d ^ (b & (c ^ d)), 0x5A82_7999) }
    for index in 20..<40 { round(index, b ^ c ^ d, 0x6ED9_EBA1) }
    for index in 40..<60 { round(index, (b & c) | (d & (b | c)), 0x8F1B_BCDC) }
    for index in 60..<80 { round(index, b ^ c ^ d, 0xCA62_C1D6) }
    state = (
      state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e
    )
  }

  private static func rotate(_ word: UInt32, by bits: UInt32) -> UInt32 {
    word << bits | word >> (32 - bits)
  }
}
