/// SipHash-2-4 (Aumasson and Bernstein, 2012): without the key its values cannot be told from chance.
struct SipHash {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init(key: (UInt64, UInt64)) {
    state = (
      key.0 ^ 0x736F_6D65_7073_6575, key.1 ^ 0x646F_7261_6E64_6F6D,
      key.0 ^ 0x6C79_6765_6E65_7261, key.1 ^ 0x7465_6462_7974_6573
    )
  }

  mutating func append(_ word: UInt64) {
    state.3 ^= word
    round()
    round()
    state.0 ^= word
  }

  /// The last word holds what is left of the message, and its length in bytes in the top byte.
  mutating func finish(_ last: UInt64) -> UInt64 {
    append(last)
    state.2 ^= 0xFF
    for _ in 0..<4 { round() }
    return state.0 ^ state.1 ^ state.2 ^ state.3
  }

  static func hash(_ message: some Sequence<UInt8>, key: (UInt64, UInt64)) -> UInt64 {
    var hash = SipHash(key: key)
    var word: UInt64 = 0
    var count: UInt64 = 0
    for byte in message {
      word |= UInt64(byte) << (count % 8 * 8)
      count += 1
      guard count % 8 == 0 else { continue }
      hash.append(word)
      word = 0
    }
    return hash.finish(word | count << 56)
  }

  private mutating func round() {
    state.0 &+= state.1
    state.1 = Self.rotate(state.1, by: 13) ^ state.0
    state.0 = Self.rotate(state.0, by: 32)
    state.2 &+= state.3
    state.3 = Self.rotate(state.3, by: 16) ^ state.2
    state.0 &+= state.3
    state.3 = Self.rotate(state.3, by: 21) ^ state.0
    state.2 &+= state.1
    state.1 = Self.rotate(state.1, by: 17) ^ state.2
    state.2 = Self.rotate(state.2, by: 32)
  }

  private static func rotate(_ word: UInt64, by bits: UInt64) -> UInt64 {
    word << bits | word >> (64 - bits)
  }
}
