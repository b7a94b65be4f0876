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
      var segment = ScriptSegment(side: side)
      // In order by default; elsewhere where the script says so.
      segment.sequence =
        kind & 2 == 0 ? next[side] : next[side] &+ UInt32(bitPattern: Int32(word(2)) - 32_768)
      segment.acknowledgment =
        kind & 4 == 0
        ? next[1 - side] : next[1 - side] &+ UInt32(bitPattern: Int32(word(4)) - 32_768)
      segment.flags = bytes[start]
      segment.window = UInt16(truncatingIfNeeded: word(2))
      segment.identification = UInt16(truncatingIfNeeded: start / 8)
      segment.payload = [UInt8](repeating: 0x61, count: Int(bytes[start + 6]))
      time += kind & 8 == 0 ? Int64(bytes[start + 7]) * 100 : Int64(word(4)) * 50_000
      if kind & 16 != 0 { time -= 1_000_000 }
      if kind & 32 != 0 { segment.options = ScriptSegment.synOptions }
      if kind & 64 != 0 {
        // Blocks beyond what is acknowledged, and a time stamp.
        let left = segment.acknowledgment &+ word(4)
        segment.options =
          [1, 1, 8, 10] + bigEndian(UInt32(truncatingIfNeeded: time / 1000)) + bigEndian(word(2))
          + [1, 1, 5, 10] + bigEndian(left) + bigEndian(left &+ word(2))
      }
      pcap.add(segment, microseconds: time)
      let ends = UInt32(segment.flags & 1) + UInt32(segment.flags >> 1 & 1)
      if kind & 2 == 0 {
        next[side] = segment.sequence &+ UInt32(segment.payload.count) &+ ends
      }
    }
    capture = pcap.bytes
  }
}
