import TCPModel

/// The kernel said another state of an end than the segments do.
struct Contradiction {
  var connection: ConnectionSummary
  var side: Side
  var snapshot: ConnectionSnapshot
  var kernel: TCPState
  /// By the segments, at that time.
  var inferred: TCPState

  /// Compares each sight of a socket with the states its end can have been in.
  ///
  /// Times are compared with a tolerance: what the segments show happens at the capture point, and
  /// a snapshot takes a moment. Where a segment may have been lost behind the capture point, the
  /// kernel can be a step behind or ahead; so neighbouring states are allowed while repeats show
  /// that something was lost.
  static func find(
    in sightings: ArraySlice<SocketSighting>, of connection: Connection,
    captured: ClosedRange<Timestamp>?
  ) -> [Contradiction] {
    var found: [Contradiction] = []
    for sighting in sightings {
      guard let kernel = sighting.snapshot.state else { continue }
      let at = sighting.snapshot.at
      let time = connection.summary.start.advanced(by: at)
      // Outside of the captures nothing is known.
      guard let captured, captured.contains(time) else { continue }
      let path = connection.pathTime(to: sighting.side) + StateSpan.tolerance
      let window = (at - path)...(at + path + sighting.precision)
      let spans = StateSpan.spans(of: connection, sighting.side)
      let possible = spans.filter { $0.overlaps(window) }.map(\.state)
      if possible.isEmpty || possible.contains(kernel) { continue }
      if possible.contains(where: { kernel.isExplained(by: $0, sighting.snapshot) }) { continue }
      let inferred = spans.last { $0.from ?? .min <= at }?.state ?? possible[0]
      found.append(
        Contradiction(
          connection: connection.summary, side: sighting.side, snapshot: sighting.snapshot,
          kernel: kernel, inferred: inferred))
    }
    return found
  }
}

extension StateSpan {
  func overlaps(_ window: ClosedRange<Nanoseconds>) -> Bool {
    from ?? .min <= window.upperBound && to ?? .max >= window.lowerBound
  }
}

extension TCPState {
  /// States in which the kernel rightly is ahead of the wire.
  fileprivate func isExplained(by wire: TCPState, _ snapshot: ConnectionSnapshot) -> Bool {
    switch (self, wire) {
    case (.finWait1, .established), (.lastACK, .closeWait), (.closing, .closeWait):
      // From close() on, while the FIN still waits behind data.
      true
    case (.synSent, .closed), (.synSent, .listen):
      // The SYN itself waits, for ARP for instance.
      true
    case (.synReceived, .listen):
      // The SYN arrived; its SYN/ACK was lost, or went another way than past the capture.
      true
    default: false
    }
  }
}
