import TCPModel

/// The state changes and phases of all connections, each connection's in the order of finding out.
///
/// The newest entries of a connection wait, as they are, in its open record: a textbook connection, 9
/// state changes and 6 phases, has room there for all. They are written when there is no more room, or
/// when the record is packed: in one go, as a *run* in an arena. A connection has a chain of runs, one as
/// a rule. Writing each entry when it was found out took twice the instructions, 2,030 a connection.
///
///     0   the next run of the chain (4), 0 until there is one
///     4   how many entries (1)
///     ..  each entry: its tag (1), the sizes of what follows (4 bits each), the time and the frame as
///         differences to those of the entry before, low bytes first
///
/// An entry is one store as a rule: two bytes when its instant is one of the last two, eight when both
/// differences take three bytes at most. The first entry's differences are to 0: a run is read without
/// those before it.
struct Journal: ~Copyable {
  /// Where a connection's entries are. Links are places of runs plus one; 0 is none.
  struct Chain: BitwiseCopyable {
    fileprivate var last: UInt32 = 0
    fileprivate var first: UInt32 = 0
    /// How many entries are waiting; more than there is room for where none are kept.
    fileprivate var count = 0
    // Of no meaning beyond `count`.
    fileprivate var tags = InlineArray<16, UInt8>(repeating: 0)
    fileprivate var instants = InlineArray<16, Instant>(
      repeating: Instant(at: 0, frame: 0))

    /// So many bytes of a chain matter while no entry is waiting; `count` is 0 then.
    static var writtenSize: Int { 16 }

    /// Whether it keeps no entry: nobody will ask for the lists of its connection.
    var isClosed: Bool { count > Journal.room }

    /// Of a chain without entries.
    mutating func close() { count = Journal.room + 1 }

    /// Forgets the entries.
    mutating func removeAll() {
      last = 0
      first = 0
      count = 0
    }

    /// For `ConnectionRecord.fold`.
    mutating func fold() {
      first = last &- first
    }
  }

  enum Entry {
    case state(End, StateChange)
    /// A phase begins and the one before it ends; nil when only the latter is known.
    case phase(Phase.Name?, Instant)
  }

  private static let room = 16
  private static let headerSize = 5
  /// Runs begin at multiples of this.
  private static let granule = 4
  /// Of a run, with what the last store writes beyond it: numbers are read and written eight bytes
  /// at a time.
  private static let longest = headerSize + room * 18 + 8
  /// In place of the sizes: the instant is the one before the last.
  private static let isOther: UInt8 = 0xF0
  /// Most clocks of captures tick in microseconds: the size of a time in them, plus this.
  private static let microseconds = 8

  /// Of a connection; those beyond it are only counted.
  let phaseLimit: UInt32
  /// A power of two.
  private let blockShift: Int
  private var blocks: [UnsafeMutableRawPointer] = []
  /// Where the free part of the last block begins.
  private var used: Int

  /// - Parameters:
  ///   - phaseLimit: Phases of a connection that are kept; those beyond it are only counted.
  ///   - blockShift: Bytes in a block, as a power of two, at least 10.
  init(phaseLimit: Int = .max, blockShift: Int = 18) {
    self.phaseLimit = UInt32(clamping: phaseLimit)
    self.blockShift = blockShift
    used = 1 << blockShift
  }

  deinit {
    for block in blocks { block.deallocate() }
  }

  // The first byte of an entry: is it a phase, whose state it is, why it is believed, which one.
  private static let phaseBit: UInt8 = 1 << 0
  private static let lowBit: UInt8 = 1 << 1
  private static let basisShift: UInt8 = 2
  private static let codeShift: UInt8 = 4
  private static let noPhase: UInt8 = 15

