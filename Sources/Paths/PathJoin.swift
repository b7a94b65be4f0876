import TCPModel

/// Joins what several points of a path captured of the same connections.
///
/// Two walks through the segments: one finds the connections of every point and what clocks are compared by,
/// one matches segment by segment, in the order of the first point's time.
///
///     var surveys = [PointSurvey(), PointSurvey()]
///     for point in 0..<2 { surveys[point].add(segments) }
///     var join = PathJoin(surveys)
///     join.pair()
///     join.compareClocks(isSameClock: false, drops: [false, false])
///     join.match(segments, pointOf: [0, 1], &isCounted)  // of all points, merged
///     join.finish()
///
/// Where connections of both points are left over, a walk between the two listens for relays (`listen`).
/// Memory grows with the connections and what is on its way, not with the segments.
public struct PathJoin {
  private(set) var tables: [SightTable]
  private var jumps: [Jumps]
  private var samples: [SegmentSamples]
  /// What connections without a counterpart begin with, by point; empty unless asked for.
  private var heads: [StreamHeads] = []
  private(set) var relays = Relays()
  private(set) var links: [PointLink] = []
  private(set) var clocks: [PointClock]
  public private(set) var comparisons: [ClockComparison] = []

  public init(_ surveys: [PointSurvey]) {
    tables = surveys.map(\.table)
    jumps = surveys.map(\.jumps)
    samples = surveys.map(\.samples)
    clocks = surveys.map { _ in PointClock() }
  }

  public var points: Int { tables.count }

  /// Connections a point saw.
  public func count(at point: Int) -> Int { tables[point].sights.count }

  // MARK: Connections

  /// Finds which connections of the points are the same.
  public mutating func pair() {
    links.removeAll()
    for first in 0..<points {
      for second in (first + 1)..<max(points, first + 1) {
        links.append(PointLink(first: first, second: second, tables))
      }
    }
    rewind()
  }

  /// Connections that both points saw.
  public func pairs(_ first: Int, _ second: Int) -> Int {
    links.first { $0.first == first && $0.second == second }?.pairing.pairs.count ?? 0
  }

  /// The points from the clients to the servers, as the handshakes tell: the nearer to the client, the
  /// longer the way to the server and back.
  public var order: [Int] {
    var behind = Array(repeating: 0, count: points)
    for link in links {
      let votes = link.pairing.pairs.reduce(0) { $0 + ($1.isReversed ? -1 : 1) }
      behind[votes < 0 ? link.first : link.second] += 1
    }
    return (0..<points).sorted { (behind[$0], $0) < (behind[$1], $1) }
  }

  /// Puts the points into another order, and finds again which connections are the same.
  ///
  /// - Parameter captures: The new numbers of the captures.
  public mutating func arrange(_ order: [Int], captures: [UInt16]) {
    guard order != Array(0..<points) else { return }
    for point in 0..<points {
      tables[point].move(captures)
      jumps[point].move(captures)
      samples[point].move(captures)
    }
    tables = order.map { tables[$0] }
    jumps = order.map { jumps[$0] }
    samples = order.map { samples[$0] }
    pair()
  }

  // MARK: Relays

  /// Whether some connections of the first and of the last point have no counterpart: a relay may have opened
  /// the ones to carry what came on the others.
  public var mayHoldRelays: Bool {
    guard let link = links.first(where: { $0.first == 0 && $0.second == points - 1 }) else {
      return false
    }
    return link.pairing.pairs.count < min(count(at: 0), count(at: points - 1))
  }

  /// Looks at what those connections begin with.
  public mutating func listen(
    _ segments: Span<Segment>, _ payloads: SegmentPayloads, pointOf: [Int]
  ) {
    guard let link = links.first(where: { $0.first == 0 && $0.second == points - 1 }) else {
      return
    }
    while heads.count < points { heads.append(StreamHeads()) }
    forEachSeen(segments, pointOf) { join, seen in
      for one in seen where one.sight >= 0 {
        let (point, number) = (Int(one.point), Int(one.sight))
        guard point == link.first || point == link.second,
          link.pair(of: number, isSecond: point == link.second) < 0
        else { continue }
        join.heads[point].note(
          one.segment.pointee, sight: number, client: join.tables[point].sights[number].client,
          ordinal: one.ordinal, payloads)
      }
    }
  }

  /// Finds the connections that carry the same bytes.
  public mutating func findRelays() {
    if points > 1, heads.count == points {
      relays = Relays(
        heads[0], heads[points - 1], tables[0].sights, tables[points - 1].sights)
    }
    heads.removeAll()
    rewind()
  }

