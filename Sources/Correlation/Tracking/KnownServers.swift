import TCPModel

/// Addresses and ports that SYNs went to or SYN/ACKs came from: servers, also of the connections that
/// began before the capture.
///
/// Every correlator is told of those of all flows, its own or not, so that as many as there are know the same. What
/// is there stays: a flood takes no room from what came before, what comes later is told by its number, and nobody
/// needs to be told of what meets a place that is taken.
struct KnownServers {
  private var tags: [UInt64] = []
  /// The number of the segment that showed it.
  private var numbers: [Int64] = []

  /// - Parameters:
  ///   - segment: A SYN or SYN/ACK.
  ///   - number: Of the segment, in the order of capture.
  mutating func note(_ segment: SegmentView, number: Int64) {
    let tag = ServerTag(shownBy: segment.flags, of: segment.key, from: segment.from)
    if tags.isEmpty {
      tags = Array(repeating: 0, count: ServerTag.places)
      numbers = Array(repeating: 0, count: ServerTag.places)
    }
    let place = tag.place
    guard tags[place] == 0 else { return }
    tags[place] = tag.value
    numbers[place] = number
  }

  /// Which end of a flow was seen as a server before; nil for none, or both.
  func server(of key: FlowKey, before number: Int64) -> End? {
    if tags.isEmpty { return nil }
    let low = has(key.low, before: number)
    return low == has(key.high, before: number) ? nil : low ? .low : .high
  }

  private func has(_ endpoint: Endpoint, before number: Int64) -> Bool {
    let tag = ServerTag(endpoint)
    return tags[tag.place] == tag.value && numbers[tag.place] < number
  }
}
