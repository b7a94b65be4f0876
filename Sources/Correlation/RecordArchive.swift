import TCPModel

/// The records of quiet connections, packed: about a third of their open size.
///
/// Most of a record is zero, or what every record begins with. So a record is taken as words of 64
/// bits, each as its difference to a blank record; a table says with four bits a word how many bytes
/// follow of it. No field is named here, so no field can be forgotten. Packing a record takes about
/// 1,300 instructions, unpacking 2,000.
///
///     0   length in granules of 8 bytes (1), the size of each word's difference (4 bits each)
///     ..  the differences, low bytes first
///
/// A place that was given up serves the next record of the same length, so that connections which
/// become quiet and busy again for ever take no more memory than once.
struct RecordArchive: ~Copyable {
  private static let words = ConnectionRecord.packedSize / 8
  private static let headerLength = 1 + (words + 1) / 2
  private static let granule = 8
  /// Room for all words whole, and for the last store and load, which take eight bytes whatever they
  /// keep.
  private static let longest = headerLength + 8 * words + 8
  private static let blockSize = 1 << 20
  /// Places are counted in granules; one bit of 32 is for `RecordStore`.
  private static let blockLimit = (1 << 31) * granule / blockSize

  private var blocks: [UnsafeMutableRawPointer] = []
  /// Where the free part of the last block begins.
  private var used = RecordArchive.blockSize
  /// By length in granules: the first place given up, plus one; 0 is none. Each holds the next.
  private var free: [UInt32]
  private let blank: UnsafePointer<ConnectionRecord>

  /// - Parameter blank: What every record begins with. It has to outlive the archive.
  init(blank: UnsafePointer<ConnectionRecord>) {
    self.blank = blank
    free = Array(repeating: 0, count: RecordArchive.longest / RecordArchive.granule + 2)
  }

  deinit {
    for block in blocks { block.deallocate() }
  }

  var isFull: Bool { blocks.count >= RecordArchive.blockLimit }

  // MARK: Places

  /// Packs a record, which is of no use afterwards, and says where it is.
  ///
  /// - Parameter now: The time the capture has come to.
  mutating func add(
    _ record: UnsafeMutablePointer<ConnectionRecord>, now: Timestamp
  ) -> UInt32 {
    record.pointee.forgetCopies(now)
    record.pointee.fold()
    if used + RecordArchive.longest > RecordArchive.blockSize {
      blocks.append(PopulatedMemory.allocate(byteCount: RecordArchive.blockSize))
      used = 0
    }
    // Where nothing was yet; only its length says whether a place that was given up will do.
    let packed = blocks[blocks.count - 1] + used
    let length = pack(record, to: packed)
    let granules = (length + RecordArchive.granule - 1) / RecordArchive.granule
    packed.storeBytes(of: UInt8(truncatingIfNeeded: granules), as: UInt8.self)
    if let place = takeAgain(granules) {
      pointer(to: place).copyMemory(from: packed, byteCount: length)
      return place
    }
    let offset = (blocks.count - 1) * RecordArchive.blockSize + used
    used += granules * RecordArchive.granule
    return UInt32(offset / RecordArchive.granule)
  }

  /// Gives a place up for another record.
  mutating func remove(_ place: UInt32) {
    let packed = pointer(to: place)
    let granules = Int(packed.load(as: UInt8.self))
    packed.storeBytes(of: free[granules], toByteOffset: 4, as: UInt32.self)
    free[granules] = place + 1
  }

  private mutating func takeAgain(_ granules: Int) -> UInt32? {
    guard free[granules] != 0 else { return nil }
    let place = free[granules] - 1
    free[granules] = pointer(to: place).load(fromByteOffset: 4, as: UInt32.self)
    return place
  }

  private func pointer(to place: UInt32) -> UnsafeMutableRawPointer {
    let offset = Int(place) * RecordArchive.granule
    return blocks[offset / RecordArchive.blockSize] + offset % RecordArchive.blockSize
  }

  // MARK: Packing

  /// Gives the length in bytes.
  private func pack(
    _ record: UnsafeMutablePointer<ConnectionRecord>, to packed: UnsafeMutableRawPointer
  ) -> Int {
    let words = UnsafeRawPointer(record)
    let blank = UnsafeRawPointer(blank)
    var sizes = packed + 1
    var bytes = packed + RecordArchive.headerLength
    let end = 8 * RecordArchive.words
    var offset = 0
    while offset < end {
      let first = RecordArchive.write(words, blank, offset, &bytes)
      let second =
        offset + 8 < end ? RecordArchive.write(words, blank, offset + 8, &bytes) : 0
      sizes.storeBytes(of: first | second << 4, as: UInt8.self)
      sizes += 1
      offset += 16
    }
    return bytes - packed
  }

  /// Rotated, because "not set" is often the smallest or the largest number there is.
  @inline(__always)
  private static func write(
    _ words: UnsafeRawPointer, _ blank: UnsafeRawPointer, _ offset: Int,
    _ bytes: inout UnsafeMutableRawPointer
  ) -> UInt8 {
    let difference =
      words.load(fromByteOffset: offset, as: UInt64.self)
      &- blank.load(fromByteOffset: offset, as: UInt64.self)
    // Most words, and the same ones of most records: a branch the processor learns costs less than
    // counting the bits of them all.
    if difference == 0 { return 0 }
    let value = difference &<< 1 | difference &>> 63
    let size = (71 &- value.leadingZeroBitCount) &>> 3
    bytes.storeBytes(of: value.littleEndian, as: UInt64.self)
    bytes += size
    return UInt8(truncatingIfNeeded: size)
  }

  func unpack(_ place: UInt32, into record: UnsafeMutablePointer<ConnectionRecord>) {
    unpack(place, into: record, words: RecordArchive.words)
    record.pointee.unfold()
  }

  /// The key alone: the first words.
  func unpackKey(_ place: UInt32, into record: UnsafeMutablePointer<ConnectionRecord>) {
    unpack(place, into: record, words: (MemoryLayout<FlowKey>.size + 7) / 8)
  }

  private func unpack(
    _ place: UInt32, into record: UnsafeMutablePointer<ConnectionRecord>, words count: Int
  ) {
    let packed = UnsafeRawPointer(pointer(to: place))
    let words = UnsafeMutableRawPointer(record)
    let blank = UnsafeRawPointer(blank)
    var sizes = packed + 1
    var bytes = packed + RecordArchive.headerLength
    let end = 8 * count
    var offset = 0
    while offset < end {
      let pair = sizes.load(as: UInt8.self)
      sizes += 1
      RecordArchive.read(&bytes, UInt64(pair & 15), blank, words, offset)
      if offset + 8 < end {
        RecordArchive.read(&bytes, UInt64(pair >> 4), blank, words, offset + 8)
      }
      offset += 16
    }
  }

  @inline(__always)
  private static func read(
    _ bytes: inout UnsafeRawPointer, _ size: UInt64, _ blank: UnsafeRawPointer,
    _ words: UnsafeMutableRawPointer, _ offset: Int
  ) {
    let bits = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    // In two steps, because shifts count modulo 64. A branch for no byte at all would be guessed wrong
    // 50 times a record.
    let value = bits & ~((UInt64.max &<< (4 &* size)) &<< (4 &* size))
    bytes += Int(truncatingIfNeeded: size)
    words.storeBytes(
      of: (value &>> 1 | value &<< 63)
        &+ blank.load(fromByteOffset: offset, as: UInt64.self),
      toByteOffset: offset, as: UInt64.self)
  }
}
