import TCPModel

// From a transfer to its public description.

extension TransferRecord {
  func summary(until end: Nanoseconds) -> TransferSummary {
    var summary = TransferSummary()
    summary.low = limits(of: .low)
    summary.high = limits(of: .high)
    summary.blame.client = blame.low
    summary.blame.server = blame.high
    summary.blame.network = blame.network
    summary.blame.unknown = blame.unknown
    summary.until = end
    return summary
  }

  private func limits(of end: End) -> TransferLimits? {
    let sender = self[end]
    guard sender.bits.contains(.hasSent) else { return nil }
    var limits = TransferLimits()
    limits.times = sender.times
    limits.busy = sender.busy
    limits.receiverWindow = sender.windowTime
    limits.basis = sender.place.basis
    if let rounds = sender.rounds {
      limits.bottleneck = rounds.pointee.rate.bitsPerSecond.flatMap { sender.wholePackets($0) }
      let buffer = rounds.pointee.sendBuffer
      if buffer > 0 { limits.sendBuffer = Int64(buffer) }
    }
    if limits.receiverWindow > 0 { limits.limitingWindow = Int64(sender.limitingWindow) }
    if sender.roundTrip.isKnown {
      limits.leastRoundTrip = sender.roundTrip.least
      limits.meanRoundTrip = sender.roundTrip.mean
      limits.highRoundTrip = sender.roundTrip.most
      limits.highRoundTripFrame = sender.roundTrip.mostFrame
    }
    limits.hasBufferbloat = sender.roundTrip.hasBufferbloat
    limits.longestOfProgram = sender.longest[0].interval
    limits.longestOfSender = sender.longest[1].interval ?? sender.fullBufferSpan
    limits.longestOfReceiver = sender.longest[2].interval
    limits.longestOfPath = sender.longest[3].interval
    return limits
  }
}

extension SenderRecord {
  /// While it lasted, a full send buffer looked like a full congestion window.
  fileprivate var fullBufferSpan: LimitInterval? {
    guard times[.sendBuffer] > 0, var span = longest[3].interval else { return nil }
    span.limit = .sendBuffer
    return span
  }

  /// A rate of payload as one of whole IP packets.
  fileprivate func wholePackets(_ rate: Int64) -> Int64? {
    guard segmentSize > 0 else { return rate }
    let whole = Double(rate) * (Double(segmentSize) + Double(headers)) / Double(segmentSize)
    return whole < 1e18 ? Int64(whole) : nil
  }
}

extension SenderRecord.LongestSpan {
  fileprivate var interval: LimitInterval? {
    guard longest.end > longest.start else { return nil }
    return LimitInterval(
      longest.limit, start: longest.start, duration: longest.end &- longest.start,
      firstFrame: longest.firstFrame, lastFrame: longest.lastFrame)
  }
}
