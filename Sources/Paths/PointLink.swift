import TCPModel

/// Two points of a path, the first one nearer to the clients.
struct PointLink {
  let first: Int
  let second: Int
  private(set) var pairing: Pairing
  private var sampler = ClockSampler()
  private var identifications: [Int32: ClockSampler.Identifications] = [:]
  private var leastWays: [Int32: Int64] = [:]
  /// Connections that are going on, two lanes each; by pair, -1 before and behind.
  private var open: [OpenPair] = []
  private var lanes: [Lane] = []
  private var free: [Int] = []
  private var openOf: [Int32] = []
  private(set) var results: [PairResult?] = []
  private(set) var totals = PathTotals()
  /// The connections whose ways are wanted, in a walk after the one that matched all.
  private var flights: [Int32: [PathFlight]]?
  private var surroundings = Surroundings()

  /// What the captures at both ends tell beside the segments.
  struct Surroundings {
    /// From when to when each point captured, on the first point's clock.
    var spans: (first: ClosedRange<Int64>, second: ClosedRange<Int64>) =
      (Int64.min...Int64.max, Int64.min...Int64.max)
    var drops: (first: Bool, second: Bool) = (false, false)
    var isTimed = true
    var slack: Int64 = 500_000
    var doubt: Int64 = 0
  }

  private struct OpenPair: BitwiseCopyable {
    /// Points whose last segment has come by.
    var isFirstOver = false
    var isSecondOver = false
  }

  /// Of a place among the open ones.
  private func laneIndex(_ place: Int, _ side: Side) -> Int {
    2 * place + (side == .client ? 0 : 1)
  }

  struct PairResult {
    var directions: PerSide<PathDirection>
    var showsForeignSACK: Bool

    /// Everything arrived as it was sent, and the usual times of both ways are not far from each other.
    var isUnremarkable: Bool {
      guard !showsForeignSACK, directions.client.isUnremarkable, directions.server.isUnremarkable
      else { return false }
      guard let there = directions.client.delay, let back = directions.server.delay else {
        return true
      }
      return (there.median &- back.median).magnitude < PathDirection.leastAsymmetry
    }
  }

  init(first: Int, second: Int, _ tables: [SightTable]) {
    self.first = first
    self.second = second
    pairing = Pairing(tables[first].sights, tables[second].sights)
  }

  private func lane(_ pair: Int32, _ side: Side) -> Int32 { pair &* 2 &+ (side == .client ? 0 : 1) }

  /// Where a side's segments come from: the first point, or the second.
  private func isFromFirst(_ side: Side, _ pair: SightPair) -> Bool {
    (side == .client) != pair.isReversed
  }

  /// The pair of one of the points' sights, -1 where there is none.
  func pair(of number: Int, isSecond: Bool) -> Int32 {
    isSecond ? pairing.pairOfSecond[number] : pairing.pairOfFirst[number]
  }

  private func side(isFromClient: Bool, _ pair: SightPair, isSecond: Bool) -> Side {
    isFromClient != (isSecond && pair.secondIsSwapped) ? .client : .server
  }

  // MARK: Clocks

  mutating func sample(_ one: SegmentSamples, _ other: SegmentSamples, _ tables: [SightTable]) {
    sampler = ClockSampler(one, other) { sample, isSecond in
      let number = Int(sample.sight)
      let index = pair(of: number, isSecond: isSecond)
      guard index >= 0 else { return nil }
      let pair = pairing.pairs[Int(index)]
      let client = tables[isSecond ? second : first].sights[number].client
      let side = side(isFromClient: sample.from == client, pair, isSecond: isSecond)
      return SampledLane(
        number: lane(index, side), pair: pair, side: side, isForward: isFromFirst(side, pair))
    }
  }

  var samples: [ClockSample] { sampler.samples }

  /// Ends the walk for the clocks; what segments were compared by is given up.
  mutating func beginMatching(
    _ surroundings: Surroundings, _ clocks: (first: PointClock, second: PointClock)
  ) {
    identifications = sampler.identifications
    leastWays = sampler.leastWays(clocks)
    sampler = ClockSampler()
    self.surroundings = surroundings
    openOf = Array(repeating: -1, count: pairing.pairs.count)
    results = Array(repeating: nil, count: pairing.pairs.count)
  }

