/// Bytes as frames of some link type: type (1), then length (1) and bytes of each frame.
struct LinkScript {
  let capture: [UInt8]

  /// Link types with a decoder, and some without.
  private static let types: [UInt8] = [
    0, 1, 6, 7, 8, 9, 10, 50, 51, 100, 101, 104, 105, 107, 108, 109, 113, 117, 119, 122, 127, 129,
    138, 147, 163, 166, 178, 192, 204, 205, 206, 219, 226, 228, 229, 239, 240, 241, 242,
  ]

  init(_ bytes: UnsafeRawBufferPointer) {
    let first = Int(bytes.first ?? 0)
    // Beyond 255: PKTAP, LINUX_SLL2.
    let type = first == 254 ? 258 : first == 255 ? 276 : Int(Self.types[first % Self.types.count])
    var pcap = PcapWriter(linkType: type)
    var start = 1
    while start < bytes.count {
      let end = min(bytes.count, start + 1 + Int(bytes[start]))
      pcap.add(Array(bytes[start + 1..<max(start + 1, end)]), microseconds: Int64(start) * 100)
      start = max(start + 1, end)
    }
    capture = pcap.bytes
  }
}

/// Bytes as segments between two ends, each of them valid: flags (1) | side and options (1) |
/// sequence (2) | acknowledgment (2) | length (1) | time (1).
struct SegmentScript {
  let capture: [UInt8]

  init(_ bytes: UnsafeRawBufferPointer) {
    var pcap = PcapWriter(linkType: 101)
    var time: Int64 = 0
    var next: [UInt32] = [1000, 5000]
    for start in stride(from: 0, to: bytes.count - 7, by: 8) {
      func word(_ offset: Int) -> UInt32 {
        UInt32(bytes[start + offset]) << 8 | UInt32(bytes[start + offset + 1])
      }
      let kind = bytes[start + 1]
      let side = Int(kind & 1)
      // In order by default; elsewhere where the script says so.
      let sequence =
        kind & 2 == 0 ? next[side] : next[side] &+ UInt32(bitPattern: Int32(word(2)) - 32_768)
      let acknowledged =
        kind & 4 == 0
        ? next[1 - side] : next[1 - side] &+ UInt32(bitPattern: Int32(word(4)) - 32_768)
      let flags = bytes[start]
      let length = Int(bytes[start + 6])
      time += kind & 8 == 0 ? Int64(bytes[start + 7]) * 100 : Int64(word(4)) * 50_000
      if kind & 16 != 0 { time -= 1_000_000 }
      pcap.addSegment(
        side: side, sequence: sequence, acknowledgment: acknowledged, flags: flags,
        window: UInt16(truncatingIfNeeded: word(2)), hasOptions: kind & 32 != 0, length: length,
        microseconds: time)
      let ends = UInt32(flags & 1) + UInt32(flags >> 1 & 1)
      if kind & 2 == 0 { next[side] = sequence &+ UInt32(length) &+ ends }
    }
    capture = pcap.bytes
  }
}

struct PcapWriter {
  private(set) var bytes: [UInt8]

  init(linkType: Int) {
    bytes = [0xA1, 0xB2, 0xC3, 0xD4, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 8)
    append(262_144)
    append(UInt32(linkType))
  }

  private mutating func append(_ value: UInt32) {
    withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
  }

  mutating func add(_ frame: [UInt8], microseconds: Int64) {
    let time = max(0, 1_700_000_000_000_000 + microseconds)
    append(UInt32(truncatingIfNeeded: time / 1_000_000))
    append(UInt32(truncatingIfNeeded: time % 1_000_000))
    append(UInt32(frame.count))
    append(UInt32(frame.count))
    bytes += frame
  }

  mutating func addSegment(
    side: Int, sequence: UInt32, acknowledgment: UInt32, flags: UInt8, window: UInt16,
    hasOptions: Bool, length: Int, microseconds: Int64
  ) {
    let options: [UInt8] = hasOptions ? [2, 4, 5, 180, 4, 2, 1, 3, 3, 7, 1, 0] : []
    let total = 40 + options.count + length
    var frame: [UInt8] = [
      0x45, 0, UInt8(total >> 8), UInt8(total & 0xFF), 0, 0, 0x40, 0, 64, 6, 0, 0,
    ]
    let ends: [[UInt8]] = [[192, 0, 2, 1], [198, 51, 100, 1]]
    frame += ends[side] + ends[1 - side]
    frame += side == 0 ? [0x9C, 0x40, 0, 80] : [0, 80, 0x9C, 0x40]
    for word in [sequence, acknowledgment] {
      withUnsafeBytes(of: word.bigEndian) { frame += $0 }
    }
    frame += [UInt8(5 + options.count / 4) << 4, flags, UInt8(window >> 8), UInt8(window & 0xFF)]
    frame += [0, 0, 0, 0] + options + [UInt8](repeating: 0x61, count: length)
    add(frame, microseconds: microseconds)
  }
}
