import TCPModel

/// Addresses and ports that SYNs went to or SYN/ACKs came from: servers, also of the connections that
/// began before the capture.
///
/// Every correlator notes those of all flows, its own or not, so that as many as there are know the same. What is
/// there stays: a flood takes no room from what came before, and what comes later is told by its number.
struct KnownServers {
  private static let bits = 14
  private var tags: [UInt64] = []
  /// The number of the segment that showed it.
  private var numbers: [Int64] = []

  /// - Parameters:
  ///   - segment: A SYN or SYN/ACK.
  ///   - number: Of the segment, in the order of capture.
  mutating func note(_ segment: SegmentView, number: Int64) {
    let isAnswer = segment.flags.contains(.ack)
    let tag = Self.tag(of: segment.key[isAnswer ? segment.from : segment.from.other])
    if tags.isEmpty {
      tags = Array(repeating: 0, count: 1 << Self.bits)
      numbers = Array(repeating: 0, count: 1 << Self.bits)
    }
    let place = Int(tag >> (64 - UInt64(Self.bits)))
    guard tags[place] == 0 else { return }
    tags[place] = tag
    numbers[place] = number
  }

  /// Which end of a flow was seen as a server before; nil for none, or both.
  func server(of key: FlowKey, before number: Int64) -> End? {
    if tags.isEmpty { return nil }
    let low = has(key.low, before: number)
    return low == has(key.high, before: number) ? nil : low ? .low : .high
  }

  private func has(_ endpoint: Endpoint, before number: Int64) -> Bool {
    let tag = Self.tag(of: endpoint)
    let place = Int(tag >> (64 - UInt64(Self.bits)))
    return tags[place] == tag && numbers[place] < number
  }

  private static func tag(of endpoint: Endpoint) -> UInt64 {
    var hash = endpoint.address.lower ^ endpoint.address.upper &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ hash >> 32 ^ UInt64(endpoint.port) << 48) &* 0xD6E8_FEB8_6659_FD93
    return (hash ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9 | 1
  }
}
