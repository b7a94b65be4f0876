import TCPModel

/// The state changes and phases of all connections, each connection's in the order of time.
///
/// Each connection has a chain of 48-byte chunks in one arena. Numbers are written with as many
/// bytes as they need: a state change of a textbook connection takes about 8, a phase about 12.
struct Journal: ~Copyable {
  /// Where a connection's chain begins and ends. Links are chunk numbers plus one; 0 is none.
  struct Chain: BitwiseCopyable {
    var first: UInt32 = 0
    var last: UInt32 = 0
    var used: UInt8 = 0
  }

  enum Entry {
    case state(isLow: Bool, StateChange)
    case phase(Phase)
  }

  private static let chunkSize = 48
  private static let linkSize = 4
  private static let chunksPerBlock = 1 << 14

  private var blocks: [UnsafeMutableRawPointer] = []
  private var chunkCount = 0

  init() {}

  deinit {
    for block in blocks { block.deallocate() }
  }

  // The first byte of an entry: is it a phase, whose state it is, and why it is believed.
  private static let phaseBit: UInt8 = 1 << 0
  private static let lowBit: UInt8 = 1 << 1
  private static let basisShift: UInt8 = 2

  mutating func appendState(
    _ chain: inout Chain, isLow: Bool, state: TCPState, at: Nanoseconds, frame: Int64,
    basis: StateBasis
  ) {
    let tag = (isLow ? Journal.lowBit : 0) | Journal.code(basis) << Journal.basisShift
    append(&chain, tag, state.rawValue)
    append(&chain, signed: at)
    append(&chain, unsigned: UInt64(bitPattern: frame))
  }

  mutating func appendPhase(
    _ chain: inout Chain, name: Phase.Name, start: Nanoseconds, duration: Nanoseconds,
    firstFrame: Int64, lastFrame: Int64
  ) {
    append(&chain, Journal.phaseBit, name.rawValue)
    append(&chain, signed: start)
    append(&chain, signed: duration)
    append(&chain, unsigned: UInt64(bitPattern: firstFrame))
    append(&chain, signed: lastFrame &- firstFrame)
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

  private mutating func append(_ chain: inout Chain, _ first: UInt8, _ second: UInt8) {
    append(&chain, byte: first)
    append(&chain, byte: second)
  }

  private mutating func append(_ chain: inout Chain, signed value: Int64) {
    // Zigzag: small magnitudes of either sign are short.
    append(&chain, unsigned: UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  private mutating func append(_ chain: inout Chain, unsigned value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(&chain, byte: UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(&chain, byte: UInt8(truncatingIfNeeded: rest))
  }

  private mutating func append(_ chain: inout Chain, byte: UInt8) {
    if chain.last == 0 || chain.used == UInt8(Journal.chunkSize - Journal.linkSize) {
      let link = newChunk()
      if chain.last == 0 {
        chain.first = link
      } else {
        chunk(chain.last).storeBytes(of: link, as: UInt32.self)
      }
      chain.last = link
      chain.used = 0
    }
    chunk(chain.last).storeBytes(
      of: byte, toByteOffset: Journal.linkSize + Int(chain.used), as: UInt8.self)
    chain.used += 1
  }

  private mutating func newChunk() -> UInt32 {
    if chunkCount % Journal.chunksPerBlock == 0 {
      blocks.append(
        UnsafeMutableRawPointer.allocate(
          byteCount: Journal.chunksPerBlock * Journal.chunkSize, alignment: 16))
    }
    chunkCount += 1
    let link = UInt32(truncatingIfNeeded: chunkCount)
    chunk(link).storeBytes(of: 0, as: UInt32.self)
    return link
  }

  private func chunk(_ link: UInt32) -> UnsafeMutableRawPointer {
    let index = Int(link) - 1
    return blocks[index / Journal.chunksPerBlock]
      + index % Journal.chunksPerBlock * Journal.chunkSize
  }

  // MARK: Reading

  /// Gives the entries of a chain in the order they were written.
  func forEach(_ chain: Chain, _ body: (Entry) -> Void) {
    var reader = Reader(link: chain.first, offset: 0)
    while let tag = read(&reader, chain), let code = read(&reader, chain) {
      if tag & Journal.phaseBit == 0 {
        let at = signed(&reader, chain)
        let frame = Int64(bitPattern: unsigned(&reader, chain))
        guard let state = TCPState(rawValue: code) else { return }
        let change = StateChange(
          state: state, at: at, frame: frame == 0 ? nil : frame,
          basis: Journal.basis(tag >> Journal.basisShift))
        body(.state(isLow: tag & Journal.lowBit != 0, change))
      } else {
        let start = signed(&reader, chain)
        let duration = signed(&reader, chain)
        let firstFrame = Int64(bitPattern: unsigned(&reader, chain))
        let lastFrame = firstFrame &+ signed(&reader, chain)
        guard let name = Phase.Name(rawValue: code) else { return }
        body(
          .phase(
            Phase(
              name: name, start: start, duration: duration, firstFrame: firstFrame,
              lastFrame: lastFrame)))
      }
    }
  }

  private struct Reader {
    var link: UInt32
    var offset: Int
  }

  private func read(_ reader: inout Reader, _ chain: Chain) -> UInt8? {
    if reader.link == chain.last, reader.offset == Int(chain.used) { return nil }
    if reader.offset == Journal.chunkSize - Journal.linkSize {
      reader.link = chunk(reader.link).loadUnaligned(as: UInt32.self)
      reader.offset = 0
    }
    guard reader.link != 0 else { return nil }
    defer { reader.offset += 1 }
    return chunk(reader.link).load(
      fromByteOffset: Journal.linkSize + reader.offset, as: UInt8.self)
  }

  private func unsigned(_ reader: inout Reader, _ chain: Chain) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = read(&reader, chain) {
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    return value
  }

  private func signed(_ reader: inout Reader, _ chain: Chain) -> Int64 {
    let value = unsigned(&reader, chain)
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}
