import Support
import TCPModel

extension Lesson.Part {
  /// What a capture point of the part sees, in the order of its frames.
  public struct Sight: Sendable {
    /// A pcap file.
    public var capture: [UInt8]
    /// By the number of a segment, its frame.
    public var frames: [Int: Int64]
  }

  /// At the client, and at the server where the part is captured at both ends.
  public var sights: [Sight] {
    guard let way else { return [sight(of: .client, way: 0)] }
    return [sight(of: .client, way: way), sight(of: .server, way: way)]
  }

  private func sight(of side: Side, way: Nanoseconds) -> Sight {
    let seen = segments.enumerated().filter { $1.from == side || !$1.isLost }
      .map { (number: $0, at: $1.at + ($1.from == side ? 0 : way), line: $1) }
      .sorted { ($0.at, $0.number) < ($1.at, $1.number) }
    var file = PcapBytes()
    var frames: [Int: Int64] = [:]
    for (index, entry) in seen.enumerated() {
      frames[entry.number] = Int64(index + 1)
      file.record(at: entry.at, packet(entry.line, number: entry.number))
    }
    return Sight(capture: file.bytes, frames: frames)
  }

  /// The numbers that the two ends begin with.
  private static let initial = PerSide<UInt32>(client: 1_000_000, server: 5_000_000)

  private func packet(_ line: SegmentLine, number: Int) -> [UInt8] {
    let own = Self.initial[line.from]
    let peer = Self.initial[line.from.peer]
    let (source, target) = line.from == .client ? (client, server) : (server, client)
    var options = PcapBytes.Fields()
    options.add(line.options, base: peer)
    var tcp = PcapBytes.Fields()
    tcp.u16(Int(source.port))
    tcp.u16(Int(target.port))
    tcp.u32(own &+ UInt32(truncatingIfNeeded: line.sequence))
    tcp.u32(line.acknowledgment.map { peer &+ UInt32(truncatingIfNeeded: $0) } ?? 0)
    tcp.u16((5 + options.bytes.count / 4) << 12 | Int(line.flags.rawValue))
    tcp.u16(Int(line.window))
    // No checksum: a capture at the sender has none either.
    tcp.u32(0)
    tcp.bytes += options.bytes
    tcp.bytes += [UInt8](repeating: UInt8(ascii: "x"), count: Int(line.length))
    var packet = PcapBytes.Fields()
    packet.u16(0x4500)
    packet.u16(20 + tcp.bytes.count)
    packet.u16(line.identification > 0 ? Int(line.identification) : 1 + number)
    packet.u16(0x4000)
    packet.u16(Int(line.ttl) << 8 | 6)
    packet.u16(0)
    packet.u32(UInt32(truncatingIfNeeded: source.address.lower))
    packet.u32(UInt32(truncatingIfNeeded: target.address.lower))
    return packet.bytes + tcp.bytes
  }
}

/// A pcap file of raw IP packets with times in nanoseconds.
private struct PcapBytes {
  struct Fields {
    var bytes: [UInt8] = []

    mutating func u8(_ value: Int) { bytes.append(UInt8(truncatingIfNeeded: value)) }
    mutating func u16(_ value: Int) {
      u8(value >> 8)
      u8(value)
    }
    mutating func u32(_ value: UInt32) {
      u16(Int(value >> 16))
      u16(Int(value & 0xFFFF))
    }

    /// RFC 9293 3.2, RFC 7323, RFC 2018, RFC 7413; padded to four bytes.
    mutating func add(_ options: TCPOptions, base: UInt32) {
      if options.kinds.contains(.mss) {
        u16(0x0204)
        u16(Int(options.mss))
      }
      if options.kinds.contains(.sackPermitted) { u16(0x0402) }
      if options.kinds.contains(.timestamps) {
        u16(0x080A)
        u32(options.timestampValue)
        u32(options.timestampEcho)
      }
      if options.kinds.contains(.windowScale) {
        u16(0x0303)
        u8(Int(options.windowScale))
      }
      if options.kinds.contains(.fastOpen) { u16(0x2202) }
      if options.kinds.contains(.sack) {
        u8(5)
        u8(2 + 8 * Int(options.sackCount))
        for index in 0..<Int(options.sackCount) {
          u32(base &+ options.sack[index].left.rawValue)
          u32(base &+ options.sack[index].right.rawValue)
        }
      }
      while bytes.count % 4 != 0 { u8(0) }
    }
  }

  /// 2023-11-14 22:13:20 UTC, the moment of every example.
  private static let start: Int64 = 1_700_000_000

  private(set) var bytes: [UInt8]

  init() {
    bytes = []
    little(0xA1B2_3C4D)
    little(0x0004_0002)
    little(0)
    little(0)
    little(262_144)
    // LINKTYPE_RAW
    little(101)
  }

  mutating func record(at time: Nanoseconds, _ packet: [UInt8]) {
    little(UInt32(truncatingIfNeeded: Self.start + time / 1_000_000_000))
    little(UInt32(truncatingIfNeeded: time % 1_000_000_000))
    little(UInt32(truncatingIfNeeded: packet.count))
    little(UInt32(truncatingIfNeeded: packet.count))
    bytes += packet
  }

  private mutating func little(_ value: UInt32) {
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }
}
