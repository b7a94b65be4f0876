import Support
import TCPModel

/// An address, or a network as `192.0.2.0/24`.
struct AddressPrefix: Hashable, CustomStringConvertible {
  private var network: IPAddress
  private var mask: (upper: UInt64, lower: UInt64) { Self.mask(length, isIPv6: network.isIPv6) }
  private var length: Int

  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first else { return nil }
    let bare = first.hasPrefix("[") && first.hasSuffix("]") ? first.dropFirst().dropLast() : first
    guard let address = IPAddress(String(bare)) else { return nil }
    let bits = address.isIPv6 ? 128 : 32
    length = bits
    if parts.count == 2 {
      guard let wanted = Int(parts[1]), (0...bits).contains(wanted) else { return nil }
      length = wanted
    }
    network = address
  }

  var description: String {
    let isOne = length == (network.isIPv6 ? 128 : 32)
    return isOne ? network.description : "\(network)/\(length)"
  }

  /// The network that the pseudonyms of its addresses are in.
  func renamed(by pseudonyms: inout AddressPseudonyms) -> AddressPrefix {
    var renamed = self
    renamed.network = pseudonyms.pseudonym(of: network)
    return renamed
  }

  func contains(_ address: IPAddress) -> Bool {
    let mask = mask
    return address.isIPv6 == network.isIPv6
      && (address.upper ^ network.upper) & mask.upper == 0
      && (address.lower ^ network.lower) & mask.lower == 0
  }

  private static func mask(_ length: Int, isIPv6: Bool) -> (upper: UInt64, lower: UInt64) {
    let length = isIPv6 ? length : length + 96
    // A smart shift by 64 or more gives 0.
    let upper = ~UInt64(0) << UInt64(max(0, 64 - length))
    let lower = ~UInt64(0) << UInt64(max(0, min(64, 128 - length)))
    return (upper, lower)
  }
}
