/// How far a packet has come, as its time to live tells: systems begin with 64, 128 or 255 (old ones with 32).
struct HopCount {
  private var initial: Int
  private var hops: Int

  init(_ ttl: UInt8) {
    initial = ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255
    hops = initial - Int(ttl)
  }

  /// Whether an RST in a host's name was made elsewhere, by the time to live of the host's other segments; in
  /// doubt not.
  ///
  /// A host's segments count the same hops each time, give or take a few. An RST with a larger initial value
  /// than the others, or from much nearer or farther, is not the host's. One with a smaller initial value and
  /// as many hops is its kernel's, where a program had set its own (GTSM sends 255, external BGP 1).
  static func isForeign(reset: UInt8, usual: UInt8) -> Bool {
    guard reset != 0, usual > 1 else { return false }
    let (own, other) = (HopCount(reset), HopCount(usual))
    return own.initial > other.initial || abs(own.hops - other.hops) > 3
  }
}