  /// Whether a direction's segments keep their identification: they themselves show it, or where there
  /// are too few of them, all others of that direction.
  private func keepsIdentification(_ pair: Int32, _ side: Side, isForward: Bool) -> Bool {
    if let own = identifications[lane(pair, side)], own.equal + own.different >= 3 {
      return own.different == 0
    }
    guard let all = identifications[isForward ? -1 : -2] else { return false }
    return all.equal >= 8 && all.different * 100 <= all.equal
  }

  // MARK: The walk that matches

  mutating func match(
    _ segment: Segment, _ index: Int32, isFromClient: Bool, ordinal: Int64, isLast: Bool,
    isSecond: Bool
  ) {
    if let flights, flights[index] == nil { return }
    let pair = pairing.pairs[Int(index)]
    let place = openPlace(index, pair)
    let side = side(isFromClient: isFromClient, pair, isSecond: isSecond)
    let packet = Packet(
      segment, time: segment.time.nanoseconds, ordinal: ordinal,
      delta: isSecond ? (pair.delta[side], pair.delta[side.peer]) : (0, 0))
    let own = laneIndex(place, side)
    if isFromFirst(side, pair) != isSecond {
      lanes[own].send(packet)
      if segment.flags.contains(.ack), !packet.isRST {
        lanes[laneIndex(place, side.peer)].acknowledge(packet.acknowledgment)
      }
    } else {
      lanes[own].arrive(packet)
    }
    if lanes[own].isDue { lanes[own].settle(now: packet.time, isOver: false) }
    if isLast {
      if isSecond { open[place].isSecondOver = true } else { open[place].isFirstOver = true }
      if open[place].isFirstOver, open[place].isSecondOver { close(index) }
    }
  }

  /// The place of a connection that is going on; where it begins, one that another one has given up.
  private mutating func openPlace(_ index: Int32, _ pair: SightPair) -> Int {
    let known = Int(openOf[Int(index)])
    if known >= 0 { return known }
    let place: Int
    if let given = free.popLast() {
      place = given
      open[place] = OpenPair()
    } else {
      place = open.count
      open.append(OpenPair())
      lanes.append(Lane())
      lanes.append(Lane())
    }
    for side in Side.allCases {
      lanes[laneIndex(place, side)].begin(
        setting(index, pair, side), side: side, recordsFlights: flights != nil)
    }
    openOf[Int(index)] = Int32(truncatingIfNeeded: place)
    return place
  }

  private func setting(_ index: Int32, _ pair: SightPair, _ side: Side) -> Lane.Setting {
    let isForward = isFromFirst(side, pair)
    var setting = Lane.Setting()
    setting.keepsTimestamps = pair.keepsTimestamps[side]
    setting.keepsIdentification = keepsIdentification(index, side, isForward: isForward)
    setting.isTimed = surroundings.isTimed
    setting.slack = surroundings.slack
    setting.doubt = surroundings.doubt
    setting.least = leastWays[lane(index, side)] ?? .max
    let (spans, drops) = (surroundings.spans, surroundings.drops)
    setting.sender = isForward ? spans.first : spans.second
    setting.receiver = isForward ? spans.second : spans.first
    setting.senderDrops = isForward ? drops.first : drops.second
    setting.receiverDrops = isForward ? drops.second : drops.first
    setting.changesPeerNumbers = pair.delta[side.peer] != 0
    setting.isForward = isForward
    setting.largest = pair.largest[side]
    return setting
  }

  private mutating func close(_ index: Int32) {
    let place = Int(openOf[Int(index)])
    guard place >= 0 else { return }
    openOf[Int(index)] = -1
    free.append(place)
    let (client, server) = (laneIndex(place, .client), laneIndex(place, .server))
    lanes[client].finish()
    lanes[server].finish()
    if flights != nil {
      flights?[index] = lanes[client].flights + lanes[server].flights
    } else {
      totals.add(lanes[client], of: .client)
      totals.add(lanes[server], of: .server)
      results[Int(index)] = PairResult(
        directions: PerSide(client: lanes[client].result, server: lanes[server].result),
        showsForeignSACK: lanes[client].showsForeignSACK || lanes[server].showsForeignSACK)
    }
    lanes[client].giveUp()
    lanes[server].giveUp()
  }

  /// Begins a walk that notes the ways of some connections.
  mutating func record(_ pairs: [Int32]) {
    flights = Dictionary(pairs.map { ($0, []) }) { first, _ in first }
  }

  func flights(of pair: Int32) -> [PathFlight] { flights?[pair] ?? [] }

  mutating func finish() {
    for index in openOf.indices where openOf[index] >= 0 {
      close(Int32(truncatingIfNeeded: index))
    }
    if flights == nil { totals.finish() }
  }
}
