import TCPModel

/// The records of quiet connections, packed: less than a tenth of their open size where they are alike.
///
/// Most words of a record are what they are in a blank one, or what most records of the capture have
/// there. So a record is taken as words of 64 bits, two by two. Of a pair that is as usual a bit says so;
/// of any other one follow a code for each word and how it differs from a blank record's. No field is
/// named here, so no field can be forgotten. Packing a record takes about 1,700 instructions, unpacking
/// 1,100, where all is as usual but numbers and times.
///
///     0   length in granules of 8 bytes (1)
///     1   a bit for each pair that is not as usual; last, in five bits, which usual words (9)
///     ..  of each such pair: two codes of four bits (1), the differences, low bytes first
///
/// A code from 0 to 8 is the size of the difference; 9 is the usual word.
///
/// Records are written one behind the other. A block that all have left is written again; when more than
/// a fifth of all blocks was given up, the rest is moved together. So connections which become quiet
/// and busy again for ever take little more memory than once.
struct RecordArchive: ~Copyable {
  private static let words = ConnectionRecord.packedSize / 8
  private static let pairs = (words + 1) / 2
  /// Of the number of the usual words, in the last byte of the bits.
  private static let generationBits = 5
  private static let headerLength = 1 + (pairs + generationBits + 7) / 8
  private static let usualCode: UInt8 = 9
  private static let granule = 8
  /// Room for all words whole, and for the last store and load, which take eight bytes whatever they
  /// keep.
  private static let longest = headerLength + pairs + 8 * words + 8
  /// Places are counted in granules; one bit of 32 is for `RecordStore`.
  private static let placeLimit = 1 << 31
  /// So many blocks may be wasted in any case.
  private static let leastWaste = 4

  private struct Block: BitwiseCopyable {
    var memory: UnsafeMutableRawPointer
    /// Granules of the records that are here.
    var live = 0
  }

  /// Granules in a block, as a power of two.
  private let blockShift: Int
  private var blocks = BlockArray<6, Block>()
  /// The numbers of those that all records have left.
  private var spare: [Int] = []
  /// The block that is written, and how many of its granules are.
  private var current = -1
  private var used: Int
  /// Granules of all records.
  private var live = 0
  private let blank: UnsafePointer<ConnectionRecord>
  private var usual: UsualWords

  /// - Parameters:
  ///   - blank: What every record begins with. It has to outlive the archive.
  ///   - blockShift: Bytes in a block, as a power of two, at least 11.
  init(blank: UnsafePointer<ConnectionRecord>, blockShift: Int) {
    self.blank = blank
    usual = UsualWords(
      blank: UnsafeRawPointer(blank), count: RecordArchive.words,
      most: 1 << RecordArchive.generationBits)
    self.blockShift = blockShift - RecordArchive.granule.trailingZeroBitCount
    used = 1 << self.blockShift
  }

  deinit {
    for block in 0..<blocks.count { blocks[block].memory.deallocate() }
  }

  /// There is no number for another place.
  @inline(__always)
  var isFull: Bool {
    needsBlock && spare.isEmpty && blocks.count << blockShift >= RecordArchive.placeLimit
  }

  /// It is time to `move` every record: another block is needed, a fifth of what there is was given up,
  /// and there are numbers for as many places again.
  @inline(__always)
  var isWasteful: Bool {
    needsBlock
      && (blocks.count - spare.count - RecordArchive.leastWaste) << blockShift > live / 4 * 5
      && blocks.count << blockShift <= RecordArchive.placeLimit / 2
  }

  /// Bytes of all records, and of all blocks.
  var size: (records: Int, blocks: Int) {
    (live * RecordArchive.granule, (blocks.count << blockShift) * RecordArchive.granule)
  }

  // MARK: Places

  /// Packs a record, which is of no use afterwards, and says where it is.
  ///
  /// - Parameter now: The time the capture has come to.
  mutating func add(
    _ record: UnsafeMutablePointer<ConnectionRecord>, now: Timestamp
  ) -> UInt32 {
    record.pointee.forgetCopies(now)
    record.pointee.fold()
    usual.note(UnsafeRawPointer(record))
    let packed = room()
    let length = pack(record, to: packed)
    let granules = (length + RecordArchive.granule - 1) / RecordArchive.granule
    packed.storeBytes(of: UInt8(truncatingIfNeeded: granules), as: UInt8.self)
    return take(granules)
  }

  /// Gives a place up.
  mutating func remove(_ place: UInt32) {
    let granules = Int(pointer(to: place).load(as: UInt8.self))
    let block = Int(place) >> blockShift
    live -= granules
    blocks.pointer(to: block).pointee.live -= granules
    if blocks[block].live == 0, block != current { spare.append(block) }
  }

