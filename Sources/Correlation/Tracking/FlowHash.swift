import Support
import TCPModel

/// The hash of a flow, keyed by a secret of this process: a crafted capture cannot make flows collide, nor
/// all be one thread's. No output depends on it, because connections are in the order of their first
/// segments elsewhere.
struct FlowHash: BitwiseCopyable {
  private let secret = UInt64.random(in: .min ... .max) | 1

  /// Multiply and fold (the full 128-bit product), once per two words.
  @inline(__always)
  func callAsFunction(_ key: FlowKey) -> UInt32 {
    let ports = UInt64(key.low.port) << 16 | UInt64(key.high.port)
    var hash = FoldedHash.fold(key.low.address.lower ^ secret, key.high.address.lower ^ ports << 32)
    if key.low.address.isIPv6 {
      hash ^= FoldedHash.fold(key.low.address.upper ^ secret, key.high.address.upper &+ secret)
    }
    return UInt32(
      truncatingIfNeeded: FoldedHash.fold(hash ^ secret, 0x9E37_79B9_7F4A_7C15 ^ ports))
  }

  /// Which of `count` correlators has the flow: by the upper bits, as tables go by the lower ones.
  @inline(__always)
  static func share(of hash: UInt32, among count: Int) -> Int {
    Int(truncatingIfNeeded: (UInt64(hash) &* UInt64(count)) >> 32)
  }
}
