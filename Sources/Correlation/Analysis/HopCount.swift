/// How many routers a packet has passed, as its time to live tells: the distance to the nearest initial
/// value at or above it. Those are 64 (RFC 1700), 128 (Windows), 255 (RFC 5082, old Unix), 32, and 1 between
/// neighbours (RFC 4271 eBGP). So segments that one host sends with different initial values count alike.
struct HopCount: Equatable {
  let value: Int
  private let initial: Int

  init(ttl: UInt8) {
    initial =
      switch ttl {
      case 0...1: 1
      case 2...32: 32
      case 33...64: 64
      case 65...128: 128
      default: 255
      }
    value = initial - Int(ttl)
  }

  static func == (one: HopCount, other: HopCount) -> Bool { one.value == other.value }

  /// Whether an RST in a host's name was made elsewhere, by the time to live of the host's other segments; in
  /// doubt not.
  ///
  /// A host's segments count the same hops each time, give or take a few. An RST with a larger initial value
  /// than the others, or from much nearer or farther, is not the host's. One with a smaller initial value and
  /// as many hops is its kernel's, where a program had set its own (GTSM sends 255, external BGP 1).
  static func isForeign(reset: UInt8, usual: UInt8) -> Bool {
    guard reset != 0, usual > 1 else { return false }
    let (own, other) = (HopCount(ttl: reset), HopCount(ttl: usual))
    return own.initial > other.initial || abs(own.value - other.value) > 3
  }
}
