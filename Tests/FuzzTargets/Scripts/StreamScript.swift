/// Bytes as what two ends say to each other: port (1), then side, order and kind (1), length (2) and
/// bytes of each piece. Ports are those that something is usually spoken on; a piece may be a datagram
/// of a name server instead.
struct StreamScript {
  let capture: [UInt8]

  private static let ports: [UInt16] = [
    443, 80, 53, 25, 22, 110, 143, 389, 445, 3306, 5432, 6379, 853, 8080, 1883, 9092,
  ]

  init(_ bytes: UnsafeRawBufferPointer) {
    var pcap = PcapWriter(linkType: 101)
    let port = Self.ports[Int(bytes.first ?? 0) % Self.ports.count]
    var next: [UInt32] = [1001, 5001]
    var time: Int64 = 0
    for side in 0...1 {
      var syn = ScriptSegment(side: side, serverPort: port, sequence: next[side] - 1)
      syn.flags = side == 0 ? 0x02 : 0x12
      syn.acknowledgment = side == 0 ? 0 : next[0]
      pcap.add(syn, microseconds: time)
    }
    var start = 1
    while start + 3 <= bytes.count {
      let kind = bytes[start]
      let side = Int(kind & 1)
      let length = Int(bytes[start + 1] & 0x0F) << 8 | Int(bytes[start + 2])
      let piece = Array(bytes[start + 3..<min(bytes.count, start + 3 + length)])
      start += 3 + length
      time += 1000
      if kind & 0xC0 == 0xC0 {
        pcap.add(Self.datagram(piece), microseconds: time)
        continue
      }
      var segment = ScriptSegment(
        side: side, serverPort: port, sequence: next[side], acknowledgment: next[1 - side])
      // Now and then before its turn, again, or with its end not captured.
      if kind & 0x30 == 0x10 { segment.sequence &+= UInt32(kind & 0x0F) }
      if kind & 0x30 == 0x20 { segment.sequence &-= UInt32(kind & 0x0F) }
      segment.payload = piece
      if kind & 0x30 == 0x30 { segment.missing = 100 }
      pcap.add(segment, microseconds: time)
      if kind & 0x30 == 0 || kind & 0x30 == 0x30 {
        next[side] &+= UInt32(piece.count + segment.missing)
      }
    }
    capture = pcap.bytes
  }

  /// From a name server to a client.
  private static func datagram(_ payload: [UInt8]) -> [UInt8] {
    [0x45, 0] + bigEndian(UInt16(28 + payload.count)) + [0, 0, 0x40, 0, 64, 17, 0, 0]
      + [198, 51, 100, 53, 192, 0, 2, 1] + bigEndian(UInt16(53)) + bigEndian(UInt16(40_001))
      + bigEndian(UInt16(8 + payload.count)) + [0, 0] + payload
  }
}
