import Support
import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What holds for any capture. The seed is in every message; `TCPTIMELINE_SEED` repeats it.
@Suite struct RandomTraceTests {
  private let seed = SeededGenerator.seed

  @Test(arguments: Damage.allCases)
  func anyDamage(_ damage: Damage) {
    var random = SeededGenerator(seed: seed)
    for round in 0..<30 {
      let truth = RandomConnection(seed: seed, number: UInt16(round))
      let segments = damage.applied(to: truth.segments, &random)
      let note = Comment("seed \(seed), round \(round), \(damage)")
      let analysis = Analysis(segments, batch: random.number(1...9))
      let whole = Analysis(segments)
      #expect(
        analysis.connections.map(\.image) == whole.connections.map(\.image), note)
      let mirrored = Analysis(RandomConnection.mirrored(segments))
      #expect(
        whole.connections.map(\.image) == mirrored.connections.map(\.image), note)
      for connection in whole.connections {
        let fault = connection.phaseFault
        #expect(fault == nil, note)
        check(connection, truth, note)
      }
      let captured = whole.connections.map { $0.summary.traffic }
      let total = captured.reduce(0) { $0 + $1.client.segments + $1.server.segments }
      #expect(total == segments.count, note)
    }
  }

  private func check(_ connection: Connection, _ truth: RandomConnection, _ note: Comment) {
    let summary = connection.summary
    if !truth.isClosed { #expect(summary.outcome != .closed, note) }
    let ends: Set<TCPState> = [
      .finWait1, .finWait2, .closeWait, .closing, .lastACK, .timeWait,
    ]
    for side in Side.allCases {
      let changes = connection.states[side]
      let times = changes.compactMap(\.at)
      #expect(times == times.sorted(), note)
      #expect(times.allSatisfy { $0 >= 0 }, note)
      if truth.isOpen {
        #expect(changes.allSatisfy { !ends.contains($0.state) }, note)
        #expect(changes.dropFirst().allSatisfy { $0.state != .closed }, note)
      }
      let traffic = summary.traffic[side]
      #expect((traffic.uniqueBytes ?? 0) <= traffic.payloadBytes, note)
      #expect((traffic.uniqueBytes ?? 0) >= 0 && (traffic.missingBytes ?? 0) >= 0, note)
      #expect((traffic.retransmittedBytes ?? 0) <= traffic.payloadBytes, note)
    }
    #expect(summary.outcome != .closed || summary.traffic.client.fin > 0, note)
    #expect(summary.outcome != .closed || summary.traffic.server.fin > 0, note)
  }

  /// A whole capture: every end is told as it was.
  @Test func nothingDamaged() {
    for round in 0..<100 {
      let truth = RandomConnection(seed: seed, number: UInt16(round))
      let connections = Analysis(truth.segments).connections
      let note = Comment("seed \(seed), round \(round)")
      #expect(connections.count == 1, note)
      guard let one = connections.first else { continue }
      #expect((one.summary.outcome == .closed) == truth.isClosed, note)
      #expect(one.summary.traffic.client.missingBytes == 0, note)
      #expect(one.summary.traffic.server.missingBytes == 0, note)
      #expect(one.counts(.client).ambiguous + one.counts(.server).ambiguous == 0, note)
      #expect(one.counts(.client).duplicateFrames == 0, note)
    }
  }

  /// So many connections, one after another, each damaged in another way.
  private func damaged(_ count: Int, _ round: Int, _ random: inout SeededGenerator) -> [Segment] {
    (0..<count).flatMap { number in
      let truth = RandomConnection(seed: seed, number: UInt16(round * count + number))
      return Damage.allCases[number % Damage.allCases.count].applied(to: truth.segments, &random)
    }
  }

  /// A record that was packed and opened again has forgotten nothing.
  @Test(arguments: [1, 2, 5])
  func packedAfterEverySegment(_ slots: Int) {
    var random = SeededGenerator(seed: seed)
    for round in 0..<10 {
      var segments = damaged(6, round, &random)
      segments.sort { ($0.time, $0.key.low.port) < ($1.time, $1.key.low.port) }
      for index in segments.indices { segments[index].frame = Int64(index + 1) }
      let packed = Analysis(segments, RecordStore.Limits(first: slots, most: slots, share: .max))
      let open = Analysis(segments)
      #expect(
        packed.connections.map(\.image) == open.connections.map(\.image),
        "seed \(seed), round \(round)")
    }
  }

  /// A connection described in the place of another one keeps nothing of that one.
  @Test func describedInTheSamePlace() {
    var random = SeededGenerator(seed: seed)
    for round in 0..<10 {
      let segments = damaged(12, round, &random)
      var correlator = Correlator(phaseLimit: .max)
      correlator.ingest(segments.span)
      var connection = Connection()
      for index in Array(0..<correlator.count) + (0..<correlator.count).reversed() {
        correlator.describe(index, withLists: true, in: &connection)
        #expect(
          "\(connection)" == "\(correlator.connection(at: index))",
          "seed \(seed), round \(round), connection \(index)")
      }
    }
  }

  /// Connections do not know of each other.
  @Test func togetherAsApart() {
    var random = SeededGenerator(seed: seed)
    for round in 0..<10 {
      var apart: [ConnectionImage] = []
      var together: [Segment] = []
      var frame: Int64 = 0
      for number in 0..<random.number(2...12) {
        let damage = Damage.allCases[random.number(0...Damage.allCases.count - 1)]
        var segments = damage.applied(
          to: RandomConnection(seed: seed, number: UInt16(round * 20 + number)).segments, &random)
        for index in segments.indices {
          frame += 1
          segments[index].frame = frame
        }
        apart += Analysis(segments).connections.map(image)
        together = random.interleave(together, segments)
      }
      let all = Analysis(together).connections.map(image)
      #expect(all.count == apart.count, "seed \(seed), round \(round)")
      #expect(all.allSatisfy(apart.contains), "seed \(seed), round \(round)")
    }
  }

  /// But for what others show: who is a server.
  private func image(_ connection: Connection) -> ConnectionImage {
    var connection = connection
    connection.summary.landmarks.sidesAreAssumed = false
    return connection.image
  }

  /// Segments that make no sense at all, at times that make none.
  @Test func nonsenseNeverTraps() {
    var random = SeededGenerator(seed: seed)
    let numbers: [UInt32] = [0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF]
    let times: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
    for round in 0..<100 {
      var segments: [Segment] = []
      let firstFrame = random.once(in: 4) ? Int64.max - 60 : 1
      let base = UInt32.random(in: 0...UInt32.max, using: &random)
      for frame in 0..<60 {
        let truth = RandomConnection(seed: seed, number: UInt16(round % 3))
        var segment = truth.segments[0]
        segment.from = random.once(in: 2) ? .low : .high
        segment.flags = TCPFlags(rawValue: UInt16(random.number(0...511)))
        if random.once(in: 2) { segment.flags.remove([.syn, .rst]) }
        segment.sequence = SequenceNumber(
          random.once(in: 3) ? base : base &+ numbers[random.number(0...6)])
        segment.acknowledgment = SequenceNumber(
          random.once(in: 3) ? base : base &+ numbers[random.number(0...6)])
        segment.payloadLength = random.once(in: 3) ? 0 : numbers[random.number(0...6)]
        segment.ipLength = numbers[random.number(0...6)]
        segment.window = UInt16(random.number(0...65_535))
        segment.options.kinds = TCPOptions.Kinds(rawValue: UInt16(random.number(0...65_535)))
        segment.options.windowScale = UInt8(random.number(0...255))
        segment.options.mss = UInt16(random.number(0...20))
        segment.options.timestampValue = numbers[random.number(0...6)]
        segment.options.sackCount = UInt8(random.number(0...4))
        segment.ipIdentification = UInt16(random.number(0...3))
        segment.isHeaderDamaged = random.once(in: 10)
        segment.time = Timestamp(
          nanoseconds: random.once(in: 4)
            ? times[random.number(0...6)] : Int64(random.number(0...1_000_000_000)))
        segment.frame = firstFrame + Int64(frame)
        segments.append(segment)
      }
      var findings = FindingCollector()
      let connections = Analysis(segments, batch: random.number(1...60)).connections
      for connection in connections {
        findings.add(connection.summary)
        #expect(connection.phases.allSatisfy { $0.duration >= 0 }, "seed \(seed), round \(round)")
      }
      #expect(findings.findings().allSatisfy { !$0.text.isEmpty })
    }
  }
}

extension SeededGenerator {
  /// Merges two captures; each keeps its order.
  fileprivate mutating func interleave(_ left: [Segment], _ right: [Segment]) -> [Segment] {
    var result: [Segment] = []
    var (leftIndex, rightIndex) = (0, 0)
    while leftIndex < left.count || rightIndex < right.count {
      let takesLeft =
        rightIndex == right.count || (leftIndex < left.count && once(in: 2))
      result.append(takesLeft ? left[leftIndex] : right[rightIndex])
      if takesLeft { leftIndex += 1 } else { rightIndex += 1 }
    }
    return result
  }
}
