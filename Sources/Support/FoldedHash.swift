import TCPModel

/// A hash for tables of this process, where speed counts: multiply and fold (the full 128-bit product).
///
/// Keyed by a secret of the process it keeps crafted keys from colliding. For what must be the same on
/// every run, or must not be inverted, there is `SipHash`.
public enum FoldedHash {
  @inlinable @inline(__always)
  public static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    // Neither factor may be 0, or the other one would be lost.
    let product = (left | 1).multipliedFullWidth(by: right ^ 0xA076_1D64_78BD_642F | 1)
    return product.high ^ product.low ^ left &+ right
  }

  /// Of two endpoints, and one word more.
  @inlinable @inline(__always)
  public static func ofEndpoints(
    _ one: Endpoint, _ other: Endpoint, _ secret: UInt64, and word: UInt64 = 0
  ) -> UInt32 {
    let ports = UInt64(one.port) << 16 | UInt64(other.port)
    var hash = fold(one.address.lower ^ secret, other.address.lower ^ ports << 32)
    if one.address.isIPv6 {
      hash ^= fold(one.address.upper ^ secret, other.address.upper &+ secret)
    }
    return UInt32(
      truncatingIfNeeded: fold(hash ^ secret, 0x9E37_79B9_7F4A_7C15 ^ ports ^ word))
  }
}
