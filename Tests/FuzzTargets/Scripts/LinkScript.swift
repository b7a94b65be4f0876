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
