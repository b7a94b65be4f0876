import TCPModel

/// Estimates how far the clocks of hosts are ahead of the capture's.
///
/// The kernel showed a socket in a state at a time of the host's clock; by the segments, the socket
/// was in that state from one time of the capture's clock to another. So the offset lies between
/// two bounds, for each sight of a socket, and where most of these ranges overlap it is.
struct ClockComparison {
  private struct Range {
    var least: Nanoseconds
    var most: Nanoseconds
  }

  private var ranges: [IPAddress: [Range]] = [:]

  /// Fewer sights do not set a clock right: they rather contradict the segments.
  private static let leastEvidence = 3

  mutating func add(_ sightings: ArraySlice<SocketSighting>, of connection: Connection) {
    let start = connection.summary.start
    for sighting in sightings {
      guard let state = sighting.snapshot.state else { continue }
      let spans = StateSpan.spans(of: connection, sighting.side).filter { $0.state == state }
      // A state entered twice gives no range.
      guard spans.count == 1, let span = spans.first else { continue }
      let path = connection.pathTime(to: sighting.side) + StateSpan.tolerance
      let at = sighting.time.since(start)
      // The kernel enters these states before the segment that shows them can leave.
      let from = state.isEnteredUnseen ? nil : span.from
      let most = from.map { bounded(at, minus: $0, plus: path + sighting.precision) }
      let least = span.to.map { bounded(at, minus: $0, plus: -path) }
      ranges[sighting.local, default: []].append(Range(least: least ?? .min, most: most ?? .max))
    }
  }

  private func bounded(
    _ value: Nanoseconds, minus other: Nanoseconds, plus more: Nanoseconds
  ) -> Nanoseconds {
    // Times of 64 bits of nanoseconds; a tenth of that is 29 years.
    let limit = Nanoseconds.max / 10
    func clamp(_ value: Nanoseconds) -> Nanoseconds { min(max(value, -limit), limit) }
    return clamp(clamp(value) - clamp(other) + clamp(more))
  }

  func offsets() -> [ClockOffset] {
    ranges.sorted { $0.key.precedes($1.key) }.map { address, ranges in
      var (best, agreeing) = ClockComparison.mostCommon(ranges)
      if best.least > 0 || best.most < 0, agreeing < ClockComparison.leastEvidence {
        best = Range(least: .min, most: .max)
      }
      let offset: Nanoseconds
      if best.least <= 0, best.most >= 0 {
        offset = 0
      } else if best.least == .min || best.most == .max {
        offset = best.least == .min ? best.most : best.least
      } else {
        offset = best.least + (best.most - best.least) / 2
      }
      return ClockOffset(
        address: address, offset: offset, least: best.least, most: best.most,
        sockets: ranges.count)
    }
  }

  /// The stretch that lies in the most ranges; of equally good ones the one nearest to 0.
  private static func mostCommon(_ ranges: [Range]) -> (Range, agreeing: Int) {
    // Beginnings come before ends at the same place: ranges hold both their bounds.
    var edges: [(at: Nanoseconds, isEnd: Bool)] = []
    for range in ranges where range.least <= range.most {
      edges.append((range.least, false))
      edges.append((range.most, true))
    }
    edges.sort { ($0.at, $0.isEnd ? 1 : 0) < ($1.at, $1.isEnd ? 1 : 0) }
    var best = Range(least: .min, most: .max)
    var most = 0
    var depth = 0
    for (index, edge) in edges.enumerated() {
      if edge.isEnd {
        depth -= 1
        continue
      }
      depth += 1
      guard depth >= most, index + 1 < edges.count, edges[index + 1].isEnd else { continue }
      let stretch = Range(least: edge.at, most: edges[index + 1].at)
      if depth > most || distance(stretch) < distance(best) { best = stretch }
      most = depth
    }
    return (best, most)
  }

  private static func distance(_ range: Range) -> UInt64 {
    if range.least <= 0, range.most >= 0 { return 0 }
    return min(range.least.magnitude, range.most.magnitude)
  }
}

extension TCPState {
  /// A SYN may wait for ARP, a FIN behind data.
  fileprivate var isEnteredUnseen: Bool {
    switch self {
    case .synSent, .finWait1, .lastACK, .closing: true
    case .closed, .listen, .synReceived, .established, .finWait2, .closeWait, .timeWait: false
    }
  }
}
