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
      isUnremarkable: isSmooth && isWhole && !FindingRules.mayBe(inSmooth: self, span))
  }

  private var span: Nanoseconds { pointee.latest.since(pointee.start) }

  /// A slow handshake, or a client that waited a second for its answer, or may still wait.
  private var hasWaited: Bool {
    pointee.phases.handshake >= SlowHandshakeRule.limit
      || SlowHandshakeRule.mayBe(inSmooth: self, span)
      || SlowResponseRule.mayBe(inSmooth: self, span)
      || pointee.phases.current == .handshake && span >= SlowHandshakeRule.limit
      || (pointee.phases.current == .send || pointee.phases.current == .tls
        || pointee.phases.current == .wait)
        && span >= SlowHandshakeRule.limit
  }
}
