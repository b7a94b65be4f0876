import TCPModel
import TestSupport

@testable import Paths

/// Connections between two points of a path, made up segment by segment, with what the path did to
/// them.
struct TwoPoints {
  /// Nanoseconds one way, by sender.
  var delays = PerSide<Int64>(client: 12_000_000, server: 15_000_000)
  var jitter: Int64 = 300_000
  /// The second clock less the first one.
  var offset: Int64 = 0
  /// In parts of 1.
  var skew = 0.0
  var hasTimestamps = true
  var hasIdentifications = true
  /// One of so many segments is lost; none where 0.
  var lossShare = 0
  var duplicateShare = 0
  var connections = 3
  /// Bursts of data a connection sends.
  var bursts = 30
  /// Nanoseconds between two bursts.
  var pause: Int64 = 20_000_000

  private(set) var first: [Segment] = []
  private(set) var second: [Segment] = []
  /// Frames in the sender's capture, by sender, by connection's client port.
  private(set) var lost: [UInt16: PerSide<[Int64]>] = [:]
  private(set) var duplicated: [UInt16: PerSide<Int64>] = [:]

  private static let start: Int64 = 1_795_912_000_000_000_000

  private struct Sight {
    var segment: Segment
    var time: Int64
    /// Set where the segment of this sender's capture was lost.
    var isLost = false
  }

  mutating func make(_ random: inout SeededGenerator) {
    var sights: (first: [Sight], second: [Sight]) = ([], [])
    for number in 0..<connections {
      makeConnection(UInt16(40_000 + number), &random, &sights)
    }
    first = number(sights.first, isSecond: false)
    second = number(sights.second, isSecond: true)
  }

  private mutating func number(_ sights: [Sight], isSecond: Bool) -> [Segment] {
    let sorted = sights.enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }
    return sorted.enumerated().map { index, entry in
      let sight = entry.element
      var segment = sight.segment
      segment.frame = Int64(index + 1)
      let since = sight.time - TwoPoints.start
      let clock = isSecond ? offset + Int64((Double(since) * skew).rounded()) : 0
      segment.time = Timestamp(nanoseconds: sight.time + clock)
      segment.capture = isSecond ? 1 : 0
      if sight.isLost {
        let client = max(segment.key.low.port, segment.key.high.port)
        let side: Side = isSecond ? .server : .client
        lost[client, default: PerSide(both: [])][side].append(segment.frame)
      }
      return segment
    }
  }

  private mutating func makeConnection(
    _ port: UInt16, _ random: inout SeededGenerator,
    _ sights: inout (first: [Sight], second: [Sight])
  ) {
    let client = Endpoint(address: IPAddress(ipv4: 0x0A00_0001), port: port)
    let server = Endpoint(address: IPAddress(ipv4: 0x0A00_0002), port: 443)
    let bases = PerSide(
      client: UInt32.random(in: 0...UInt32.max, using: &random),
      server: UInt32.random(in: 0...UInt32.max, using: &random))
    var next = PerSide(client: bases.client, server: bases.server)
    var identification = PerSide<UInt16>(client: 100, server: 7000)
    var time = TwoPoints.start + Int64(random.number(0...5_000_000))
    duplicated[port, default: PerSide(both: 0)].client += 0

    func send(
      _ side: Side, _ flags: TCPFlags, _ length: UInt32, at sequence: UInt32, _ points: inout Self,
      _ random: inout SeededGenerator, _ sights: inout (first: [Sight], second: [Sight])
    ) -> Bool {
      let (source, destination) = side == .client ? (client, server) : (server, client)
      let key = FlowKey(source: source, destination: destination)
      var options = TCPOptions()
      if points.hasTimestamps {
        options.kinds = .timestamps
        options.timestampValue = UInt32(truncatingIfNeeded: time / 1_000_000)
      }
      var segment = Segment(
        key: key, from: FlowKey.isOrdered(source, destination) ? .low : .high,
        time: Timestamp(nanoseconds: 0), frame: 0, sequence: SequenceNumber(sequence),
        acknowledgment: SequenceNumber(flags.contains(.ack) ? next[side.peer] : 0), flags: flags,
        window: 500, payloadLength: length, ipLength: length + 52, options: options)
      if points.hasIdentifications {
        identification[side] &+= 1
        segment.ipIdentification = identification[side]
      }
      segment.ttl = 64
      let isLost = points.lossShare > 0 && random.once(in: points.lossShare)
      let sent = Sight(segment: segment, time: time, isLost: isLost)
      segment.ttl = 60
      var arrivals: [Sight] = []
      if !isLost {
        let way = points.delays[side] + Int64(random.number(0...Int(points.jitter)))
        arrivals.append(Sight(segment: segment, time: time + way))
        if points.duplicateShare > 0, random.once(in: points.duplicateShare) {
          arrivals.append(Sight(segment: segment, time: time + way + 40_000))
          points.duplicated[port, default: PerSide(both: 0)][side] += 1
        }
      }
      if side == .client {
        sights.first.append(sent)
        sights.second += arrivals
      } else {
        sights.second.append(sent)
        sights.first += arrivals
      }
      time += 20_000
      return !isLost
    }

    // The opening always arrives: what is compared is what follows.
    let (losses, copies) = (lossShare, duplicateShare)
    (lossShare, duplicateShare) = (0, 0)
    _ = send(.client, .syn, 0, at: next.client, &self, &random, &sights)
    next.client &+= 1
    time += delays.client + 1_000_000
    _ = send(.server, .synACK, 0, at: next.server, &self, &random, &sights)
    next.server &+= 1
    time += delays.server + 1_000_000
    _ = send(.client, .ack, 0, at: next.client, &self, &random, &sights)
    (lossShare, duplicateShare) = (losses, copies)
    for _ in 0..<bursts {
      let side: Side = random.once(in: 2) ? .client : .server
      var missing: [(sequence: UInt32, length: UInt32)] = []
      for _ in 0..<random.number(1...4) {
        let length = UInt32(random.number(1...1448))
        if !send(side, .ack, length, at: next[side], &self, &random, &sights) {
          missing.append((next[side], length))
        }
        next[side] &+= length
      }
      // What was lost is repeated until it arrives: nobody acknowledges what did not come.
      while let lost = missing.first {
        time += 1_500_000
        if send(side, .ack, lost.length, at: lost.sequence, &self, &random, &sights) {
          missing.removeFirst()
        }
      }
      time += delays[side] + jitter
      _ = send(side.peer, .ack, 0, at: next[side.peer], &self, &random, &sights)
      if random.once(in: 3) {
        // The sender repeats some of it, needed or not.
        time += 3_000_000
        let back = UInt32(random.number(1...200))
        _ = send(side, .ack, back, at: next[side] &- back, &self, &random, &sights)
      }
      time += pause
    }
    // Both captures see that they go on to the end.
    time += 100_000_000
    (lossShare, duplicateShare) = (0, 0)
    _ = send(.client, .ack, 1, at: next.client, &self, &random, &sights)
    next.client &+= 1
    time += 100_000_000
    _ = send(.server, .ack, 1, at: next.server, &self, &random, &sights)
    time += 100_000_000
    _ = send(.client, .ack, 0, at: next.client, &self, &random, &sights)
    (lossShare, duplicateShare) = (losses, copies)
  }
}

