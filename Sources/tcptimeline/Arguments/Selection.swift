import Support
import TCPModel

/// Which connections a report is about. Kinds of conditions all have to hold; of one kind, any.
struct Selection {
  var connections: [IDRange] = []
  var hosts: [AddressPrefix] = []
  var ports: [UInt16] = []
  var outcomes: [Outcome] = []
  /// Connections with a part of their span in it.
  var between: ClosedRange<Timestamp>?
  /// The ones that took longest, times of nothing to do not counted.
  var slowest: Int?
  var limit: Int?

  /// Whether every connection is chosen.
  var isEverything: Bool { isUnconditional && limit == nil }

  /// Whether the first connection is chosen before all others.
  var isUnconditional: Bool {
    connections.isEmpty && hosts.isEmpty && ports.isEmpty && outcomes.isEmpty && between == nil
      && slowest == nil
  }

  func matches(_ summary: ConnectionSummary) -> Bool {
    if !connections.isEmpty, !connections.contains(where: { $0.ids.contains(summary.id) }) {
      return false
    }
    if !outcomes.isEmpty, !outcomes.contains(summary.outcome) { return false }
    if !ports.isEmpty, !ports.contains(summary.client.port), !ports.contains(summary.server.port) {
      return false
    }
    if let between, summary.start > between.upperBound || summary.end < between.lowerBound {
      return false
    }
    return hosts.isEmpty
      || hosts.contains {
        $0.contains(summary.client.address) || $0.contains(summary.server.address)
      }
  }

  /// The chosen ones of `count` connections, as indices in their order.
  func indices(count: Int, summary: (Int) -> ConnectionSummary) -> [Int] {
    var chosen: [(index: Int, duration: Nanoseconds)] = []
    for index in 0..<count {
      let summary = summary(index)
      guard matches(summary) else { continue }
      chosen.append((index, summary.duration &- (summary.timings.idle ?? 0)))
      if slowest == nil, let limit, chosen.count >= limit { break }
    }
    if let slowest {
      // Longest first; of equals the earlier one, so that the choice is always the same.
      chosen.sort { ($1.duration, $0.index) < ($0.duration, $1.index) }
      chosen = Array(chosen.prefix(slowest))
    }
    return Array(chosen.map(\.index).sorted().prefix(limit ?? .max))
  }
}

/// `7`, `3-7` or `3-`.
struct IDRange: Hashable {
  var ids: ClosedRange<Int>

  init?(_ text: String) {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first.flatMap({ Int($0) }), first > 0 else { return nil }
    guard parts.count == 2 else {
      ids = first...first
      return
    }
    guard let last = parts[1].isEmpty ? Int.max : Int(parts[1]), last >= first else { return nil }
    ids = first...last
  }
}

/// An address, or a network as `192.0.2.0/24`.
struct AddressPrefix: Hashable {
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
