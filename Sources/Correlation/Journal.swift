import TCPModel

/// The state changes and phases of all connections, each connection's in the order of finding out.
///
/// Each connection has a chain of 40-byte chunks in one arena. An entry is two bytes when its
/// instant is one of the last two, and four to six more otherwise: a textbook connection, 9 state
/// changes and 6 phases, takes two chunks. An entry is written with one store as a rule; writing
/// byte by byte cost a quarter of the whole pass.
struct Journal: ~Copyable {
  /// Where a connection's chain begins and ends. Links are chunk numbers plus one; 0 is none.
  struct Chain: BitwiseCopyable {
    /// The instant of the last entry: the next one is written as a difference to it.
    fileprivate var last = Instant(at: 0, frame: 0)
    /// The last instant that was another one: causes and effects alternate.
    fileprivate var other = Instant(at: 0, frame: 0)
    fileprivate var lastChunk: UInt32 = 0
    fileprivate var firstChunk: UInt32 = 0
    /// Full, as it were, while there is no chunk.
    fileprivate var used = UInt8(Journal.room)

    /// A chain for what follows this one's last entry.
    var continuation: Chain {
      var chain = Chain()
      chain.last = last
      chain.other = other
      return chain
    }

    /// For `ConnectionRecord.fold`.
    mutating func fold(_ end: Instant) {
      last.fold(end)
      other.fold(end)
      firstChunk = lastChunk &- firstChunk
    }
  }

  enum Entry {
    case state(isLow: Bool, StateChange)
    /// A phase begins and the one before it ends; nil when only the latter is known.
    case phase(Phase.Name?, Instant)
  }

  private static let chunkSize = 40
  private static let linkSize = 4
  /// Before and after a block: numbers are read and written eight bytes at a time.
  private static let margin = 8
  private static let room = chunkSize - linkSize
  /// In place of the sizes: the instant is the chain's other one.
  private static let isOther: UInt8 = 0xF0
  /// Most clocks of captures tick in microseconds: the size of a time in them, plus this.
  private static let microseconds = 8
  /// In place of a tag: the chain goes on in the next chunk.
  private static let chunkEnd: UInt8 = 0xFF

  /// A power of two: a division for each entry cost 15 ns.
  private let chunkShift: Int
  private var blocks: [UnsafeMutableRawPointer] = []
  private var chunkCount = 0

  /// - Parameter chunkShift: Chunks in a block, as a power of two.
  init(chunkShift: Int = 13) {
    self.chunkShift = chunkShift
  }

  deinit {
    for block in blocks { (block - Journal.margin).deallocate() }
  }

  // The first byte of an entry: is it a phase, whose state it is, why it is believed, which one.
  private static let phaseBit: UInt8 = 1 << 0
  private static let lowBit: UInt8 = 1 << 1
  private static let basisShift: UInt8 = 2
  private static let codeShift: UInt8 = 4
  private static let noPhase: UInt8 = 15

  @inline(__always)
  mutating func append(
    _ chain: inout Chain, isLow: Bool, _ state: TCPState, _ instant: Instant, _ basis: StateBasis
  ) {
    let tag =
      (isLow ? Journal.lowBit : 0) | Journal.code(basis) << Journal.basisShift
      | state.rawValue << Journal.codeShift
    append(&chain, tag, instant)
  }

  @inline(__always)
  mutating func append(_ chain: inout Chain, _ phase: Phase.Name?, _ instant: Instant) {
    let code = phase?.rawValue ?? Journal.noPhase
    append(&chain, Journal.phaseBit | code << Journal.codeShift, instant)
  }

  private static func code(_ basis: StateBasis) -> UInt8 {
    switch basis {
    case .observed: 0
    case .inferred: 1
    case .assumed: 2
    case .snapshot: 3
    }
  }

  private static func basis(_ code: UInt8) -> StateBasis {
    switch code & 3 {
    case 0: .observed
    case 1: .inferred
    case 2: .assumed
    default: .snapshot
    }
  }

  // MARK: Writing

  private mutating func append(_ chain: inout Chain, _ tag: UInt8, _ instant: Instant) {
    if instant == chain.last {
      appendShort(&chain, tag, 0)
    } else if instant == chain.other {
      chain.other = chain.last
      chain.last = instant
      appendShort(&chain, tag, Journal.isOther)
    } else {
      appendLong(&chain, tag, instant)
      chain.other = chain.last
      chain.last = instant
    }
  }

  @inline(__always)
  private mutating func appendShort(_ chain: inout Chain, _ tag: UInt8, _ sizes: UInt8) {
    if Int(chain.used) &+ 2 > Journal.room { extend(&chain) }
    let entry = UInt16(tag) | UInt16(sizes) << 8
    end(of: chain).storeBytes(of: entry.littleEndian, as: UInt16.self)
    chain.used &+= 2
  }

