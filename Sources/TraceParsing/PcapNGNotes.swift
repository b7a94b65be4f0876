import TCPModel

/// What a pcapng file says besides its packets.
struct PcapNGNotes {
  /// A hostile file could hold nothing but names.
  private static let maximumNames = 100_000

  /// In the order of the interfaces, each once.
  private(set) var linkTypes: [LinkType] = []
  private(set) var names: [IPAddress: String] = [:]
  /// By interface: the counters only grow, so the last block counts.
  private var drops: [Int: UInt64] = [:]

  /// Packets the interfaces and the system dropped; nil when no block counts them.
  var interfaceDrops: Int64? {
    drops.isEmpty ? nil : Int64(clamping: drops.values.reduce(0, &+))
  }

  mutating func addLinkType(_ type: LinkType) {
    if !linkTypes.contains(type) { linkTypes.append(type) }
  }

  /// Records: type (2), length (2), value padded to 4 bytes. Type 1 is an IPv4 address and its
  /// names, type 2 an IPv6 address and its names, each name ended by a zero byte.
  mutating func addNames(_ body: RawSpan, _ order: ByteOrder) {
    var records = PcapNGOptions(position: 0)
    while let record = records.next(in: body, order) {
      let address: IPAddress
      let addressLength: Int
      switch (record.code, record.length) {
      case (1, 4...):
        addressLength = 4
        address = IPAddress(ipv4: body.uint32(at: record.value))
      case (2, 16...):
        addressLength = 16
        address = IPAddress(
          ipv6: body.uint64(at: record.value), body.uint64(at: record.value + 8))
      default: continue
      }
      let first = record.value + addressLength
      var end = first
      while end < record.value + record.length, body.uint8(at: end) != 0 { end += 1 }
      guard end > first, names[address] == nil, names.count < PcapNGNotes.maximumNames else {
        continue
      }
      let text = body.extracting(first..<end).withUnsafeBytes {
        String(decoding: $0, as: UTF8.self)
      }
      names[address] = text
    }
  }

  /// Interface (4), time (8), options: 5 is isb_ifdrop, 7 isb_osdrop.
  mutating func addStatistics(_ body: RawSpan, _ order: ByteOrder, interface: Int) {
    var count: UInt64?
    var options = PcapNGOptions(position: 12)
    while let option = options.next(in: body, order) {
      guard option.code == 5 || option.code == 7, option.length == 8 else { continue }
      count = (count ?? 0) &+ order.uint64(body, at: option.value)
    }
    if let count { drops[interface] = count }
  }
}