  /// Moves a record elsewhere if its block is not nearly full, and says where it is.
  mutating func move(_ place: UInt32) -> UInt32 {
    let block = Int(place) >> blockShift
    if block == current || blocks[block].live > (1 << blockShift) / 8 * 7 { return place }
    let packed = pointer(to: place)
    let granules = Int(packed.load(as: UInt8.self))
    room().copyMemory(from: packed, byteCount: granules * RecordArchive.granule)
    remove(place)
    return take(granules)
  }

  @inline(__always)
  private var needsBlock: Bool {
    used + RecordArchive.longest / RecordArchive.granule + 1 > 1 << blockShift
  }

  /// Where a record of any length can be written.
  @inline(__always)
  private mutating func room() -> UnsafeMutableRawPointer {
    if needsBlock { beginBlock() }
    return blocks[current].memory + used * RecordArchive.granule
  }

  private mutating func beginBlock() {
    if current >= 0, blocks[current].live == 0 { spare.append(current) }
    if let block = spare.popLast() {
      current = block
    } else {
      current = blocks.count
      let size = 1 << blockShift * RecordArchive.granule
      blocks.add().initialize(to: Block(memory: PopulatedMemory.allocate(byteCount: size)))
    }
    used = 0
  }

  /// The place of what was just written.
  @inline(__always)
  private mutating func take(_ granules: Int) -> UInt32 {
    let place = current << blockShift + used
    used += granules
    live += granules
    blocks.pointer(to: current).pointee.live += granules
    return UInt32(place)
  }

  private func pointer(to place: UInt32) -> UnsafeMutableRawPointer {
    let offset = Int(place) & (1 << blockShift - 1)
    return blocks[Int(place) >> blockShift].memory + offset * RecordArchive.granule
  }

  // MARK: Packing

  /// Gives the length in bytes.
  private func pack(
    _ record: UnsafeMutablePointer<ConnectionRecord>, to packed: UnsafeMutableRawPointer
  ) -> Int {
    let words = UnsafeRawPointer(record)
    let blank = UnsafeRawPointer(blank)
    let generation = self.usual.newest
    let usual = self.usual.words(generation)
    let bits = packed + 1
    bits.initializeMemory(
      as: UInt8.self, repeating: 0, count: RecordArchive.headerLength - 1)
    bits.storeBytes(
      of: UInt8(truncatingIfNeeded: generation << (8 - RecordArchive.generationBits)),
      toByteOffset: RecordArchive.headerLength - 2, as: UInt8.self)
    var end = packed + RecordArchive.headerLength
    for pair in 0..<RecordArchive.pairs {
      let offset = 16 &* pair
      let hasSecond = pair < RecordArchive.words / 2
      // The same words of most records: a branch the processor learns.
      if words.word(offset) == usual.word(offset),
        !hasSecond || words.word(offset &+ 8) == usual.word(offset &+ 8)
      {
        continue
      }
      RecordArchive.set(pair, in: bits)
      let codes = end
      end += 1
      let first = RecordArchive.write(words, blank, usual, offset, &end)
      let second =
        hasSecond ? RecordArchive.write(words, blank, usual, offset &+ 8, &end) : 0
      codes.storeBytes(of: first | second &<< 4, as: UInt8.self)
    }
    return end - packed
  }

  @inline(__always)
  private static func set(_ bit: Int, in bits: UnsafeMutableRawPointer) {
    let byte = bits.load(fromByteOffset: bit / 8, as: UInt8.self)
    bits.storeBytes(
      of: byte | 1 &<< UInt8(truncatingIfNeeded: bit % 8), toByteOffset: bit / 8, as: UInt8.self)
  }

  /// Rotated, because "not set" is often the smallest or the largest number there is.
  @inline(__always)
  private static func write(
    _ words: UnsafeRawPointer, _ blank: UnsafeRawPointer, _ usual: UnsafeRawPointer,
    _ offset: Int, _ bytes: inout UnsafeMutableRawPointer
  ) -> UInt8 {
    let word = words.word(offset)
    if word == usual.word(offset) { return usualCode }
    let difference = word &- blank.word(offset)
    if difference == 0 { return 0 }
    let value = difference &<< 1 | difference &>> 63
    let size = (71 &- value.leadingZeroBitCount) &>> 3
    bytes.storeBytes(of: value.littleEndian, as: UInt64.self)
    bytes += size
    return UInt8(truncatingIfNeeded: size)
  }

  func unpack(_ place: UInt32, into record: UnsafeMutablePointer<ConnectionRecord>) {
    unpack(place, into: record, pairs: RecordArchive.pairs)
    record.pointee.unfold()
  }

