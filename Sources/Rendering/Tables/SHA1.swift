/// SHA-1 (RFC 3174) of a message of at most 119 bytes: two blocks, no memory but its own.
///
/// Good for naming flows, which is what Community ID uses it for; not for security.
struct SHA1 {
  private typealias State = (a: UInt32, b: UInt32, c: UInt32, d: UInt32, e: UInt32)

  private var state: State = (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)
  private var message = InlineArray<128, UInt8>(repeating: 0)
  private var count = 0

  /// The number's bytes, the most significant first.
  @inline(__always)
  mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
    let end = count + MemoryLayout<Number>.size
    guard end <= 119 else { return }
    let start = count
    withUnsafeMutableBytes(of: &message) {
      $0.storeBytes(of: number.bigEndian, toByteOffset: start, as: Number.self)
    }
    count = end
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
    return [state.a, state.b, state.c, state.d, state.e]
  }

  private mutating func compress(at start: Int) {
    var next = state
    // Through a pointer: an inline array that is passed on is copied for each of its elements.
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
      guard let words = words.baseAddress else { return }
      withUnsafeBytes(of: &message) { message in
        for index in 0..<16 {
          words[index] = UInt32(
            bigEndian: message.load(fromByteOffset: start + index * 4, as: UInt32.self))
        }
      }
      SHA1.schedule(words)
      SHA1.rounds(words, &next, 0x5A82_7999) { $2 ^ ($0 & ($1 ^ $2)) }
      SHA1.rounds(words + 20, &next, 0x6ED9_EBA1) { $0 ^ $1 ^ $2 }
      SHA1.rounds(words + 40, &next, 0x8F1B_BCDC) { ($0 & $1) | ($2 & ($0 | $1)) }
      SHA1.rounds(words + 60, &next, 0xCA62_C1D6) { $0 ^ $1 ^ $2 }
    }
    state = (
      state.a &+ next.a, state.b &+ next.b, state.c &+ next.c, state.d &+ next.d,
      state.e &+ next.e
    )
  }

  /// From the 32nd on, a word follows from others at least six before it, which is the same rule
  /// applied twice: so four are made at once, in a third of the instructions.
  @inline(__always)
  private static func schedule(_ words: UnsafeMutablePointer<UInt32>) {
    for index in 16..<32 {
      let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
      words[index] = mixed << 1 | mixed >> 31
    }
    for index in stride(from: 32, to: 80, by: 4) {
      let mixed =
        four(words + index - 6) ^ four(words + index - 16) ^ four(words + index - 28)
        ^ four(words + index - 32)
      UnsafeMutableRawPointer(words + index).storeBytes(
        of: mixed &<< 2 | mixed &>> 30, as: SIMD4<UInt32>.self)
    }
  }

  @inline(__always)
  private static func four(_ words: UnsafeMutablePointer<UInt32>) -> SIMD4<UInt32> {
    UnsafeRawPointer(words).loadUnaligned(as: SIMD4<UInt32>.self)
  }

  /// Twenty rounds, five at a time, after which every variable has its own place again: none is
  /// moved.
  @inline(__always)
  private static func rounds(
    _ words: UnsafeMutablePointer<UInt32>, _ state: inout State, _ constant: UInt32,
    _ function: (UInt32, UInt32, UInt32) -> UInt32
  ) {
    var (a, b, c, d, e) = state
    for index in stride(from: 0, to: 20, by: 5) {
      round(a, &b, c, d, &e, function, constant &+ words[index])
      round(e, &a, b, c, &d, function, constant &+ words[index + 1])
      round(d, &e, a, b, &c, function, constant &+ words[index + 2])
      round(c, &d, e, a, &b, function, constant &+ words[index + 3])
      round(b, &c, d, e, &a, function, constant &+ words[index + 4])
    }
    state = (a, b, c, d, e)
  }

  @inline(__always)
  private static func round(
    _ a: UInt32, _ b: inout UInt32, _ c: UInt32, _ d: UInt32, _ e: inout UInt32,
    _ function: (UInt32, UInt32, UInt32) -> UInt32, _ word: UInt32
  ) {
    e = e &+ word &+ function(b, c, d) &+ (a << 5 | a >> 27)
    b = b << 30 | b >> 2
  }
}
