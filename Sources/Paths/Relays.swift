import TCPModel

/// Connections of two points that carry the same bytes, opened one for the other by a proxy between the points:
/// two connections, not one, whose segments have nothing to do with each other.
///
/// They are known by the random of the ClientHello that is passed through, by the bytes both sides begin with,
/// or by the target of the first request where the proxy's address stands in both. What fits several is told
/// only where their order in time leaves one way to put them together.
struct Relays {
  /// By sight of the first and of the last point: the other point's.
  private(set) var ofFirst: [Int32: [Int32]] = [:]
  private(set) var ofSecond: [Int32: [Int32]] = [:]
  /// When their first bytes came by at both points: a request is later at the second one, a response earlier.
  private(set) var samples: [ClockSample] = []

  /// More of a kind are not told apart.
  private static let limit = 64

  init() {}

  init(_ first: StreamHeads, _ second: StreamHeads, _ near: SightList, _ far: SightList) {
    var search = RelaySearch(first.all, second.all)
    search.join {
      $0.random == 0 ? nil : $0.random
    } accept: { _, _ in
      true
    }
    search.join {
      $0.ends.client.shortest
    } accept: { one, other in
      one.ends.client.agrees(with: other.ends.client) == true
        && one.ends.server.agrees(with: other.ends.server) != false
    }
    search.join {
      $0.request == 0 ? nil : $0.request
    } accept: { one, other in
      near[Int(one.sight)].endpoint(.server).address
        == far[Int(other.sight)].endpoint(.client).address
    }
    for (one, other) in search.pairs {
      ofFirst[one.sight, default: []].append(other.sight)
      ofSecond[other.sight, default: []].append(one.sight)
      for side in Side.allCases {
        let (left, right) = (one.ends[side], other.ends[side])
        if left.isEmpty || right.isEmpty { continue }
        samples.append(
          ClockSample(
            firstOrdinal: left.ordinal, secondOrdinal: right.ordinal, firstTime: left.time,
            secondTime: right.time, secondPlace: right.place, isForward: side == .client))
      }
    }
    samples.sort { ($0.secondOrdinal, $0.firstOrdinal) < ($1.secondOrdinal, $1.firstOrdinal) }
  }

  var isEmpty: Bool { ofFirst.isEmpty }

  private struct RelaySearch {
    let first: [StreamHead]
    let second: [StreamHead]
    private(set) var pairs: [(StreamHead, StreamHead)] = []
    private var isTaken: (first: Set<Int>, second: Set<Int>) = ([], [])

    init(_ first: [StreamHead], _ second: [StreamHead]) {
      self.first = first
      self.second = second
    }

    mutating func join(
      by key: (StreamHead) -> UInt64?, accept: (StreamHead, StreamHead) -> Bool
    ) {
      var groups: [UInt64: (first: [Int], second: [Int])] = [:]
      for index in second.indices where !isTaken.second.contains(index) {
        if let key = key(second[index]) { groups[key, default: ([], [])].second.append(index) }
      }
      var keys: [UInt64] = []
      for index in first.indices where !isTaken.first.contains(index) {
        guard let key = key(first[index]), groups[key] != nil else { continue }
        if groups[key]?.first.isEmpty ?? false { keys.append(key) }
        groups[key]?.first.append(index)
      }
      for key in keys {
        guard let group = groups[key], max(group.first.count, group.second.count) <= Relays.limit
        else { continue }
        solve(group.first, group.second, accept)
      }
    }

    /// Those that fit each other alone, then those of equal number that fit in the order of time.
    private mutating func solve(
      _ near: [Int], _ far: [Int], _ accept: (StreamHead, StreamHead) -> Bool
    ) {
      let fits = near.map { one in far.filter { accept(first[one], second[$0]) } }
      var left: (near: [Int], far: Set<Int>) = ([], [])
      for (one, candidates) in zip(near, fits) {
        if candidates.count == 1, let other = candidates.first,
          fits.count(where: { $0.contains(other) }) == 1
        {
          take(one, other)
        } else if !candidates.isEmpty {
          left.near.append(one)
          left.far.formUnion(candidates)
        }
      }
      let near = left.near.sorted { first[$0].ends.client.time < first[$1].ends.client.time }
      let far = left.far.sorted { second[$0].ends.client.time < second[$1].ends.client.time }
      guard near.count == far.count, near.count > 1,
        zip(near, far).allSatisfy({ accept(first[$0], second[$1]) }), isInStep(near, far)
      else { return }
      for (one, other) in zip(near, far) { take(one, other) }
    }

    /// No two of them are as near to each other as the time between the points varies.
    private func isInStep(_ near: [Int], _ far: [Int]) -> Bool {
      let times = near.map { first[$0].ends.client.time }
      let others = far.map { second[$0].ends.client.time }
      let ways = zip(times, others).map { $1 &- $0 }
      guard let least = ways.min(), let most = ways.max() else { return false }
      return [times, others].allSatisfy { times in
        zip(times, times.dropFirst()).allSatisfy { $1 &- $0 > most &- least }
      }
    }

    private mutating func take(_ one: Int, _ other: Int) {
      isTaken.first.insert(one)
      isTaken.second.insert(other)
      pairs.append((first[one], second[other]))
    }
  }
}
