/// How many routers a packet has passed, as its time to live tells: the distance to the nearest initial
/// value at or above it. Those are 64 (RFC 1700), 128 (Windows), 255 (RFC 5082, old Unix), 32, and 1 between
/// neighbours (RFC 4271 eBGP). So segments that one host sends with different initial values count alike.
struct HopCount: Equatable {
  let value: Int

  init(ttl: UInt8) {
    let initial =
      switch ttl {
      case 0...1: 1
      case 2...32: 32
      case 33...64: 64
      case 65...128: 128
      default: 255
      }
    value = initial - Int(ttl)
  }
}
