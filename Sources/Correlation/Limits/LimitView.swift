import TCPModel

// What of a sender is described. Inlined: otherwise a copy of the whole sender is made for each.

extension SenderRecord {
  @inline(__always)
  var fullSendBuffer: Int64? {
    guard let buffer = rounds?.pointee.sendBuffer, buffer > 0 else { return nil }
    return Int64(buffer)
  }

  /// Of whole IP packets.
  @inline(__always)
  var bottleneck: Int64? {
    guard !bits.contains(.isLossLimited), let rate = rounds?.pointee.rate.bitsPerSecond else {
      return nil
    }
    guard segmentSize > 0 else { return rate }
    let whole = Double(rate) * (Double(segmentSize) + Double(headers)) / Double(segmentSize)
    return whole < 1e18 ? Int64(whole) : nil
  }

  /// The longest span of limits of one owner.
  @inline(__always)
  func longestSpan(of owner: Limit.Owner) -> Span? {
    let found = longest[Int(owner.rawValue)]
    if found.end > found.start { return found }
    guard owner == .sender, times[.sendBuffer] > 0 else { return nil }
    // While it lasted, a full send buffer looked like a full congestion window.
    var span = longest[Int(Limit.Owner.path.rawValue)]
    guard span.end > span.start else { return nil }
    span.limit = .sendBuffer
    return span
  }
}
