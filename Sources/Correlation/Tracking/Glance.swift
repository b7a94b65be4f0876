import TCPModel

extension UnsafePointer<ConnectionRecord> {
  /// Taken before a record is packed. In doubt a connection is neither plain nor unremarkable: then
  /// it will be described, and the description decides.
  var glance: ConnectionGlance {
    let outcome = outcomeAtEnd
    let one = endpoint(.low)
    let other = endpoint(.high)
    let resent =
      one.pointee.coverage.retransmittedSegments
      &+ other.pointee.coverage.retransmittedSegments
    let retries =
      pointee.handshake.synRetransmissions | pointee.handshake.synACKRetransmissions
    let isSmooth = pointee.counts == 0 && resent == 0 && retries == 0 && !hasWaited
    let isWhole = outcome == .closed || outcome == .open
    return ConnectionGlance(
      outcome, completeness: pointee.completeness, duration: span,
      isPlain: isSmooth && (isWhole || outcome == .halfClosed),
      isUnremarkable: isSmooth && isWhole && !pointee.bits.contains(.clockBackwards)
        && !hasStoodHalfClosed && !one.lacksData && !other.lacksData && !offersOddly)
  }

  private var span: Nanoseconds { pointee.latest.since(pointee.start) }

  /// A slow handshake, or a client that waited a second for its answer, or may still wait.
  private var hasWaited: Bool {
    let limit = FindingCollector.slowHandshake
    let (syn, ack) = (pointee.handshake.syn, pointee.handshake.ack)
    if syn != .min, ack != .min, ack &- syn >= limit { return true }
    if pointee.phases.handshake >= limit
      || pointee.phases.longestWait >= FindingCollector.slowResponse
    {
      return true
    }
    switch pointee.phases.current {
    case .handshake, .tls, .send: return span >= limit
    case .wait, .receive, .idle, .teardown, .timeWait: return false
    }
  }

  private var hasStoodHalfClosed: Bool {
    pointee.teardown.start != .min
      && span &- pointee.teardown.start >= FindingCollector.longHalfClose
  }

  /// As `optionOddity`, but for any two that do not offer the same.
  private var offersOddly: Bool {
    let (low, high) = (endpoint(.low), endpoint(.high))
    return low.offersOddly || high.offersOddly
      || low.pointee.offered.contains(.windowScale) != high.pointee.offered.contains(.windowScale)
  }
}

extension UnsafePointer<EndpointRecord> {
  /// A hole in what was captured, or an acknowledgment beyond it.
  fileprivate var lacksData: Bool {
    let coverage = pointee.coverage
    return coverage.holes != 0 || coverage.isAcked && coverage.highest.isBefore(coverage.acked)
  }

  fileprivate var offersOddly: Bool {
    guard !pointee.bits.isDisjoint(with: .anySYNSent) else { return false }
    let isSmall =
      pointee.offered.contains(.mss) && pointee.mss < FindingCollector.leastMSS.ipv6
    return isSmall || pointee.windowShift > 14
  }
}