  // MARK: Clocks

  /// - Parameters:
  ///   - isSameClock: Somebody knows that the clocks agree.
  ///   - drops: By point, whether its captures say that they missed frames.
  public mutating func compareClocks(isSameClock: Bool, drops: [Bool]) {
    let reference = tables[0].firstTime
    for index in links.indices {
      links[index].sample(samples[links[index].first], samples[links[index].second], tables)
    }
    samples.removeAll()
    var doubts = Array(repeating: Int64(0), count: points)
    var slacks = Array(repeating: Int64(0), count: points)
    var isTimed = Array(repeating: true, count: points)
    for point in 1..<max(1, points) {
      var comparison = ClockComparison(point: point, reference: Timestamp(nanoseconds: reference))
      clocks[point].reference = reference
      if isSameClock {
        comparison.offset = 0
        comparison.uncertainty = 0
      } else if let link = links.first(where: { $0.first == 0 && $0.second == point }) {
        var shared = link.samples
        // What a relay carried shows at least in which time.
        if shared.isEmpty, point == points - 1 { shared = relays.samples }
        let estimate = ClockEstimate(
          shared, reference: reference, jumps: (jumps[0], jumps[point]))
        comparison.offset = estimate.offset
        comparison.uncertainty = estimate.uncertainty
        comparison.skewPPM = estimate.skew.map { $0 * 1e6 }
        comparison.skewUncertaintyPPM = estimate.skewUncertainty.map { $0 * 1e6 }
        for step in estimate.steps {
          comparison.steps.append(
            ClockComparison.Step(
              point: step.isOfSecond ? point : 0, place: step.jump.place, size: step.size))
          let own = PointClock.Step(
            size: step.size, ordinal: step.jump.ordinal, place: step.jump.place)
          if step.isOfSecond {
            clocks[point].steps.append(own)
          } else if point == points - 1 {
            clocks[0].steps.append(own)
          }
        }
        clocks[point].offset = estimate.offset ?? 0
        clocks[point].skew = estimate.appliedSkew
        doubts[point] = estimate.uncertainty ?? 0
        slacks[point] = estimate.slack
        isTimed[point] = estimate.offset != nil
      }
      comparisons.append(comparison)
    }
    for index in links.indices {
      let (first, second) = (links[index].first, links[index].second)
      var surroundings = PointLink.Surroundings()
      surroundings.spans = (span(of: first), span(of: second))
      surroundings.drops = (drops[first], drops[second])
      surroundings.isTimed = isTimed[first] && isTimed[second]
      surroundings.slack &+= slacks[first] &+ slacks[second]
      surroundings.doubt = doubts[first] &+ doubts[second]
      links[index].beginMatching(surroundings, (clocks[first], clocks[second]))
    }
    rewind()
  }

  /// From when to when a point captured, on the first point's clock.
  func span(of point: Int) -> ClosedRange<Int64> {
    let table = tables[point]
    guard table.segments > 0 else { return Int64.max...Int64.max }
    let first = clocks[point].time(table.firstTime, ordinal: 1)
    let last = clocks[point].time(table.lastTime, ordinal: table.segments)
    return min(first, last)...max(first, last)
  }

  /// Turns a point's times into the first one's.
  public func clock(of point: Int) -> PointClock { clocks[point] }

  // MARK: The walk that matches

  /// The next segments of all points, with their times on the first point's clock.
  ///
  /// - Parameters:
  ///   - pointOf: By capture.
  ///   - isCounted: Becomes, by segment, whether it is to be counted: of a connection that several points saw,
  ///     those of the first of them are.
  public mutating func match(
    _ segments: Span<Segment>, pointOf: [Int], _ isCounted: inout [Bool]
  ) {
    isCounted.removeAll(keepingCapacity: true)
    forEachSeen(segments, pointOf) { join, seen in
      for index in join.links.indices { join.links[index].match(seen) }
      for one in seen { isCounted.append(join.isCounted(one)) }
    }
  }

  /// What `match` said of the next segments of all points.
  public mutating func recall(
    _ segments: Span<Segment>, pointOf: [Int], _ isCounted: inout [Bool]
  ) {
    isCounted.removeAll(keepingCapacity: true)
    forEachSeen(segments, pointOf) { join, seen in
      for one in seen { isCounted.append(join.isCounted(one)) }
    }
  }

  private func isCounted(_ one: SeenSegment) -> Bool {
    guard one.sight >= 0 else { return true }
    for link in links
    where link.second == one.point && link.pair(of: Int(one.sight), isSecond: true) >= 0 {
      return false
    }
    return true
  }

