import TCPModel

/// Two points of a path, the first one nearer to the clients.
struct PointLink {
  let first: Int
  let second: Int
  private(set) var pairing: Pairing
  private var sampler = ClockSampler()
  /// By lane, what the samples of the clocks told.
  private var identifications: [ClockSampler.Identifications] = []
  private var leastWays: [Int64] = []
  /// Of all lanes of a direction together.
  private var commonIdentifications = (
    forward: ClockSampler.Identifications(), back: ClockSampler.Identifications()
  )
  /// Connections that are going on, two lanes each; by pair, -1 before and behind.
  private var open: [OpenPair] = []
  private var free: [Int] = []
  private var openOf: [Int32] = []
  private(set) var results = PairResults()
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

  private struct OpenPair {
    /// Points whose last segment has come by.
    var isFirstOver = false
    var isSecondOver = false
    var lanes = PerSide(client: Lane(), server: Lane())

    /// Nothing follows.
    mutating func finish() {
      lanes.client.finish()
      lanes.server.finish()
    }

    var flights: [PathFlight] { lanes.client.flights + lanes.server.flights }

    // In its place, not by what it holds: to hand a lane on copies it.
    mutating func add(to totals: inout PathTotals, _ results: inout PairResults, pair: Int32) {
      totals.add(lanes.client.result, lanes.client.times, of: .client)
      totals.add(lanes.server.result, lanes.server.times, of: .server)
      results.set(Int(pair), &lanes.client, &lanes.server)
    }

    mutating func giveUp() {
      isFirstOver = false
      isSecondOver = false
      lanes.client.giveUp()
      lanes.server.giveUp()
    }
  }

  init(first: Int, second: Int, _ tables: [SightTable]) {
    self.first = first
    self.second = second
    pairing = Pairing(tables[first], tables[second])
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
    identifications = Array(
      repeating: ClockSampler.Identifications(), count: 2 * pairing.pairs.count)
    leastWays = Array(repeating: .max, count: 2 * pairing.pairs.count)
    commonIdentifications = sampler.addIdentifications(to: &identifications)
    sampler.findLeastWays(clocks, &leastWays)
    sampler = ClockSampler()
    self.surroundings = surroundings
    openOf = Array(repeating: -1, count: pairing.pairs.count)
    results = PairResults(count: pairing.pairs.count)
  }

  /// Whether a direction's segments keep their identification: they themselves show it, or where there
  /// are too few of them, all others of that direction.
  private func keepsIdentification(_ pair: Int32, _ side: Side, isForward: Bool) -> Bool {
    let own = identifications[Int(lane(pair, side))]
    if own.equal + own.different >= 3 { return own.different == 0 }
    let all = isForward ? commonIdentifications.forward : commonIdentifications.back
    return all.equal >= 8 && all.different * 100 <= all.equal
  }

  // MARK: The walk that matches

  /// Matches what concerns the link.
  mutating func match(_ seen: UnsafeBufferPointer<SeenSegment>) {
    // Each may begin a connection.
    while free.count < seen.count {
      free.append(open.count)
      open.append(OpenPair())
    }
    var open: [OpenPair] = []
    swap(&open, &self.open)
    open.withUnsafeMutableBufferPointer { open in
      guard let places = open.baseAddress else { return }
      for one in seen where one.sight >= 0 {
        let isSecond = Int(one.point) == second
        guard isSecond || Int(one.point) == first else { continue }
        let index = pair(of: Int(one.sight), isSecond: isSecond)
        guard index >= 0 else { continue }
        match(one, index, isSecond: isSecond, places)
      }
    }
    swap(&open, &self.open)
  }

  @inline(__always)
  private mutating func match(
    _ one: SeenSegment, _ index: Int32, isSecond: Bool, _ places: UnsafeMutablePointer<OpenPair>
  ) {
    if let flights, flights[index] == nil { return }
    let pair = pairing.pairs[Int(index)]
    let place = places + openPlace(index, pair, places)
    let side = side(isFromClient: one.isFromClient, pair, isSecond: isSecond)
    var packet = Packet(
      one, delta: isSecond ? (pair.delta[side], pair.delta[side.peer]) : (0, 0))
    let isSent = isFromFirst(side, pair) != isSecond
    if side == .client {
      place.pointee.lanes.client.take(&packet, isSent: isSent)
    } else {
      place.pointee.lanes.server.take(&packet, isSent: isSent)
    }
    if isSent, packet.acknowledges {
      if side == .client {
        place.pointee.lanes.server.acknowledge(packet.acknowledgment)
      } else {
        place.pointee.lanes.client.acknowledge(packet.acknowledgment)
      }
    }
    guard one.isLast else { return }
    if isSecond { place.pointee.isSecondOver = true } else { place.pointee.isFirstOver = true }
    if place.pointee.isFirstOver, place.pointee.isSecondOver { close(index, places) }
  }

  /// The place of a connection that is going on; where it begins, one that another one has given up.
  @inline(__always)
  private mutating func openPlace(
    _ index: Int32, _ pair: SightPair, _ places: UnsafeMutablePointer<OpenPair>
  ) -> Int {
    let known = Int(openOf[Int(index)])
    return known >= 0 ? known : begin(index, pair, places)
  }

  private mutating func begin(
    _ index: Int32, _ pair: SightPair, _ places: UnsafeMutablePointer<OpenPair>
  ) -> Int {
    let place = free.removeLast()
    let recordsFlights = flights != nil
    places[place].lanes.client.begin(
      setting(index, pair, .client), side: .client, recordsFlights: recordsFlights)
    places[place].lanes.server.begin(
      setting(index, pair, .server), side: .server, recordsFlights: recordsFlights)
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
    setting.least = leastWays[Int(lane(index, side))]
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

  private mutating func close(_ index: Int32, _ places: UnsafeMutablePointer<OpenPair>) {
    let place = Int(openOf[Int(index)])
    guard place >= 0 else { return }
    openOf[Int(index)] = -1
    free.append(place)
    places[place].finish()
    if flights != nil {
      flights?[index] = places[place].flights
    } else {
      places[place].add(to: &totals, &results, pair: index)
    }
    places[place].giveUp()
  }

  /// Begins a walk that notes the ways of some connections.
  mutating func record(_ pairs: [Int32]) {
    flights = Dictionary(pairs.map { ($0, []) }) { first, _ in first }
  }

  func flights(of pair: Int32) -> [PathFlight] { flights?[pair] ?? [] }

  mutating func finish() {
    var open: [OpenPair] = []
    swap(&open, &self.open)
    open.withUnsafeMutableBufferPointer { open in
      guard let places = open.baseAddress else { return }
      for index in openOf.indices where openOf[index] >= 0 {
        close(Int32(truncatingIfNeeded: index), places)
      }
    }
    swap(&open, &self.open)
    if flights == nil { totals.finish() }
  }
}
