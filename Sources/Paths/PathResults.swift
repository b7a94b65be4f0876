import TCPModel

/// What was found about a connection.
public enum PathVerdict: Sendable {
  case joined(ConnectionPath)
  case unmatched(UnmatchedReason)
}

extension PathJoin {
  /// Where the connections that are counted begin.
  public func beginnings() -> PathIndex { PathIndex(tables, links) }

  /// Everything about a connection, by its first frame; nil where no connection begins there.
  public func verdict(
    at place: FramePlace, _ index: PathIndex, names: [String],
    messages: PathMessages = PathMessages()
  ) -> PathVerdict? {
    guard let seen = index[place] else { return nil }
    let (point, number) = (seen.point, Int(seen.sight))
    let partners = links.indices.filter {
      links[$0].first == point && links[$0].pairing.pairOfFirst[number] >= 0
    }
    guard let last = partners.max(by: { links[$0].second < links[$1].second }) else {
      return .unmatched(reason(point, number, index))
    }
    return .joined(
      path(
        number, last, middles: partners.dropLast(), names,
        messages.fates(of: place)))
  }

  /// Where the second of two points saw a connection begin that the path did nothing to, and that took about
  /// the same time both ways: no finding can come of that. nil for any other connection.
  public func smoothBeginning(of place: FramePlace, _ index: PathIndex) -> FramePlace? {
    guard points == 2, links.count == 1, let seen = index[place], seen.point == 0 else {
      return nil
    }
    let number = Int(links[0].pairing.pairOfFirst[Int(seen.sight)])
    guard number >= 0, let result = links[0].results[number], result.isUnremarkable else {
      return nil
    }
    let pair = links[0].pairing.pairs[number]
    guard rewrites(pair, 0, showsForeignSACK: false).isNothing else { return nil }
    return tables[1].sights[Int(pair.second)].firstPlace
  }

  /// What differs between the two points of a link in what they saw of a connection.
  private func rewrites(_ pair: SightPair, _ link: Int, showsForeignSACK: Bool) -> PathRewrites {
    let one = tables[links[link].first].sights[Int(pair.first)]
    let other = tables[links[link].second].sights[Int(pair.second)]
    // The client may be beyond the second point, and the two points' sights may name the sides otherwise.
    let (client, server) = pair.isReversed ? (other, one) : (one, other)
    return PathRewrites(
      atClient: client, atServer: server, side: { pair.secondSide($0) },
      showsForeignSACK: showsForeignSACK)
  }

  /// - Parameters:
  ///   - last: The link to the last point, by its place as those to the middle ones.
  private func path(
    _ number: Int, _ last: Int, middles: ArraySlice<Int>, _ names: [String],
    _ messages: [PathMessage]
  ) -> ConnectionPath {
    let (first, second) = (links[last].first, links[last].second)
    let index = Int(links[last].pairing.pairOfFirst[number])
    let pair = links[last].pairing.pairs[index]
    var directions = links[last].results[index]?.directions ?? PerSide(both: PathDirection())
    if !middles.isEmpty {
      for side in Side.allCases {
        directions[side].lostAfter = lostAfter(
          directions[side], side, number, pair, links[last], middles.map { links[$0] })
      }
    }
    var rewritten = rewrites(
      pair, last, showsForeignSACK: links[last].results[index]?.showsForeignSACK ?? false)
    for side in Side.allCases {
      rewritten.dscp[side] = directions[side].dscp.map {
        pair.isReversed ? Rewrite($0.atServer, $0.atClient) : $0
      }
      rewritten.ecnCleared[side] = directions[side].ecnCleared
      rewritten.resegmented[side] = directions[side].resegmented
    }
    var points: [PathPoint] = []
    points.reserveCapacity(middles.count + 2)
    func add(_ point: Int, _ sight: Int) {
      points.append(
        PathPoint(
          point: point, name: names[point], first: tables[point].sights[sight].firstPlace,
          last: tables[point].sights[sight].lastPlace))
    }
    add(first, number)
    for middle in middles {
      let own = Int(links[middle].pairing.pairOfFirst[number])
      add(links[middle].second, Int(links[middle].pairing.pairs[own].second))
    }
    add(second, Int(pair.second))
    return ConnectionPath(
      directions: directions, rewritten: rewritten, points: points,
      clockUncertainty: comparisons.first { $0.point == second }?.uncertainty,
      nearSide: pair.isReversed ? .server : .client, messages: messages)
  }