  @inline(__always)
  private mutating func forEachSeen(
    _ segments: Span<Segment>, _ pointOf: [Int],
    _ take: (inout PathJoin, UnsafeBufferPointer<SeenSegment>) -> Void
  ) {
    segments.withUnsafeBufferPointer { segments in
      withUnsafeTemporaryAllocation(of: SeenSegment.self, capacity: SightTable.overlap) { seen in
        var next = 0
        while next < segments.count {
          let end = min(segments.count, next + SightTable.overlap)
          look(at: UnsafeBufferPointer(rebasing: segments[next..<end]), pointOf, seen)
          take(&self, UnsafeBufferPointer(rebasing: seen[..<(end - next)]))
          next = end
        }
      }
    }
  }

  private mutating func look(
    at segments: UnsafeBufferPointer<Segment>, _ pointOf: [Int],
    _ seen: UnsafeMutableBufferPointer<SeenSegment>
  ) {
    // In their place: an element that is taken out of an array and asked is copied.
    tables.withUnsafeMutableBufferPointer { tables in
      guard let first = segments.baseAddress, let seen = seen.baseAddress else { return }
      for index in segments.indices {
        let point = pointOf[Int(first[index].capture)]
        (seen + index).initialize(to: tables[point].pass(first + index, at: point))
      }
      for index in segments.indices { tables[Int(seen[index].point)].fetchSight(seen[index]) }
      for index in segments.indices { tables[Int(seen[index].point)].identify(&seen[index]) }
    }
  }

  /// Goes back to before the first segment of every point.
  public mutating func rewind() {
    for point in 0..<points { tables[point].rewind() }
  }

  /// Prepares a walk after the one that matched, which notes the ways of the connections that begin at these
  /// frames, between every two of their points.
  public mutating func record(_ beginnings: [FramePlace], _ index: PathIndex) {
    var pairs = Array(repeating: [Int32](), count: links.count)
    for place in beginnings {
      for (link, pair) in ways(from: place, index) { pairs[link].append(pair) }
    }
    for link in links.indices { links[link].record(pairs[link]) }
  }

  /// The links that a connection is seen on, from its first point and from those in the middle to the last
  /// one, and its pair there; the widest one first.
  private func ways(from place: FramePlace, _ index: PathIndex) -> [(link: Int, pair: Int32)] {
    guard let seen = index[place] else { return [] }
    let (point, number) = (seen.point, Int(seen.sight))
    let own = links.indices.filter {
      links[$0].first == point && links[$0].pairing.pairOfFirst[number] >= 0
    }.sorted { links[$0].second > links[$1].second }
    guard let widest = own.first else { return [] }
    return own.map { ($0, links[$0].pairing.pairOfFirst[number]) }
      + own.dropFirst().compactMap { near in
        let pair = links[near].pairing.pairs[Int(links[near].pairing.pairOfFirst[number])]
        let half = links.firstIndex {
          $0.first == links[near].second && $0.second == links[widest].second
        }
        guard let half, links[half].pairing.pairOfFirst[Int(pair.second)] >= 0 else { return nil }
        return (half, links[half].pairing.pairOfFirst[Int(pair.second)])
      }
  }

  /// The ways of a connection's segments, once the walk is over: between its first and its last point, and
  /// then between those and each in the middle; none where it was not asked for.
  public func flights(from place: FramePlace, _ index: PathIndex) -> [PathFlights] {
    ways(from: place, index).map { way in
      PathFlights(
        from: links[way.link].first, to: links[way.link].second,
        all: links[way.link].flights(of: way.pair))
    }
  }

  /// When another point saw the first segment of a connection, on the first point's clock.
  public func start(of place: FramePlace, _ point: Int, _ index: PathIndex) -> Int64? {
    guard let seen = index[place],
      let link = links.first(where: { $0.first == seen.point && $0.second == point }),
      link.pairing.pairOfFirst[Int(seen.sight)] >= 0
    else { return nil }
    let pair = link.pairing.pairs[Int(link.pairing.pairOfFirst[Int(seen.sight)])]
    let sight = tables[point].sights[Int(pair.second)]
    return clocks[point].time(sight.firstTime, ordinal: sight.firstOrdinal)
  }

  /// Of all connections together between the first and the last point, by the side that sent.
  public var directions: PerSide<PathDirection> {
    links.first { $0.first == 0 && $0.second == points - 1 }?.totals.directions
      ?? PerSide(both: PathDirection())
  }

  public mutating func finish() {
    for index in links.indices { links[index].finish() }
  }
}
