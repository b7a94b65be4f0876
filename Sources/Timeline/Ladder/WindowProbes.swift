import TCPModel

/// A kernel asks whether a closed window has opened with a segment that looks like a keep-alive: no
/// data, one number before the next (Linux, `tcp_xmit_probe_skb`). Wireshark calls it a keep-alive
/// too, and so do the counts; a reader is told what it is.
enum WindowProbes {
  static func named(in items: [TimelineItem]) -> [TimelineItem] {
    var items = items
    var isClosed = PerSide(both: false)
    var isProbed = PerSide(both: false)
    for index in items.indices {
      guard case .segment(var segment) = items[index] else {
        if case .run(let run) = items[index] { isClosed[run.from] = false }
        continue
      }
      let peer = segment.from.peer
      if isClosed[peer], segment.kinds.replace(.keepAlive, by: .zeroWindowProbe) {
        isProbed[peer] = true
        items[index] = .segment(segment)
      } else if isProbed[segment.from],
        segment.kinds.replace(.keepAliveACK, by: .zeroWindowProbeACK)
      {
        items[index] = .segment(segment)
      }
      guard !segment.flags.contains(.rst) else { continue }
      isClosed[segment.from] = segment.window == 0 && !segment.flags.contains(.syn)
      if !isClosed[segment.from] { isProbed[segment.from] = false }
    }
    return items
  }
}

extension [EventKind] {
  /// Whether it was there.
  fileprivate mutating func replace(_ kind: EventKind, by other: EventKind) -> Bool {
    guard let index = firstIndex(of: kind) else { return false }
    self[index] = other
    return true
  }
}
