import TCPModel

/// Other addresses in place of the real ones: the same one every time, none twice, and two that share
/// their first bits still share exactly as many (Xu et al., "Prefix-Preserving IP Address
/// Anonymization", 2002).
///
/// Bit by bit: whether a bit is flipped depends on the bits before it and on the key, nothing else.
/// Along the way to ranges with a meaning of their own no bit is flipped, so that a private address
/// stays in its private range and a public one becomes another public one.
public struct AddressPseudonyms: Sendable {
  private let key: (UInt64, UInt64)
  /// For the names of the same hosts.
  public let names: NamePseudonyms
  /// An address costs up to 128 hashes, and comes with every packet of its host.
  private var known: [IPAddress: IPAddress] = [:]

  /// A range that maps onto itself.
  private struct Range {
    var network: IPAddress
    var length: Int
    /// Its addresses tell nothing of anybody: they stay as they are.
    var isKept = false

    func contains(_ address: IPAddress) -> Bool { network.sharedBits(address) >= length }
  }

  private static let ipv4Ranges = [
    Range(network: IPAddress(ipv4: 0x0000_0000), length: 8, isKept: true),
    Range(network: IPAddress(ipv4: 0x0A00_0000), length: 8),
    Range(network: IPAddress(ipv4: 0x6440_0000), length: 10),
    Range(network: IPAddress(ipv4: 0x7F00_0000), length: 8, isKept: true),
    Range(network: IPAddress(ipv4: 0xA9FE_0000), length: 16),
    Range(network: IPAddress(ipv4: 0xAC10_0000), length: 12),
    Range(network: IPAddress(ipv4: 0xC0A8_0000), length: 16),
    // Multicast, reserved, broadcast.
    Range(network: IPAddress(ipv4: 0xE000_0000), length: 3, isKept: true),
  ]

  /// IPv4 inside IPv6: mapped (RFC 4291 2.5.5.2) and translated (RFC 6052).
  private static let embeddingRanges = [
    Range(network: IPAddress(ipv6: 0, 0xFFFF_0000_0000), length: 96),
    Range(network: IPAddress(ipv6: 0x0064_FF9B_0000_0000, 0), length: 96),
  ]

  private static let ipv6Ranges =
    embeddingRanges + [
      Range(network: IPAddress(ipv6: 0, 0), length: 127, isKept: true),
      Range(network: IPAddress(ipv6: 0x2000 << 48, 0), length: 3),
      Range(network: IPAddress(ipv6: 0xFC00 << 48, 0), length: 8),
      Range(network: IPAddress(ipv6: 0xFD00 << 48, 0), length: 8),
      Range(network: IPAddress(ipv6: 0xFE80 << 48, 0), length: 64),
      Range(network: IPAddress(ipv6: 0xFF00 << 48, 0), length: 8, isKept: true),
    ]

  /// - Parameter secret: Whoever knows it can find the real addresses.
  public init(secret: some Collection<UInt8>) {
    names = NamePseudonyms(secret: secret)
    key = (
      SipHash.hash(secret, key: (0x7463_7074_696D_656C, 0x696E_6520_6B65_7930)),
      SipHash.hash(secret, key: (0x7463_7074_696D_656C, 0x696E_6520_6B65_7931))
    )
  }

  public mutating func pseudonym(of address: IPAddress) -> IPAddress {
    if let pseudonym = known[address] { return pseudonym }
    let pseudonym = computed(address)
    known[address] = pseudonym
    return pseudonym
  }

  public mutating func pseudonym(of endpoint: Endpoint) -> Endpoint {
    Endpoint(address: pseudonym(of: endpoint.address), port: endpoint.port)
  }

  /// The same segment between the pseudonyms of its endpoints.
  public mutating func renamed(_ segment: Segment) -> Segment {
    let source = pseudonym(of: segment.source)
    let destination = pseudonym(of: segment.destination)
    var renamed = segment
    renamed.key = FlowKey(source: source, destination: destination)
    renamed.from = FlowKey.end(of: source, to: destination)
    return renamed
  }

  private func computed(_ address: IPAddress) -> IPAddress {
    let ranges = address.isIPv6 ? Self.ipv6Ranges : Self.ipv4Ranges
    if ranges.contains(where: { $0.isKept && $0.contains(address) }) { return address }
    if address.isIPv6, Self.embeddingRanges.contains(where: { $0.contains(address) }) {
      let inner = computed(IPAddress(ipv4: UInt32(truncatingIfNeeded: address.lower)))
      return IPAddress(ipv6: address.upper, address.lower & ~0xFFFF_FFFF | inner.lower)
    }
    // As far as the way to a range and the first bit that leaves it.
    let kept = ranges.map { min($0.network.sharedBits(address) + 1, $0.length) }.max() ?? 0
    var pseudonym = address
    for bit in kept..<address.bitCount where isFlipped(bit, of: address) {
      let place = address.bitCount - 1 - bit
      if place >= 64 { pseudonym.upper ^= 1 << (place - 64) } else { pseudonym.lower ^= 1 << place }
    }
    return pseudonym
  }

  private func isFlipped(_ bit: Int, of address: IPAddress) -> Bool {
    let prefix = address.prefix(bit)
    var hash = SipHash(key: key)
    hash.append(prefix.upper)
    hash.append(prefix.lower)
    hash.append(UInt64(bit) | (address.isIPv6 ? 1 << 32 : 0))
    return hash.finish(24 << 56) & 1 == 1
  }
}

extension IPAddress {
  fileprivate var bitCount: Int { isIPv6 ? 128 : 32 }

  /// How many leading bits two addresses of one family have in common.
  func sharedBits(_ other: IPAddress) -> Int {
    let upper = (upper ^ other.upper).leadingZeroBitCount
    let lower = (lower ^ other.lower).leadingZeroBitCount
    if !isIPv6 { return lower - 32 }
    return upper < 64 ? upper : 64 + lower
  }

  /// The first bits, the others 0.
  fileprivate func prefix(_ bits: Int) -> IPAddress {
    let unused = bitCount - bits
    var prefix = self
    // A smart shift by 64 or more gives 0.
    prefix.upper &= ~UInt64(0) << max(0, unused - 64)
    prefix.lower &= ~UInt64(0) << min(64, unused)
    return prefix
  }
}
