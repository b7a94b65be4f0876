import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// Connections that become quiet and busy again for ever: nothing is lost, and they take little more
/// memory than once.
@Suite struct RecordStoreTests {
  private let seed = SeededGenerator.seed

  /// Records that are nearly always packed, and what each should hold.
  private struct Population: ~Copyable {
    var store: RecordStore
    var numbers: [Int64] = []
    /// The most bytes that all records took at once.
    private(set) var most = 0
    let blockSize: Int

    init(blockShift: Int) {
      blockSize = 1 << blockShift
      store = RecordStore(
        RecordStore.Limits(first: 4, most: 4, share: .max, archiveBlockShift: blockShift))
    }

    mutating func add(_ number: Int64) {
      let record = store.append(now: Timestamp(nanoseconds: 0))
      record.pointee.key.low.port = UInt16(truncatingIfNeeded: numbers.count)
      numbers.append(number)
      Population.write(number, record)
      most = max(most, store.packedSize.records)
    }

    mutating func change(_ index: Int, to number: Int64) {
      Population.write(number, store.open(index, now: Timestamp(nanoseconds: 0)))
      numbers[index] = number
      most = max(most, store.packedSize.records)
    }

    /// In a few fields, so that a larger number takes more bytes.
    private static func write(_ number: Int64, _ record: UnsafeMutablePointer<ConnectionRecord>) {
      record.pointee.low.ipBytes = number
      record.pointee.high.ipBytes = number &+ 1
      record.pointee.low.segments = number &* 3
      record.pointee.teardown.rstFrame = number
    }

    func check(_ note: Comment) {
      for index in numbers.indices {
        let record = store.look(at: index)
        let isRight =
          record.pointee.key.low.port == UInt16(truncatingIfNeeded: index)
          && record.pointee.low.ipBytes == numbers[index]
          && record.pointee.high.ipBytes == numbers[index] &+ 1
          && record.pointee.low.segments == numbers[index] &* 3
          && record.pointee.teardown.rstFrame == numbers[index]
        #expect(isRight, "\(note), record \(index)")
      }
    }
  }

  /// Every record is packed larger in each round, so no place that was given up fits another one.
  @Test func allGrowTogether() {
    var population = Population(blockShift: 14)
    for _ in 0..<3_000 { population.add(0) }
    for round in 0..<62 {
      for index in 0..<3_000 { population.change(index, to: 1 << Int64(round)) }
    }
    population.check("62 rounds")
    let size = population.store.packedSize
    #expect(size.blocks < population.most * 3 / 2 + 8 * population.blockSize)
  }

  /// A record that is over is packed before those that only were not touched for a moment.
  @Test func theOneThatIsOverGoesFirst() {
    var population = Population(blockShift: 14)
    population.add(1)
    population.add(2)
    for index in 2..<200 {
      population.add(3)
      population.change(index, to: 4)
      population.store.release(index)
      for busy in 0..<2 {
        population.change(busy, to: Int64(index))
        #expect(population.store.returns == 0, "record \(index)")
      }
    }
    population.check("200 records")
  }

  /// The first ones are packed half-way and say nothing of the others.
  @Test func usualWordsAreFoundAnew() {
    var population = Population(blockShift: 14)
    for index in 0..<100 { population.add(Int64(index) << 40) }
    for _ in 0..<20_000 { population.add(0x0123_4567_89AB_CDEF) }
    #expect(population.store.packedSize.records < 20_100 * 24)
    population.check("20,100 records")
  }

  /// In every block some stay as they are and hold it while the others come and go.
  @Test(arguments: [11, 14])
  func someStay(_ blockShift: Int) {
    var random = SeededGenerator(seed: seed)
    var population = Population(blockShift: blockShift)
    for _ in 0..<2_000 { population.add(Int64(random.number(0...1_000_000_000))) }
    for round in 0..<40 {
      for _ in 0..<1_000 {
        population.change(
          random.number(0...1_999) / 3 * 3 % 2_000,
          to: Int64.random(in: 0...(1 << Int64(random.number(0...60))), using: &random))
      }
      population.check("seed \(seed), round \(round)")
    }
    let size = population.store.packedSize
    // A block's end may be free for want of room for the longest record.
    let most = blockShift == 11 ? population.most * 4 : population.most * 3 / 2
    #expect(size.blocks < most + 8 * population.blockSize, "seed \(seed)")
  }
}