  @inline(__always)
  mutating func append(
    _ chain: inout Chain, _ end: End, _ state: TCPState, _ instant: Instant, _ basis: StateBasis
  ) {
    let tag =
      (end == .low ? Journal.lowBit : 0) | Journal.code(basis) << Journal.basisShift
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

  @inline(__always)
  private mutating func append(_ chain: inout Chain, _ tag: UInt8, _ instant: Instant) {
    if chain.count >= Journal.room {
      if chain.isClosed { return }
      write(&chain)
    }
    let index = chain.count
    chain.tags[index] = tag
    chain.instants[index] = instant
    chain.count &+= 1
  }

  /// Writes the entries that are waiting.
  mutating func write(_ chain: inout Chain) {
    guard chain.count > 0, !chain.isClosed else { return }
    let place = takePlace()
    let run = run(place)
    run.storeBytes(of: 0, as: UInt32.self)
    run.storeBytes(of: UInt8(truncatingIfNeeded: chain.count), toByteOffset: 4, as: UInt8.self)
    var end = run + Journal.headerSize
    var last = Instant(at: 0, frame: 0)
    var other = last
    for index in 0..<chain.count {
      let instant = chain.instants[index]
      let tag = chain.tags[index]
      if instant == last {
        end = Journal.write(tag, 0, to: end)
      } else if instant == other {
        end = Journal.write(tag, Journal.isOther, to: end)
        swap(&last, &other)
      } else {
        end = Journal.write(tag, instant, after: last, to: end)
        other = last
        last = instant
      }
    }
    used += (end - run + Journal.granule - 1) & ~(Journal.granule - 1)
    chain.count = 0
    if chain.last == 0 {
      chain.first = place
    } else {
      self.run(chain.last).storeBytes(of: place, as: UInt32.self)
    }
    chain.last = place
  }

  @inline(__always)
  private static func write(
    _ tag: UInt8, _ sizes: UInt8, to place: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    place.storeBytes(
      of: (UInt16(tag) | UInt16(sizes) << 8).littleEndian, as: UInt16.self)
    return place + 2
  }

  @inline(__always)
  private static func write(
    _ tag: UInt8, _ instant: Instant, after last: Instant, to place: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    let nanoseconds = instant.at &- last.at
    let microseconds = nanoseconds / 1_000
    let isRound = microseconds &* 1_000 == nanoseconds
    let time = zigzag(isRound ? microseconds : nanoseconds)
    let frame = zigzag(instant.frame &- last.frame)
    let unit = isRound ? UInt64(Journal.microseconds) : 0
    if (time | frame) >> 24 == 0 {
      let head = UInt64(tag) | (0x33 &+ unit) &<< 8
      place.storeBytes(of: (head | time &<< 16 | frame &<< 40).littleEndian, as: UInt64.self)
      return place + 8
    }
    let timeSize = (71 &- time.leadingZeroBitCount) &>> 3
    let frameSize = (71 &- frame.leadingZeroBitCount) &>> 3
    let sizes = timeSize &+ (timeSize > 0 ? Int(unit) : 0) | frameSize &<< 4
    var end = write(tag, UInt8(truncatingIfNeeded: sizes), to: place)
    end.storeBytes(of: time.littleEndian, as: UInt64.self)
    end += timeSize
    end.storeBytes(of: frame.littleEndian, as: UInt64.self)
    return end + frameSize
  }

  /// Small magnitudes of either sign become small numbers.
  @inline(__always)
  private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value << 1 ^ value >> 63)
  }

  /// Where a run of any length can be written.
  @inline(__always)
  private mutating func takePlace() -> UInt32 {
    if used &+ Journal.longest > 1 &<< blockShift {
      blocks.append(PopulatedMemory.allocate(byteCount: 1 &<< blockShift))
      used = 0
    }
    let offset = (blocks.count &- 1) &<< blockShift &+ used
    return UInt32(truncatingIfNeeded: offset / Journal.granule &+ 1)
  }

  @inline(__always)
  private func run(_ link: UInt32) -> UnsafeMutableRawPointer {
    let offset = (Int(link) &- 1) &* Journal.granule
    return blocks[offset &>> blockShift] + (offset & (1 &<< blockShift &- 1))
  }

  // MARK: Reading

  /// Forgets every chain and keeps no more than a block.
  mutating func removeAll() {
    while blocks.count > 1 { blocks.removeLast().deallocate() }
    if !blocks.isEmpty { used = 0 }
  }

  /// Gives the entries of a chain in the order they were appended.
  func forEach(_ chain: Chain, _ body: (Entry) -> Void) {
    if chain.isClosed { return }
    var link = chain.first
    while link != 0 {
      let run = UnsafeRawPointer(run(link))
      var place = run + Journal.headerSize
      var instant = Instant(at: 0, frame: 0)
      var other = instant
      for _ in 0..<run.load(fromByteOffset: 4, as: UInt8.self) {
        let tag = place.load(as: UInt8.self)
        let sizes = place.load(fromByteOffset: 1, as: UInt8.self)
        place += 2
        if sizes == Journal.isOther {
          swap(&instant, &other)
        } else if sizes != 0 {
          other = instant
          place += Journal.advance(&instant, place, sizes)
        }
        Journal.give(tag, instant, body)
      }
      link = run.load(as: UInt32.self)
    }
    for index in 0..<chain.count {
      Journal.give(chain.tags[index], chain.instants[index], body)
    }
  }

  @inline(__always)
  private static func give(_ tag: UInt8, _ instant: Instant, _ body: (Entry) -> Void) {
    let code = tag >> codeShift
    if tag & phaseBit != 0 {
      body(.phase(Phase.Name(rawValue: code), instant))
    } else if let state = TCPState(rawValue: code) {
      let change = StateChange(
        state: state, at: instant.at, frame: instant.frame, basis: basis(tag >> basisShift))
      body(.state(tag & lowBit != 0 ? .low : .high, change))
    }
  }

  /// Says how many bytes were read.
  private static func advance(
    _ instant: inout Instant, _ place: UnsafeRawPointer, _ sizes: UInt8
  ) -> Int {
    let code = Int(sizes & 15)
    let isRound = code > Journal.microseconds
    let timeSize = isRound ? code - Journal.microseconds : code
    let frameSize = Int(sizes >> 4)
    instant.at &+= number(place, timeSize) &* (isRound ? 1_000 : 1)
    instant.frame &+= number(place + timeSize, frameSize)
    return timeSize + frameSize
  }

  private static func number(_ place: UnsafeRawPointer, _ size: Int) -> Int64 {
    if size == 0 { return 0 }
    let bits = UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    let value = size == 8 ? bits : bits & (1 << UInt64(8 * size) - 1)
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}
