/// A file of records or blocks that state their lengths: a change of one part leaves the others where
/// a reader finds them.
private func changedParts(
  _ parts: inout [[UInt8]], _ random: inout SplitMix, _ change: ([UInt8], Int) -> [UInt8]
) {
  guard !parts.isEmpty else { return }
  let place = Int.random(in: 0..<parts.count, using: &random)
  let other = Int.random(in: 0..<parts.count, using: &random)
  switch random.next() % 8 {
  case 0: parts.insert(parts[place], at: other)
  case 1: parts.swapAt(place, other)
  case 2: if parts.count > 1 { parts.remove(at: place) }
  case 3:
    // The head of one with the tail of another.
    let cut = Int.random(in: 0...min(parts[place].count, parts[other].count), using: &random)
    parts[place] = Array(parts[place][..<cut] + parts[other][cut...])
  default: parts[place] = change(parts[place], parts[place].count + 64)
  }
}

struct PcapRecords {
  private let header: [UInt8]
  private let isBig: Bool
  /// Time (8) and original length (4) of each, then its frame.
  private var records: [[UInt8]] = []

  /// nil for what is no pcap file with 16-byte record headers.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 40 else { return nil }
    switch Array(bytes[..<4]) {
    case [0xA1, 0xB2, 0xC3, 0xD4], [0xA1, 0xB2, 0x3C, 0x4D]: isBig = true
    case [0xD4, 0xC3, 0xB2, 0xA1], [0x4D, 0x3C, 0xB2, 0xA1]: isBig = false
    default: return nil
    }
    header = Array(bytes[..<24])
    var start = 24
    while start + 16 <= bytes.count {
      let length = Int(readUInt32(bytes, at: start + 8, isBig))
      let end = min(bytes.count, start + 16 + min(length, 1 << 16))
      records.append(
        Array(bytes[start..<start + 8] + bytes[start + 12..<start + 16] + bytes[start + 16..<end]))
      start = end
    }
  }

  /// The packet's length and the checksum of its header fit again, so that what follows is read.
  private func repaired(_ frame: [UInt8]) -> [UInt8] {
    let start: Int
    switch readUInt32(header, at: 20, isBig) & 0xFFFF {
    case 1: start = 14
    case 101, 228: start = 0
    case 113: start = 16
    default: return frame
    }
    guard frame.count >= start + 20, frame[start] >> 4 == 4 else { return frame }
    var frame = frame
    frame.replaceSubrange(
      start + 2..<start + 4, with: bigEndian(UInt16(min(65_535, frame.count - start))))
    frame.replaceSubrange(start + 10..<start + 12, with: [0, 0])
    let end = min(frame.count, start + 4 * Int(frame[start] & 0x0F))
    var sum: UInt32 = 0
    for place in stride(from: start, to: end - 1, by: 2) {
      sum += UInt32(frame[place]) << 8 | UInt32(frame[place + 1])
    }
    sum = sum & 0xFFFF + sum >> 16
    let checksum = ~UInt16(truncatingIfNeeded: sum + sum >> 16)
    frame.replaceSubrange(start + 10..<start + 12, with: bigEndian(checksum))
    return frame
  }

  mutating func changed(
    _ random: inout SplitMix, _ change: ([UInt8], Int) -> [UInt8]
  ) -> [UInt8] {
    changedParts(&records, &random, change)
    let repairs = random.next() % 2 == 0
    return records.reduce(into: header) { bytes, record in
      guard record.count >= 12 else { return }
      let frame = repairs ? repaired(Array(record[12...])) : Array(record[12...])
      bytes += record[..<8]
      append(UInt32(frame.count), to: &bytes, isBig)
      append(max(UInt32(frame.count), readUInt32(record, at: 8, isBig)), to: &bytes, isBig)
      bytes += frame
    }
  }
}

struct PcapNGBlocks {
  private let isBig: Bool
  /// Type (4) and body of each.
  private var blocks: [[UInt8]] = []

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 28, Array(bytes[..<4]) == [0x0A, 0x0D, 0x0D, 0x0A] else { return nil }
    isBig = bytes[8] == 0x1A
    var start = 0
    while start + 12 <= bytes.count {
      let length = Int(readUInt32(bytes, at: start + 4, isBig))
      guard length >= 12, start + length <= bytes.count else { break }
      blocks.append(Array(bytes[start..<start + 4] + bytes[start + 8..<start + length - 4]))
      start += length
    }
  }

  mutating func changed(
    _ random: inout SplitMix, _ change: ([UInt8], Int) -> [UInt8]
  ) -> [UInt8] {
    changedParts(&blocks, &random, change)
    return blocks.reduce(into: []) { bytes, block in
      guard block.count >= 4 else { return }
      let padding = [UInt8](repeating: 0, count: -block.count & 3)
      let length = UInt32(block.count + padding.count + 8)
      bytes += block[..<4]
      append(length, to: &bytes, isBig)
      bytes += block[4...] + padding
      append(length, to: &bytes, isBig)
    }
  }
}

/// A journal: a mark, then blocks of kind (1), length (4), CRC-32 (4) and content. The checksums fit again,
/// so that what is changed is read.
struct JournalParts {
  private let mark: [UInt8]
  /// Kind and content of each.
  private var blocks: [[UInt8]] = []

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 10, bytes[..<5].elementsEqual([0x89, 0x54, 0x43, 0x50, 0x4A]) else {
      return nil
    }
    mark = Array(bytes[..<10])
    var start = 10
    while start + 9 <= bytes.count {
      let length = Int(readUInt32(bytes, at: start + 1, false))
      let end = min(bytes.count, start + 9 + length)
      blocks.append([bytes[start]] + bytes[start + 9..<end])
      start = end
    }
    if blocks.isEmpty { return nil }
  }

  consuming func changed(
    _ random: inout SplitMix, _ change: ([UInt8], Int) -> [UInt8]
  ) -> [UInt8] {
    if random.next() % 4 == 0 {
      changedParts(&blocks, &random, change)
    } else {
      // Most of a journal is in the blocks between the first and the last one.
      let place = blocks.count / 2
      blocks[place] = change(blocks[place], blocks[place].count + 64)
    }
    return blocks.reduce(into: mark) { bytes, block in
      guard let kind = block.first else { return }
      var header = [kind]
      append(UInt32(block.count - 1), to: &header, false)
      let sum = checksum(header + block[1...])
      append(sum, to: &header, false)
      bytes += header + block[1...]
    }
  }

  /// CRC-32 as zlib has it (ISO 3309).
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
    return ~sum
  }
}

private func readUInt32(_ bytes: [UInt8], at offset: Int, _ isBig: Bool) -> UInt32 {
  let word = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  return isBig ? word : word.byteSwapped
}

private func append(_ value: UInt32, to bytes: inout [UInt8], _ isBig: Bool) {
  withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { bytes += $0 }
}
