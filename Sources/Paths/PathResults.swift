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
    guard let seen = index.places[place] else { return nil }
    let (point, number) = (Int(seen.point), Int(seen.sight))
    let partners = links.indices.filter {
      links[$0].first == point && links[$0].pairing.pairOfFirst[number] >= 0
    }
    guard let last = partners.max(by: { links[$0].second < links[$1].second }) else {
      return .unmatched(reason(point, number, index))
    }
    return .joined(
      path(
        number, links[last], middles: partners.dropLast().map { links[$0] }, names,
        messages.fates(of: place)))
  }

  private func path(
    _ number: Int, _ link: PointLink, middles: [PointLink], _ names: [String],
    _ messages: [PathMessage]
  ) -> ConnectionPath {
    let index = Int(link.pairing.pairOfFirst[number])
    let pair = link.pairing.pairs[index]
    let one = tables[link.first].sights[number]
    let other = tables[link.second].sights[Int(pair.second)]
    let result = link.results[index]
    var directions = result?.directions ?? PerSide(both: PathDirection())
    if !middles.isEmpty {
      for side in Side.allCases {
        directions[side].lostAfter = lostAfter(
          directions[side], side, number, pair, link, middles)
      }
    }
    let foreign = result?.showsForeignSACK ?? false
    // The client may be beyond the second point, and the two points' sights may name the sides otherwise.
    var rewritten =
      pair.isReversed
      ? PathRewrites(
        atClient: other, atServer: one,
        side: { pair.secondSide($0) }, showsForeignSACK: foreign)
      : PathRewrites(
        atClient: one, atServer: other,
        side: { pair.secondSide($0) }, showsForeignSACK: foreign)
    for side in Side.allCases {
      rewritten.dscp[side] = directions[side].dscp.map {
        pair.isReversed ? Rewrite($0.atServer, $0.atClient) : $0
      }
      rewritten.ecnCleared[side] = directions[side].ecnCleared
      rewritten.resegmented[side] = directions[side].resegmented
    }
    var points = [
      PathPoint(
        point: link.first, name: names[link.first], first: one.firstPlace, last: one.lastPlace)
    ]
    for middle in middles + [link] {
      let partner = middle.pairing.pairs[Int(middle.pairing.pairOfFirst[number])].second
      let sight = tables[middle.second].sights[Int(partner)]
      points.append(
        PathPoint(
          point: middle.second, name: names[middle.second], first: sight.firstPlace,
          last: sight.lastPlace))
    }
    return ConnectionPath(
      directions: directions, rewritten: rewritten, points: points,
      clockUncertainty: comparisons.first { $0.point == link.second }?.uncertainty,
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
    guard !relays.isEmpty, let seen = index.places[place] else { return [] }
    if seen.point == 0 {
      return (relays.ofFirst[seen.sight] ?? []).map {
        tables[points - 1].sights[Int($0)].firstPlace
      }
    }
    guard Int(seen.point) == points - 1 else { return [] }
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
