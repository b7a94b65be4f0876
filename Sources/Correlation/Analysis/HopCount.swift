/// How many routers a packet has passed, as its time to live tells: the distance to the nearest initial
/// value at or above it. Those are 64 (RFC 1700), 128 (Windows), 255 (RFC 5082, old Unix), 32, and 1 between
/// neighbours (RFC 4271 eBGP). So segments that one host sends with different initial values count alike.
struct HopCount {
  private let value: Int
  private let initial: Int

  private init(ttl: UInt8) {
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

  /// Who made an RST that comes in a host's name.
  enum Origin {
    /// As far away as the host, or nothing is known of either.
    case host
    /// Another number of hops, which a change of the way would explain too.
    case doubtful
    /// A device on the path.
    case elsewhere
  }

  /// By the time to live of the host's other segments; 0 where it is not known.
  ///
  /// A host's segments count the same hops each time, give or take a few. An RST with a larger initial value
  /// than the others, or from much nearer or farther, is not the host's. One with a smaller initial value and
  /// as many hops is its kernel's, where a program had set its own (GTSM sends 255, external BGP 1).
  static func origin(ofRST rst: UInt8, usual: UInt8) -> Origin {
    guard rst != 0, usual != 0 else { return .host }
    let (own, other) = (HopCount(ttl: rst), HopCount(ttl: usual))
    if usual > 1, own.initial > other.initial || abs(own.value - other.value) > 3 {
      return .elsewhere
    }
    return own.value == other.value ? .host : .doubtful
  }
}

extension EndpointRecord {
  /// The time to live of the latest segment that was no RST; nil where there is none.
  var usualTTL: UInt8? {
    segments > Int64(rstSegments) ? (latestTTL != 0 ? latestTTL : ttl) : nil
  }

  func origin(ofRST ttl: UInt8) -> HopCount.Origin {
    // Whoever answered the SYN, a load balancer for one, may end the connection.
    if !bits.isDisjoint(with: .anySYNSent), ttl == self.ttl { return .host }
    return HopCount.origin(ofRST: ttl, usual: usualTTL ?? 0)
  }
}
