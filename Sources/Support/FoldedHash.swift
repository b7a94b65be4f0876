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
}
