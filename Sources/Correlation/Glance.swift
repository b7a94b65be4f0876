import TCPModel

extension ConnectionRecord {
  /// Taken before a record is packed. In doubt a connection is neither plain nor unremarkable: then
  /// it will be described, and the description decides.
  var glance: ConnectionGlance {
    let outcome = withUnsafePointer(to: self) { $0.outcomeAtEnd }
    let resent = low.coverage.retransmittedSegments &+ high.coverage.retransmittedSegments
    let retries = handshake.synRetransmissions | handshake.synACKRetransmissions
    let isSmooth = counts == 0 && resent == 0 && retries == 0 && !hasWaited
    let isWhole = outcome == .closed || outcome == .open
    return ConnectionGlance(
      outcome, completeness: completeness, duration: latest.since(start),
      isPlain: isSmooth && (isWhole || outcome == .halfClosed),
      isUnremarkable: isSmooth && isWhole && !bits.contains(.clockBackwards)
        && !hasStoodHalfClosed && !low.lacksData && !high.lacksData && !offersOddly)
  }

  /// A slow handshake, or a client that waited a second for its answer, or may still wait.
  private var hasWaited: Bool {
    let limit = FindingCollector.slowHandshake
    if handshake.syn != .min, handshake.ack != .min, handshake.ack &- handshake.syn >= limit {
      return true
    }
    if phases.handshake >= limit || phases.longestWait >= FindingCollector.slowResponse {
      return true
    }
    switch phases.current {
    case .handshake, .send: return latest.since(start) >= limit
    case .wait, .receive, .idle, .teardown, .timeWait: return false
    }
  }

  private var hasStoodHalfClosed: Bool {
    teardown.start != .min
      && latest.since(start) &- teardown.start >= FindingCollector.longHalfClose
  }

  /// As `optionOddity`, but for any two that do not offer the same.
  private var offersOddly: Bool {
    let least = FindingCollector.leastMSS.ipv6
    for isLow in [true, false] where !self[isLow].bits.isDisjoint(with: .anySYNSent) {
      if self[isLow].offered.contains(.mss), self[isLow].mss < least { return true }
      if self[isLow].windowShift > 14 { return true }
    }
    return low.offered.contains(.windowScale) != high.offered.contains(.windowScale)
  }
}

extension EndpointRecord {
  /// A hole in what was captured, or an acknowledgment beyond it.
  fileprivate var lacksData: Bool {
    coverage.holes != 0 || coverage.isAcked && coverage.highest.isBefore(coverage.acked)
  }
}
