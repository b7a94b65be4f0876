import CPrefetch
import Support

/// Sights in the order they were first seen, in chunks: to grow moves none of them.
///
/// In memory of its own: an array of arrays is held and let go at every look, half a look's time.
struct SightList {
  private static let bits = 13
  private static let mask = 1 << bits - 1

  private var memory = Memory()
  /// Those of `memory`, at hand.
  private var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Sight>>
  private(set) var count = 0

  private final class Memory {
    /// One block: where the chunks lie.
    var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Sight>> = .allocate(capacity: 1)
    var count = 0
    var capacity = 1

    func add(_ size: Int) {
      if count == capacity {
        let old = chunks
        capacity *= 2
        chunks = .allocate(capacity: capacity)
        chunks.initialize(from: old, count: count)
        old.deallocate()
      }
      (chunks + count).initialize(to: LargePages.allocate(Sight.self, size))
      count += 1
    }

    deinit {
      for index in 0..<count { chunks[index].deallocate() }
      chunks.deallocate()
    }
  }

  init() { chunks = memory.chunks }

  var indices: Range<Int> { 0..<count }

  subscript(index: Int) -> Sight {
    @inline(__always)
    _read {
      precondition(index >= 0 && index < count)
      yield chunks[index >> SightList.bits][index & SightList.mask]
    }
    @inline(__always)
    _modify {
      precondition(index >= 0 && index < count)
      if !isKnownUniquelyReferenced(&memory) { copy() }
      yield &chunks[index >> SightList.bits][index & SightList.mask]
    }
  }

  /// Begins to fetch what a walk asks of a sight.
  @inline(__always)
  func fetch(_ index: Int) {
    let sight = UnsafeRawPointer(chunks[index >> SightList.bits] + (index & SightList.mask))
    prefetch(sight)
    // What it is asked is in the first 64 bytes, and these may be in two lines.
    prefetch(sight + 63)
  }

  mutating func append(_ sight: Sight) {
    if !isKnownUniquelyReferenced(&memory) { copy() }
    if count & SightList.mask == 0 {
      memory.add(SightList.mask + 1)
      chunks = memory.chunks
    }
    (chunks[count >> SightList.bits] + (count & SightList.mask)).initialize(to: sight)
    count += 1
  }

  /// Somebody else has them too.
  private mutating func copy() {
    let new = Memory()
    for start in stride(from: 0, to: count, by: SightList.mask + 1) {
      new.add(SightList.mask + 1)
      let chunk = start >> SightList.bits
      new.chunks[chunk].initialize(
        from: chunks[chunk], count: min(SightList.mask + 1, count - start))
    }
    memory = new
    chunks = new.chunks
  }
}