  @inline(__always)
  private mutating func appendLong(_ chain: inout Chain, _ tag: UInt8, _ instant: Instant) {
    let nanoseconds = instant.at &- chain.last.at
    let microseconds = nanoseconds / 1_000
    let isRound = microseconds &* 1_000 == nanoseconds
    let time = Journal.zigzag(isRound ? microseconds : nanoseconds)
    let frame = Journal.zigzag(instant.frame &- chain.last.frame)
    let timeSize = (71 - time.leadingZeroBitCount) >> 3
    let frameSize = (71 - frame.leadingZeroBitCount) >> 3
    let size = 2 &+ timeSize &+ frameSize
    if Int(chain.used) &+ size > Journal.room { extend(&chain) }
    let sizes = timeSize &+ (isRound && timeSize > 0 ? Journal.microseconds : 0) | frameSize << 4
    let head = UInt64(tag) | UInt64(truncatingIfNeeded: sizes) << 8
    let place = end(of: chain)
    chain.used &+= UInt8(truncatingIfNeeded: size)
    if size <= 8 {
      Journal.write(head | time &<< 16 | frame &<< UInt64(16 &+ 8 &* timeSize), size, to: place)
    } else {
      Journal.write(head | time &<< 16, 2, to: place)
      Journal.write(time, timeSize, to: place + 2)
      Journal.write(frame, frameSize, to: place + 2 + timeSize)
    }
  }

  /// Writes the low bytes of a word and nothing behind them: the next chunk is another connection's.
  /// What lies before them is stored as it is.
  @inline(__always)
  private static func write(_ value: UInt64, _ size: Int, to place: UnsafeMutableRawPointer) {
    let free = UInt64(truncatingIfNeeded: 64 &- 8 &* size)
    let word = place + size - 8
    let kept = UInt64(littleEndian: word.loadUnaligned(as: UInt64.self))
    let mask: UInt64 = size == 0 ? 0 : .max &<< free
    word.storeBytes(
      of: (kept & ~mask | (size == 0 ? 0 : value &<< free)).littleEndian, as: UInt64.self)
  }

  /// Small magnitudes of either sign become small numbers.
  @inline(__always)
  private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value << 1 ^ value >> 63)
  }

  @inline(never)
  private mutating func extend(_ chain: inout Chain) {
    if chunkCount == blocks.count &<< chunkShift {
      let size = Journal.chunkSize &<< chunkShift + 2 * Journal.margin
      blocks.append(PopulatedMemory.allocate(byteCount: size) + Journal.margin)
    }
    chunkCount += 1
    let link = UInt32(truncatingIfNeeded: chunkCount)
    chunk(link).storeBytes(of: 0, as: UInt32.self)
    if chain.lastChunk == 0 {
      chain.firstChunk = link
    } else {
      let last = chunk(chain.lastChunk)
      last.storeBytes(of: link, as: UInt32.self)
      if Int(chain.used) < Journal.room {
        last.storeBytes(
          of: Journal.chunkEnd, toByteOffset: Journal.linkSize + Int(chain.used), as: UInt8.self)
      }
    }
    chain.lastChunk = link
    chain.used = 0
  }

  /// Where the next entry is written.
  @inline(__always)
  private func end(of chain: Chain) -> UnsafeMutableRawPointer {
    chunk(chain.lastChunk) + Journal.linkSize + Int(chain.used)
  }

  @inline(__always)
  private func chunk(_ link: UInt32) -> UnsafeMutableRawPointer {
    let index = Int(link) - 1
    return blocks[index &>> chunkShift] + (index & (1 &<< chunkShift &- 1)) &* Journal.chunkSize
  }

  // MARK: Reading

  /// Forgets every chain and keeps the memory.
  mutating func removeAll() {
    chunkCount = 0
  }

  /// Gives the entries of a chain in the order they were written.
  ///
  /// - Parameter start: The chain that this one continues.
  func forEach(_ chain: Chain, after start: Chain = Chain(), _ body: (Entry) -> Void) {
    var link = chain.firstChunk
    var instant = start.last
    var other = start.other
    while link != 0 {
      let chunk = chunk(link)
      let isLast = link == chain.lastChunk
      var place = chunk + Journal.linkSize
      let end = place + (isLast ? Int(chain.used) : Journal.room)
      while place < end {
        let tag = place.load(as: UInt8.self)
        if !isLast, tag == Journal.chunkEnd { break }
        let sizes = place.load(fromByteOffset: 1, as: UInt8.self)
        place += 2
        if sizes == Journal.isOther {
          swap(&instant, &other)
        } else if sizes != 0 {
          other = instant
          place += Journal.advance(&instant, place, sizes)
        }
        let code = tag >> Journal.codeShift
        if tag & Journal.phaseBit != 0 {
          body(.phase(Phase.Name(rawValue: code), instant))
        } else if let state = TCPState(rawValue: code) {
          let change = StateChange(
            state: state, at: instant.at, frame: instant.frame,
            basis: Journal.basis(tag >> Journal.basisShift))
          body(.state(isLow: tag & Journal.lowBit != 0, change))
        }
      }
      if isLast { return }
      link = chunk.loadUnaligned(as: UInt32.self)
    }
  }

  /// Says how many bytes were read.
  private static func advance(
    _ instant: inout Instant, _ place: UnsafeMutableRawPointer, _ sizes: UInt8
  ) -> Int {
    let code = Int(sizes & 15)
    let isRound = code > Journal.microseconds
    let timeSize = isRound ? code - Journal.microseconds : code
    let frameSize = Int(sizes >> 4)
    instant.at &+= Journal.number(place, timeSize) &* (isRound ? 1_000 : 1)
    instant.frame &+= Journal.number(place + timeSize, frameSize)
    return timeSize + frameSize
  }

  private static func number(_ place: UnsafeMutableRawPointer, _ size: Int) -> Int64 {
    if size == 0 { return 0 }
    let bits = UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    let value = size == 8 ? bits : bits & (1 << UInt64(8 * size) - 1)
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}
