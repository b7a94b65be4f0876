import Support
import TCPModel
import TestSupport
import Testing

@testable import Correlation

@Suite struct FlowTableTests {
  private func key(_ number: UInt32) -> FlowKey {
    FlowKey(
      source: Endpoint(address: IPAddress(ipv4: number), port: UInt16(truncatingIfNeeded: number)),
      destination: Endpoint(address: IPAddress(ipv4: 7), port: 80))
  }

  @Test func growsAndFindsAll() {
    var table = FlowTable()
    let keys = (0..<20_000).map { key(UInt32($0)) }
    for (index, key) in keys.enumerated() {
      let hash = table.hash(key)
      let position = table.find(hash) { keys[$0] == key }
      #expect(table.index(at: position) == nil)
      table.set(position, to: index, hash: hash)
    }
    for (index, key) in keys.enumerated() {
      let position = table.find(table.hash(key)) { keys[$0] == key }
      #expect(table.index(at: position) == index)
    }
  }

  /// Keys whose hashes are all equal stay apart, because the keys themselves are compared.
  @Test func survivesCollisions() {
    var table = FlowTable()
    let keys = (0..<500).map { key(UInt32($0)) }
    for index in keys.indices {
      table.set(table.find(42) { keys[$0] == keys[index] }, to: index, hash: 42)
    }
    for index in keys.indices {
      #expect(table.index(at: table.find(42) { keys[$0] == keys[index] }) == index)
    }
  }

  @Test func aNewConnectionTakesTheSlotOfTheOldOne() {
    var table = FlowTable()
    let hash = table.hash(key(1))
    table.set(table.find(hash) { _ in true }, to: 3, hash: hash)
    table.set(table.find(hash) { _ in true }, to: 9, hash: hash)
    #expect(table.index(at: table.find(hash) { $0 == 9 }) == 9)
  }