/// What the module makes of the segments of some points.
struct Joined {
  var join: PathJoin
  var paths: [ConnectionPath] = []
  var unmatched: [UnmatchedReason] = []
  /// Segments that are counted.
  var counted = 0

  init(_ points: [[Segment]], isSameClock: Bool = false) {
    join = PathJoin(
      points.map { segments in
        var survey = PointSurvey()
        survey.add(segments.span)
        return survey
      })
    join.pair()
    join.compareClocks(isSameClock: isSameClock, drops: points.map { _ in false })
    let timed = points.enumerated().map { point, segments in
      let clock = join.clock(of: point)
      return segments.map { segment in
        var segment = segment
        segment.time = clock.corrected(
          segment.time, capture: segment.capture, frame: segment.frame, rank: { Int($0) })
        return segment
      }
    }
    var next = Array(repeating: 0, count: points.count)
    var merged: [Segment] = []
    while true {
      let waiting = timed.indices.filter { next[$0] < timed[$0].count }
      guard let point = waiting.min(by: { timed[$0][next[$0]].time < timed[$1][next[$1]].time })
      else { break }
      merged.append(timed[point][next[point]])
      next[point] += 1
    }
    // By capture, whichever is given first.
    var pointOf = Array(points.indices)
    for (point, segments) in points.enumerated() {
      if let first = segments.first { pointOf[Int(first.capture)] = point }
    }
    var isCounted: [Bool] = []
    join.match(merged.span, pointOf: pointOf, &isCounted)
    counted = isCounted.count { $0 }
    join.finish()
    let index = join.beginnings()
    for segment in merged {
      let place = FramePlace(capture: segment.capture, frame: segment.frame)
      switch join.verdict(at: place, index, names: points.indices.map { "\($0)" }) {
      case .joined(let path): paths.append(path)
      case .unmatched(let reason): unmatched.append(reason)
      case nil: continue
      }
    }
  }

  var clock: ClockComparison? { join.comparisons.last }

  func sum(_ value: (PathDirection) -> Int64) -> Int64 {
    paths.reduce(0) { $0 + value($1.directions.client) + value($1.directions.server) }
  }
}