  /// Behind which point each lost segment was lost, in the order of the path.
  private func lostAfter(
    _ direction: PathDirection, _ side: Side, _ number: Int, _ pair: SightPair, _ link: PointLink,
    _ middles: [PointLink]
  ) -> [UInt8] {
    let isForward = (side == .client) != pair.isReversed
    // What did not come from the sender's point as far as each middle.
    let missing: [(point: Int, frames: Set<FramePlace>)] = middles.compactMap { middle in
      if isForward {
        let index = Int(middle.pairing.pairOfFirst[number])
        guard let result = middle.results[index] else { return nil }
        return (middle.second, Set(result.directions[side].lostFrames))
      }
      let partner = Int(middle.pairing.pairs[Int(middle.pairing.pairOfFirst[number])].second)
      guard
        let half = links.first(where: { $0.first == middle.second && $0.second == link.second }),
        half.pairing.pairOfFirst[partner] >= 0,
        let result = half.results[Int(half.pairing.pairOfFirst[partner])]
      else { return nil }
      return (middle.second, Set(result.directions[side].lostFrames))
    }
    return direction.lostFrames.map { frame in
      if isForward {
        // The last point it came by.
        let reached = missing.last { !$0.frames.contains(frame) }?.point ?? link.first
        return UInt8(truncatingIfNeeded: reached)
      }
      let reached = missing.first { !$0.frames.contains(frame) }?.point ?? link.second
      return UInt8(truncatingIfNeeded: reached - 1)
    }
  }

  /// Where the connections begin at the other end of a relay that carry the same bytes.
  public func proxied(at place: FramePlace, _ index: PathIndex) -> [FramePlace] {
    guard !relays.isEmpty, let seen = index[place] else { return [] }
    if seen.point == 0 {
      return (relays.ofFirst[seen.sight] ?? []).map {
        tables[points - 1].sights[Int($0)].firstPlace
      }
    }
    guard seen.point == points - 1 else { return [] }
    return (relays.ofSecond[seen.sight] ?? []).map { tables[0].sights[Int($0)].firstPlace }
  }

  public var hasRelays: Bool { !relays.isEmpty }

  /// Of the connections that no other point has, how many for which reason, by point.
  public func reasons(_ index: PathIndex) -> [[UnmatchedReason: Int]] {
    var reasons = Array(repeating: [UnmatchedReason: Int](), count: points)
    if index.unmatched.allSatisfy({ $0 == 0 }) { return reasons }
    for (point, numbers) in index.alone.enumerated() {
      for number in numbers { reasons[point][reason(point, Int(number), index), default: 0] += 1 }
    }
    return reasons
  }

  /// Why no other point has it.
  private func reason(_ point: Int, _ number: Int, _ index: PathIndex) -> UnmatchedReason {
    let sight = tables[point].sights[number]
    let other = point == 0 ? points - 1 : 0
    if let link = links.first(where: { $0.first == point && $0.second == points - 1 }),
      link.pairing.ambiguous.contains(Int32(truncatingIfNeeded: number))
    {
      return .ambiguous
    }
    let first = clocks[point].time(sight.firstTime, ordinal: sight.firstOrdinal)
    let last = clocks[point].time(sight.lastTime, ordinal: sight.lastOrdinal)
    if !span(of: other).overlaps(min(first, last)...max(first, last)) { return .notCaptured }
    let sends = sight.end(.client)
    if point == 0, sends.syn != nil, sight.end(.server).segments == 0,
      index.reached.contains(sight.endpoint(.server).address)
    {
      return .neverArrived
    }
    return .noCounterpart
  }
}
