import TCPModel

/// Joins what several points of a path captured of the same connections.
///
/// Three walks through the segments: one finds the connections of every point, one compares the clocks,
/// one matches segment by segment, in the order of the first point's time.
///
///     var join = PathJoin(points: 2)
///     for point in 0..<2 { join.survey(segments, at: point) }
///     join.pair()
///     for point in 0..<2 { join.sample(segments, at: point) }
///     join.compareClocks(isSameClock: false)
///     join.match(segment, at: point)       // of all points, merged
///     join.finish()
///
/// Memory grows with the connections and what is on its way, not with the segments.
public struct PathJoin {
  private(set) var tables: [SightTable]
  private var jumps: [Jumps]
  private(set) var links: [PointLink] = []
  private(set) var clocks: [PointClock]
  public private(set) var comparisons: [ClockComparison] = []

  public init(points: Int) {
    tables = (0..<points).map { _ in SightTable() }
    jumps = (0..<points).map { _ in Jumps() }
    clocks = (0..<points).map { _ in PointClock() }
  }

  public var points: Int { tables.count }

  /// Connections a point saw.
  public func count(at point: Int) -> Int { tables[point].sights.count }

  // MARK: The first walk

  public mutating func survey(_ segments: Span<Segment>, at point: Int) {
    for index in segments.indices {
      tables[point].ingest(segments[index])
      jumps[point].note(segments[index], ordinal: tables[point].ordinal)
    }
  }

  /// Finds which connections of the points are the same.
  public mutating func pair() {
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

  // MARK: The second walk

  /// All of one point's segments, then all of the next one's.
  public mutating func sample(_ segments: Span<Segment>, at point: Int) {
    for index in segments.indices {
      let segment = segments[index]
      guard let number = tables[point].next(segment) else { continue }
      let sight = tables[point].sights[number]
      for link in links.indices where links[link].first == point || links[link].second == point {
        links[link].sample(
          segment, sight, number, ordinal: tables[point].ordinal,
          isSecond: links[link].second == point)
      }
    }
  }

  /// - Parameters:
  ///   - isSameClock: Somebody knows that the clocks agree.
  ///   - drops: By point, whether its captures say that they missed frames.
  public mutating func compareClocks(isSameClock: Bool, drops: [Bool]) {
    let reference = tables[0].firstTime
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
        let estimate = ClockEstimate(
          link.samples, reference: reference, jumps: (jumps[0], jumps[point]))
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
    guard table.ordinal > 0 else { return Int64.max...Int64.max }
    let first = clocks[point].time(table.firstTime, ordinal: 1)
    let last = clocks[point].time(table.lastTime, ordinal: table.ordinal)
    return min(first, last)...max(first, last)
  }

  /// Turns a point's times into the first one's.
  public func clock(of point: Int) -> PointClock { clocks[point] }

  // MARK: The third walk

  /// The next segment of a point, with its time on the first point's clock.
  ///
  /// - Returns: Whether it is to be counted: of a connection that several points saw, those of the first
  ///   of them are.
  public mutating func match(_ segment: Segment, at point: Int) -> Bool {
    guard let number = tables[point].next(segment) else { return true }
    let sight = tables[point].sights[number]
    var isCounted = true
    for link in links.indices {
      if links[link].first == point {
        links[link].match(
          segment, sight, number, ordinal: tables[point].ordinal, isSecond: false)
      } else if links[link].second == point {
        if links[link].pairing.pairOfSecond[number] >= 0 { isCounted = false }
        links[link].match(
          segment, sight, number, ordinal: tables[point].ordinal, isSecond: true)
      }
    }
    return isCounted
  }

  /// Goes back to before the first segment of every point.
  public mutating func rewind() {
    for point in 0..<points { tables[point].rewind() }
  }

  /// Prepares a walk after the third one, which notes the ways of the connections that begin at these
  /// frames.
  public mutating func record(_ beginnings: [FramePlace], _ index: PathIndex) {
    var pairs = Array(repeating: [Int32](), count: links.count)
    for place in beginnings {
      guard let (link, pair) = widest(place, index) else { continue }
      pairs[link].append(pair)
    }
    for link in links.indices { links[link].record(pairs[link]) }
  }

  /// The link from a connection's first point to its last one, and the pair there.
  private func widest(_ place: FramePlace, _ index: PathIndex) -> (link: Int, pair: Int32)? {
    guard let seen = index.places[place] else { return nil }
    let number = Int(seen.sight)
    let partners = links.indices.filter {
      links[$0].first == Int(seen.point) && links[$0].pairing.pairOfFirst[number] >= 0
    }
    return partners.max { links[$0].second < links[$1].second }
      .map { ($0, links[$0].pairing.pairOfFirst[number]) }
  }

  /// The ways of a connection's segments, once the walk is over; none where it was not asked for.
  public func flights(from place: FramePlace, _ index: PathIndex) -> [PathFlight] {
    widest(place, index).map { links[$0.link].flights(of: $0.pair) } ?? []
  }

  /// What `match` said of the next segment of a point.
  public mutating func isCounted(_ segment: Segment, at point: Int) -> Bool {
    guard let number = tables[point].next(segment) else { return true }
    return !links.contains { $0.second == point && $0.pairing.pairOfSecond[number] >= 0 }
  }

  public mutating func finish() {
    for index in links.indices { links[index].finish() }
  }
}