  /// The last one in is found first; the others are still there.
  @Test func theNewestFlowComesFirst() {
    var table = FlowTable()
    for index in 0..<50 {
      table.set(table.find(42) { _ in false }, to: index, hash: 42)
      #expect(table.index(at: table.position(42)) == index)
    }
    for index in 0..<50 { #expect(table.index(at: table.find(42) { $0 == index }) == index) }
  }

  @Test func hashDependsOnEveryPart() {
    let table = FlowTable()
    let base = FlowKey(
      source: Endpoint(address: IPAddress(ipv6: 1, 2), port: 3),
      destination: Endpoint(address: IPAddress(ipv6: 4, 5), port: 6))
    var others = [base, base, base, base, base, base]
    others[0].low.address.upper = 9
    others[1].low.address.lower = 9
    others[2].low.port = 9
    others[3].high.address.upper = 9
    others[4].high.address.lower = 9
    others[5].high.port = 9
    // Two of 2^32 values are equal by chance once in four thousand million.
    for other in others { #expect(table.hash(other) != table.hash(base)) }
  }
}

@Suite struct JournalTests {
  @Test func everySizeOfNumber() {
    var journal = Journal()
    var chain = Journal.Chain()
    let values: [Int64] = [0, 1, -1, 63, 64, -64, -65, 127, 128, 1 << 20, .max, .min, .max - 1]
    for value in values {
      journal.append(
        &chain, value < 0 ? .low : .high, .timeWait, Instant(at: value, frame: ~value), .assumed)
    }
    var read: [Int64?] = []
    journal.forEach(chain) { entry in
      guard case .state(let end, let change) = entry else { return }
      #expect((end == .low) == ((change.at ?? 0) < 0))
      #expect(change.state == .timeWait && change.basis == .assumed)
      #expect(change.frame == change.at.map { ~$0 })
      read.append(change.at)
    }
    #expect(read == values)
  }

  @Test func everyStateBasisAndPhase() {
    var journal = Journal()
    var chain = Journal.Chain()
    let bases: [StateBasis] = [.observed, .inferred, .assumed, .snapshot]
    var written: [String] = []
    for (index, state) in TCPState.allCases.enumerated() {
      for basis in bases {
        let instant = Instant(at: Int64(index), frame: 7)
        journal.append(&chain, index % 2 == 0 ? .low : .high, state, instant, basis)
        written.append("\(index % 2 == 0 ? End.low : .high) \(state.name) \(index) \(basis)")
      }
    }
    for phase in Phase.Name.allCases + [nil] {
      journal.append(&chain, phase, Instant(at: 500, frame: 8))
      written.append("\(phase?.name ?? "end") 500 8")
    }
    var read: [String] = []
    journal.forEach(chain) { entry in
      switch entry {
      case .state(let end, let change):
        read.append("\(end) \(change.state.name) \(change.at ?? -1) \(change.basis)")
      case .phase(let name, let instant):
        read.append("\(name?.name ?? "end") \(instant.at) \(instant.frame)")
      }
    }
    #expect(read == written)
  }

  /// Entries of every length, of several connections by turns, over many runs and blocks.
  @Test func chainsGrowByTurns() {
    var journal = Journal(blockShift: 10)
    var chains = [Journal.Chain](repeating: Journal.Chain(), count: 7)
    for round in 0..<200 {
      for index in chains.indices {
        journal.append(
          &chains[index], round % 2 == 0 ? .low : .high, .established,
          Instant(at: Int64(1) << Int64((round * 7 + index) % 62), frame: Int64(round * index)),
          .inferred)
      }
    }
    for index in chains.indices {
      var round = 0
      journal.forEach(chains[index]) { entry in
        guard case .state(let end, let change) = entry else { return }
        #expect((end == .low) == (round % 2 == 0))
        #expect(change.at == Int64(1) << Int64((round * 7 + index) % 62))
        #expect(change.frame == Int64(round * index))
        round += 1
      }
      #expect(round == 200)
    }
  }

  /// What waits and what is written are one chain, wherever writing comes.
  @Test(arguments: [1, 2, 3, 15, 16, 17, 40])
  func writtenAnyTime(_ every: Int) {
    var journal = Journal()
    var chain = Journal.Chain()
    let instants = (0..<70).map {
      Instant(at: Int64($0 / 3) * 1_000_003 - 5, frame: Int64($0 / 2) - 3)
    }
    for (index, instant) in instants.enumerated() {
      journal.append(&chain, .send, instant)
      if index % every == 0 { journal.write(&chain) }
    }
    var read: [Instant] = []
    journal.forEach(chain) { entry in
      if case .phase(.send, let instant) = entry { read.append(instant) }
    }
    #expect(read == instants)
  }

  @Test func anEmptyChain() {
    let journal = Journal()
    journal.forEach(Journal.Chain()) { _ in Issue.record("an entry from nowhere") }
  }

  @Test func aClosedChainKeepsNothing() {
    var journal = Journal()
    var chain = Journal.Chain()
    chain.close()
    for frame in 1...100 {
      journal.append(
        &chain, .low, .established, Instant(at: 0, frame: Int64(frame)), .observed)
    }
    journal.write(&chain)
    #expect(chain.isClosed)
    journal.forEach(chain) { _ in Issue.record("an entry was kept") }
    chain.removeAll()
    journal.append(&chain, .send, Instant(at: 1, frame: 1))
    var count = 0
    journal.forEach(chain) { _ in count += 1 }
    #expect(count == 1)
  }
}

@Suite struct CoverageTests {
  private func segment(_ first: UInt32, _ length: UInt32, id: UInt16 = 0) -> Segment {
    let end = Endpoint(address: IPAddress(ipv4: 1), port: 1)
    var segment = Segment(
      key: FlowKey(source: end, destination: end), from: .low,
      time: Timestamp(nanoseconds: 0), frame: 1, sequence: SequenceNumber(first),
      acknowledgment: SequenceNumber(0), flags: .ack, window: 0, payloadLength: length,
      ipLength: length + 40)
    segment.ipIdentification = id
    return segment
  }

  @Test func advances() {
    var pool = HolePool()
    var coverage = Coverage()
    #expect(coverage.add(segment(100, 50), &pool).newBytes == 50)
    #expect(coverage.add(segment(150, 50), &pool).advances)
    #expect(coverage.uniqueBytes == 100)
    #expect(coverage.add(segment(100, 100), &pool).repeatedBytes == 100)
    #expect(coverage.uniqueBytes == 100)
  }

  @Test func holesAreFilledFromAllSides() {
    var pool = HolePool()
    var coverage = Coverage()
    _ = coverage.add(segment(0, 100), &pool)
    _ = coverage.add(segment(200, 100), &pool)
    coverage.acknowledge(SequenceNumber(0))
    coverage.acknowledge(SequenceNumber(300))
    #expect(coverage.missingBytes(pool) == 100)
    let middle = coverage.add(segment(140, 20), &pool)
    #expect(middle.fillsHole && middle.newBytes == 20 && middle.repeatedBytes == 0)
    #expect(coverage.missingBytes(pool) == 80)
    _ = coverage.add(segment(100, 10), &pool)
    _ = coverage.add(segment(190, 10), &pool)
    #expect(coverage.missingBytes(pool) == 60)
    let all = coverage.add(segment(50, 200), &pool)
    #expect(all.newBytes == 60 && all.repeatedBytes == 140)
    #expect(coverage.missingBytes(pool) == 0)
    #expect(coverage.uniqueBytes == 300)
    #expect(coverage.holes == 0)
  }

  @Test func oneSegmentFillsManyHoles() {
    var pool = HolePool()
    var coverage = Coverage()
    for place in 0..<20 { _ = coverage.add(segment(UInt32(place) * 20, 10), &pool) }
    let all = coverage.add(segment(0, 400), &pool)
    #expect(all.newBytes == 19 * 10 + 10)
    #expect(coverage.holes == 0)
    #expect(coverage.uniqueBytes == 400)
  }

  @Test func beforeTheFirst() {
    var pool = HolePool()
    var coverage = Coverage()
    _ = coverage.add(segment(1000, 100), &pool)
    let early = coverage.add(segment(800, 100), &pool)
    #expect(early.newBytes == 100)
    #expect(coverage.first == SequenceNumber(800))
    let rest = coverage.add(segment(900, 100), &pool)
    #expect(rest.newBytes == 100 && rest.fillsHole)
    #expect(coverage.holes == 0)
  }

  @Test func acrossZero() {
    var pool = HolePool()
    var coverage = Coverage()
    _ = coverage.add(segment(0xFFFF_FFF0, 32), &pool)
    _ = coverage.add(segment(32, 16), &pool)
    #expect(coverage.highest == SequenceNumber(48))
    let filled = coverage.add(segment(16, 16), &pool)
    #expect(filled.newBytes == 16 && coverage.holes == 0)
    #expect(coverage.uniqueBytes == 64)
  }

  /// Beyond the limit the two lowest holes become one, whose bytes still count.
  @Test func holesAreBounded() {
    var pool = HolePool()
    var coverage = Coverage()
    for place in 0..<500 { _ = coverage.add(segment(UInt32(place) * 20, 10), &pool) }
    #expect(pool.holes(coverage.holes).count == HolePool.most)
    #expect(coverage.highest == SequenceNumber(499 * 20 + 10))
    coverage.acknowledge(SequenceNumber(0))
    coverage.acknowledge(coverage.highest)
    #expect(coverage.missingBytes(pool) == 4_990)
    for place in 0..<499 { _ = coverage.add(segment(UInt32(place) * 20 + 10, 10), &pool) }
    #expect(coverage.holes == 0)
    #expect(coverage.uniqueBytes == 9_990)
  }

  /// Single bytes that never close a hole, in any order: what they cost does not grow with their number.
  @Test(arguments: [1, 2, 3]) func splitHolesAreBounded(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var pool = HolePool()
    var coverage = Coverage()
    for place in (0..<2_000).shuffled(using: &random) {
      let addition = coverage.add(segment(UInt32(place) * 2, 1), &pool)
      #expect(addition.newBytes == 1, "seed \(seed), place \(place)")
      #expect(addition.repeatedBytes == 0, "seed \(seed), place \(place)")
      let holes = pool.holes(coverage.holes)
      #expect(holes.count <= HolePool.most)
      for (hole, next) in zip(holes, holes.dropFirst()) {
        #expect(hole.right.isAtOrBefore(next.left), "seed \(seed), place \(place)")
      }
    }
    #expect(coverage.uniqueBytes == 2_000)
  }

  /// More than half of the circle: what was missing long ago is counted, and nothing is taken for it.
  @Test func holesAreLeftBehind() {
    var pool = HolePool()
    var coverage = Coverage()
    _ = coverage.add(segment(0, 10), &pool)
    _ = coverage.add(segment(30, 10), &pool)
    var end: UInt32 = 40
    coverage.acknowledge(SequenceNumber(0))
    for _ in 0..<40 {
      _ = coverage.add(segment(end, 1 << 27), &pool)
      end &+= 1 << 27
      coverage.acknowledge(SequenceNumber(end))
      let again = coverage.add(segment(end &- 100, 100), &pool)
      #expect(again.repeatedBytes == 100 && again.newBytes == 0)
    }
    #expect(coverage.uniqueBytes == 20 + Int64(40) << 27)
    #expect(coverage.missingBytes(pool) == 20)
  }

  @Test func holesOfManyConnectionsShareOnePool() {
    var pool = HolePool()
    var all = [Coverage](repeating: Coverage(), count: 300)
    for index in all.indices {
      _ = all[index].add(segment(0, 10), &pool)
      _ = all[index].add(segment(UInt32(20 + index), 10), &pool)
    }
    for index in all.indices where index % 2 == 0 {
      _ = all[index].add(segment(10, UInt32(10 + index)), &pool)
    }
    for index in all.indices {
      _ = all[index].add(segment(1000, 10), &pool)
      all[index].acknowledge(SequenceNumber(0))
      all[index].acknowledge(SequenceNumber(2000))
      let first = index % 2 == 0 ? 0 : 10 + index
      #expect(all[index].missingBytes(pool) == Int64(first + 970 - index + 990))
    }
  }

  @Test func wildJumpsChangeNothing() {
    var pool = HolePool()
    var coverage = Coverage()
    _ = coverage.add(segment(0, 10), &pool)
    let wild = coverage.add(segment(0x8000_0000, 10), &pool)
    #expect(wild.newBytes == 0 && wild.repeatedBytes == 0)
    #expect(coverage.highest == SequenceNumber(10))
    coverage.acknowledge(SequenceNumber(5))
    coverage.acknowledge(SequenceNumber(0x7000_0000))
    #expect(coverage.missingBytes(pool) == 0)
  }
}

@Suite struct ItemCollectorTests {
  private func segment(
    _ frame: Int64, from: Side = .client, payload: Int64 = 0, kinds: [EventKind] = []
  ) -> SegmentDetail {
    var detail = SegmentDetail(
      frame: frame, at: frame * 1000, from: from, flags: .ack, sequence: frame * 100,
      acknowledgment: 1, payload: payload, window: 1000)
    detail.kinds = kinds
    return detail
  }

  @Test func plainOnesAreFoldedBeyondTheLimit() {
    var collector = ItemCollector(limit: 2)
    collector.add(segment(1))
    collector.add(segment(2))
    collector.add(segment(3, payload: 100))
    collector.add(segment(4, from: .server))
    collector.add(segment(5, payload: 100))
    #expect(collector.items.count == 3)
    guard case .run(let run) = collector.items[2] else {
      Issue.record("no run")
      return
    }
    #expect(run.firstFrame == 3 && run.lastFrame == 5)
    #expect(run.dataSegments == 2 && run.ackSegments == 1 && run.payload == 200)
    #expect(run.firstSequence == 300 && run.lastSequence == 600)
    #expect(run.from == .client)
  }

  @Test func whatIsNotPlainStaysAndSplitsTheRun() {
    var collector = ItemCollector(limit: 2)
    for frame in 1...4 { collector.add(segment(Int64(frame))) }
    collector.add(segment(5, payload: 10, kinds: [.retransmission]))
    collector.add(segment(6))
    #expect(collector.items.count == 5)
    guard case .segment(let kept) = collector.items[3] else {
      Issue.record("not kept")
      return
    }
    #expect(kept.frame == 5)
  }

  /// Even these end at twice the limit: memory is bounded whatever the capture holds.
  @Test func boundedInTheEnd() {
    var collector = ItemCollector(limit: 10)
    for frame in 1...1000 { collector.add(segment(Int64(frame), kinds: [.retransmission])) }
    #expect(collector.items.count == 21)
    guard case .run(let run) = collector.items[20] else {
      Issue.record("no run")
      return
    }
    #expect(run.ackSegments == 980)
  }

  @Test func aRunOfACKsTakesTheSideOfTheFirstData() {
    var collector = ItemCollector(limit: 0)
    collector.add(segment(1, from: .server))
    collector.add(segment(2, from: .client, payload: 5))
    guard case .run(let run) = collector.items.first else {
      Issue.record("no run")
      return
    }
    #expect(run.from == .client && run.firstSequence == 200 && run.lastSequence == 205)
  }
}

@Suite struct ConnectionRecordTests {
  /// Comments argue with it, and with what the open records of a store take.
  @Test func size() {
    #expect(MemoryLayout<ConnectionRecord>.stride == 1472)
    #expect(RecordStore.Limits().most * MemoryLayout<ConnectionRecord>.stride / 1_000_000 == 60)
    #expect(MemoryLayout<ConnectionRecord>.stride / RecordStore.Limits().share == 147)
  }

  /// What is packed ends where its waiting entries begin.
  @Test func theChainLiesLast() throws {
    let offset = try #require(MemoryLayout<ConnectionRecord>.offset(of: \.chain))
    #expect(offset + MemoryLayout<Journal.Chain>.size == MemoryLayout<ConnectionRecord>.size)
    #expect(ConnectionRecord.packedSize == offset + Journal.Chain.writtenSize)
    #expect(ConnectionRecord.packedSize % 8 == 0)
  }

  @Test func endpointsLieWhereTheirPointersSay() {
    var record = ConnectionRecord()
    record.low.isn = SequenceNumber(7)
    record.high.isn = SequenceNumber(9)
    withUnsafePointer(to: record) {
      #expect($0.endpoint(.low).pointee.isn == SequenceNumber(7))
      #expect($0.endpoint(.high).pointee.isn == SequenceNumber(9))
    }
  }
}

extension Coverage {
  fileprivate mutating func add(_ segment: Segment, _ pool: inout HolePool) -> Addition {
    withUnsafePointer(to: segment) { add(SegmentView($0), &pool) }
  }
}
