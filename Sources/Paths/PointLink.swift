import TCPModel

/// Two points of a path, the first one nearer to the clients.
struct PointLink {
  let first: Int
  let second: Int
  private(set) var pairing: Pairing
  private var sampler: ClockSampler
  private var identifications: [Int32: ClockSampler.Identifications] = [:]
  private var leastWays: [Int32: Int64] = [:]
  /// Connections that are going on, two lanes each; by pair, -1 before and behind.
  private var open: [OpenPair] = []
  private var free: [Int] = []
  private var openOf: [Int32] = []
  private(set) var results: [PairResult?] = []
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

  private struct OpenPair {
    var lanes: PerSide<Lane>
    /// Points whose last segment has come by.
    var over: (first: Bool, second: Bool) = (false, false)
  }

  struct PairResult {
    var directions: PerSide<PathDirection>
    var showsForeignSACK: Bool
  }

  init(first: Int, second: Int, _ tables: [SightTable]) {
    self.first = first
    self.second = second
    pairing = Pairing(tables[first].sights, tables[second].sights)
    sampler = ClockSampler(segments: max(tables[first].ordinal, tables[second].ordinal))
  }

  private func lane(_ pair: Int32, _ side: Side) -> Int32 { pair &* 2 &+ (side == .client ? 0 : 1) }

  /// Where a side's segments come from: the first point, or the second.
  private func isFromFirst(_ side: Side, _ pair: SightPair) -> Bool {
    (side == .client) != pair.isReversed
  }

  private func side(
    of segment: Segment, _ sight: Sight, _ pair: SightPair, isSecond: Bool
  ) -> Side {
    let side: Side = segment.from == sight.client ? .client : .server
    return isSecond && pair.secondIsSwapped ? side.peer : side
  }

  // MARK: The walk for the clocks

  mutating func sample(
    _ segment: Segment, _ sight: Sight, _ number: Int, ordinal: Int64, isSecond: Bool
  ) {
    let index = isSecond ? pairing.pairOfSecond[number] : pairing.pairOfFirst[number]
    guard index >= 0 else { return }
    let pair = pairing.pairs[Int(index)]
    let side = side(of: segment, sight, pair, isSecond: isSecond)
    if isSecond {
      sampler.ingestSecond(segment, pair, lane(index, side), ordinal: ordinal)
    } else {
      sampler.ingestFirst(
        segment, pair, lane(index, side), ordinal: ordinal, isForward: isFromFirst(side, pair))
    }
  }

  var samples: [ClockSample] { sampler.samples }

  /// Ends the walk for the clocks; what segments were compared by is given up.
  mutating func beginMatching(
    _ surroundings: Surroundings, _ clocks: (first: PointClock, second: PointClock)
  ) {
    identifications = sampler.identifications
    leastWays = sampler.leastWays(clocks)
    sampler = ClockSampler(segments: 0)
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
    _ segment: Segment, _ sight: Sight, _ number: Int, ordinal: Int64, isSecond: Bool
  ) {
    let index = isSecond ? pairing.pairOfSecond[number] : pairing.pairOfFirst[number]
    guard index >= 0 else { return }
    if let flights, flights[index] == nil { return }
    let pair = pairing.pairs[Int(index)]
    let place = openPlace(index, pair)
    let side = side(of: segment, sight, pair, isSecond: isSecond)
    let packet = Packet(
      segment, time: segment.time.nanoseconds, ordinal: ordinal,
      delta: isSecond ? (pair.delta[side], pair.delta[side.peer]) : (0, 0))
    if isFromFirst(side, pair) != isSecond {
      open[place].lanes[side].send(packet)
      if segment.flags.contains(.ack), !packet.isRST {
        open[place].lanes[side.peer].acknowledge(packet.acknowledgment)
      }
    } else {
      open[place].lanes[side].arrive(packet)
    }
    if open[place].lanes[side].isDue {
      open[place].lanes[side].settle(now: packet.time, isOver: false)
    }
    if ordinal >= sight.lastOrdinal {
      if isSecond { open[place].over.second = true } else { open[place].over.first = true }
      if open[place].over.first, open[place].over.second { close(index) }
    }
  }

  private mutating func openPlace(_ index: Int32, _ pair: SightPair) -> Int {
    if openOf[Int(index)] >= 0 { return Int(openOf[Int(index)]) }
    let lanes = PerSide(client: lane(index, pair, .client), server: lane(index, pair, .server))
    let place: Int
    if let last = free.popLast() {
      place = last
      open[place] = OpenPair(lanes: lanes)
    } else {
      place = open.count
      open.append(OpenPair(lanes: lanes))
    }
    openOf[Int(index)] = Int32(truncatingIfNeeded: place)
    return place
  }

  private func lane(_ index: Int32, _ pair: SightPair, _ side: Side) -> Lane {
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
    return Lane(setting, recordsFlights: flights != nil)
  }

  private mutating func close(_ index: Int32) {
    let place = Int(openOf[Int(index)])
    guard place >= 0 else { return }
    openOf[Int(index)] = -1
    free.append(place)
    for side in Side.allCases { open[place].lanes[side].finish() }
    let lanes = open[place].lanes
    if flights != nil {
      flights?[index] = Side.allCases.flatMap { lanes[$0].flights ?? [] }
      let empty = Lane(Lane.Setting())
      return open[place].lanes = PerSide(client: empty, server: empty)
    }
    results[Int(index)] = PairResult(
      directions: PerSide(client: lanes.client.result, server: lanes.server.result),
      showsForeignSACK: lanes.client.showsForeignSACK || lanes.server.showsForeignSACK)
    // What it held is given up with it.
    let empty = Lane(Lane.Setting())
    open[place].lanes = PerSide(client: empty, server: empty)
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
  }
}