  /// The key alone: the first words.
  func unpackKey(_ place: UInt32, into record: UnsafeMutablePointer<ConnectionRecord>) {
    unpack(place, into: record, pairs: (MemoryLayout<FlowKey>.size + 15) / 16)
  }

  private func unpack(
    _ place: UInt32, into record: UnsafeMutablePointer<ConnectionRecord>, pairs: Int
  ) {
    let packed = UnsafeRawPointer(pointer(to: place))
    let words = UnsafeMutableRawPointer(record)
    let blank = UnsafeRawPointer(blank)
    let bits = packed + 1
    let last = bits.load(fromByteOffset: RecordArchive.headerLength - 2, as: UInt8.self)
    let usual = usual.words(Int(last) >> (8 - RecordArchive.generationBits))
    words.copyMemory(from: usual, byteCount: 8 * min(2 * pairs, RecordArchive.words))
    var bytes = packed + RecordArchive.headerLength
    for byte in 0..<(pairs + 7) / 8 {
      var rest = bits.load(fromByteOffset: byte, as: UInt8.self)
      while rest != 0 {
        let pair = 8 &* byte &+ rest.trailingZeroBitCount
        if pair >= pairs { return }
        rest &= rest &- 1
        let codes = bytes.load(as: UInt8.self)
        bytes += 1
        let offset = 16 &* pair
        RecordArchive.read(&bytes, codes & 15, blank, usual, words, offset)
        if pair < RecordArchive.words / 2 {
          RecordArchive.read(&bytes, codes &>> 4, blank, usual, words, offset &+ 8)
        }
      }
    }
  }

  @inline(__always)
  private static func read(
    _ bytes: inout UnsafeRawPointer, _ code: UInt8, _ blank: UnsafeRawPointer,
    _ usual: UnsafeRawPointer, _ words: UnsafeMutableRawPointer, _ offset: Int
  ) {
    let isUsual = code == usualCode
    let size = isUsual ? 0 : UInt64(code)
    let reference = isUsual ? usual : blank
    let bits = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    // In two steps, because shifts count modulo 64.
    let value = bits & ~((UInt64.max &<< (4 &* size)) &<< (4 &* size))
    bytes += Int(truncatingIfNeeded: size)
    words.storeBytes(
      of: (value &>> 1 | value &<< 63) &+ reference.word(offset), toByteOffset: offset,
      as: UInt64.self)
  }
}

extension UnsafeRawPointer {
  @inline(__always)
  fileprivate func word(_ offset: Int) -> UInt64 {
    load(fromByteOffset: offset, as: UInt64.self)
  }
}

/// What most records have in each place: the majority of 64 of them, where there is one
/// (R. S. Boyer and J S. Moore's vote, which needs a counter a place).
///
/// They are found anew whenever twice as many records were packed: those of a moment ago may have been
/// packed in the middle of their lives, and then took four times the bytes.
private struct UsualWords: ~Copyable {
  /// So many records vote.
  private static let voters = 64

  private let count: Int
  private let most: Int
  /// The first are a blank record's.
  private var generations: [UnsafeMutablePointer<UInt64>]
  private var leads: [Int]
  private var votes = 0
  private var packed = 0
  /// The vote begins when so many were packed.
  private var nextVote = 0

  init(blank: UnsafeRawPointer, count: Int, most: Int) {
    self.count = count
    self.most = most
    leads = Array(repeating: 0, count: count)
    generations = []
    addGeneration(blank)
  }

  deinit {
    for words in generations { words.deallocate() }
  }

  /// The number of those that are in use, of those that were found last.
  var newest: Int { generations.count - (votes > 0 ? 2 : 1) }

  @inline(__always)
  func words(_ generation: Int) -> UnsafeRawPointer { UnsafeRawPointer(generations[generation]) }

  /// A record is going to be packed.
  @inline(__always)
  mutating func note(_ record: UnsafeRawPointer) {
    packed &+= 1
    if packed > nextVote { vote(record) }
  }

  @inline(never)
  private mutating func vote(_ record: UnsafeRawPointer) {
    if votes == 0 { addGeneration(record) }
    let words = generations[generations.count - 1]
    for place in leads.indices {
      let word = record.load(fromByteOffset: 8 * place, as: UInt64.self)
      if leads[place] == 0 { words[place] = word }
      leads[place] += words[place] == word ? 1 : -1
    }
    votes += 1
    guard votes == UsualWords.voters else { return }
    votes = 0
    for place in leads.indices { leads[place] = 0 }
    nextVote = generations.count == most ? .max : 2 * packed
  }

  private mutating func addGeneration(_ words: UnsafeRawPointer) {
    let copy = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    UnsafeMutableRawPointer(copy).copyMemory(from: words, byteCount: 8 * count)
    generations.append(copy)
  }
}
