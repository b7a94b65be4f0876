/// Bytes as packets in packets: of each frame how many headers (1), then each header's kind and what
/// is in it (2), from the inside out, and last a place and a value that damage the frame (2). All
/// lengths are valid but for that damage.
struct TunnelScript {
  let capture: [UInt8]

  init(_ bytes: UnsafeRawBufferPointer) {
    // Ethernet alone: what ends as a packet gets its header.
    var pcap = PcapWriter(linkType: 1)
    var start = 0
    var sequence: UInt32 = 1
    while start < bytes.count {
      let count = Int(bytes[start] % 40)
      start += 1
      var stack = HeaderStack(sequence: sequence)
      for _ in 0..<count where start + 1 < bytes.count {
        stack.add(bytes[start], bytes[start + 1])
        start += 2
      }
      for var frame in stack.frames {
        if start + 1 < bytes.count, bytes[start + 1] != 0 {
          frame[Int(bytes[start]) % frame.count] ^= bytes[start + 1]
        }
        pcap.add(frame, microseconds: Int64(start) * 10)
      }
      start += 2
      sequence &+= 7
    }
    capture = pcap.bytes
  }
}

/// A packet as it grows outwards; in several pieces where it is cut into fragments.
private struct HeaderStack {
  /// What the outermost header is.
  private enum Kind {
    case transport(UInt8)
    case packet(UInt16)
    case frame
  }

  private var pieces: [[UInt8]]
  private var kind = Kind.transport(6)
  private static let most = 9000

  init(sequence: UInt32) {
    pieces = [
      ScriptSegment(sequence: sequence, acknowledgment: 1, payload: Array("tunnelled".utf8)).tcp
    ]
  }

  /// Ethernet frames.
  var frames: [[UInt8]] {
    var stack = self
    if case .transport = stack.kind { stack.add(0, 0) }
    if case .packet = stack.kind { stack.add(0, 0) }
    return stack.pieces
  }

  mutating func add(_ choice: UInt8, _ value: UInt8) {
    guard (pieces.map(\.count).max() ?? 0) < Self.most else { return }
    switch kind {
    case .transport(let number): addNetwork(number, choice, value)
    case .packet(let type): addAroundPacket(type, choice, value)
    case .frame: addAroundFrame(choice, value)
    }
  }

  private mutating func wrap(_ outside: Kind, _ header: ([UInt8]) -> [UInt8]) {
    pieces = pieces.map { header($0) + $0 }
    kind = outside
  }

  private mutating func addNetwork(_ number: UInt8, _ choice: UInt8, _ value: UInt8) {
    switch choice % 8 {
    case 0, 1, 2:
      wrap(.packet(0x0800)) { Self.version4(number, length: $0.count, fragment: 0x4000, value) }
    case 3, 4:
      wrap(.packet(0x86DD)) { Self.version6(number, length: $0.count, []) }
    case 5:
      // Options that say nothing, then perhaps routing.
      let extensions: [UInt8] = [number, 0, 1, 4, 0, 0, 0, 0]
      wrap(.packet(0x86DD)) { Self.version6(0, length: $0.count, extensions) }
    case 6:
      // Two fragments, of which the second may be missing.
      let whole = pieces[0]
      let cut = max(8, min(whole.count & ~7, Int(value) & ~7))
      guard cut < whole.count else { return addNetwork(number, 0, value) }
      let (first, second) = (Array(whole[..<cut]), Array(whole[cut...]))
      pieces = [
        Self.version4(number, length: first.count, fragment: 0x2000, 9) + first,
        Self.version4(number, length: second.count, fragment: UInt16(cut / 8), 9) + second,
      ]
      if value & 1 != 0 { pieces.swapAt(0, 1) }
      if value & 6 == 6 { pieces.removeLast() }
      kind = .packet(0x0800)
    default:
      // Authentication (RFC 4302).
      wrap(.transport(51)) { _ in [number, 4] + [UInt8](repeating: 0, count: 22) }
    }
  }

  private static func version4(
    _ number: UInt8, length: Int, fragment: UInt16, _ value: UInt8
  ) -> [UInt8] {
    [0x45, 0] + bigEndian(UInt16(min(65_535, 20 + length))) + [0, value]
      + bigEndian(fragment) + [64, number, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1]
  }

  private static func version6(_ number: UInt8, length: Int, _ extensions: [UInt8]) -> [UInt8] {
    [0x60, 0, 0, 0] + bigEndian(UInt16(min(65_535, length + extensions.count))) + [number, 64]
      + [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
      + [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [2] + extensions
  }

  private mutating func addAroundPacket(_ type: UInt16, _ choice: UInt8, _ value: UInt8) {
    let addresses = [UInt8](repeating: 2, count: 12)
    let isVersion6 = type == 0x86DD
    switch choice % 14 {
    case 0, 1: wrap(.frame) { _ in addresses + bigEndian(type) }
    case 2:
      wrap(.frame) { _ in addresses + [0x81, 0, 0, value] + bigEndian(type) }
    case 3: wrap(.frame) { _ in addresses + [0x88, 0x47, 0, 1, value | 1, 64] }
    case 4:
      wrap(.frame) {
        addresses + [0x88, 0x64, 0x11, 0, 0, 1] + bigEndian(UInt16(min(65_535, $0.count + 2)))
          + [0, isVersion6 ? 0x57 : 0x21]
      }
    case 5: wrap(.transport(47)) { _ in [0, 0] + bigEndian(type) }
    case 6:
      wrap(.transport(47)) { _ in
        [0xB0, 0] + bigEndian(type) + [UInt8](repeating: value, count: 12)
      }
    case 7: wrap(.transport(isVersion6 ? 41 : 4)) { _ in [] }
    case 8:
      addDatagram(2152) { [0x30, 255] + bigEndian(UInt16(min(65_535, $0.count))) + [0, 0, 0, 1] }
    case 9:
      addDatagram(2152) {
        [0x34, 255] + bigEndian(UInt16(min(65_535, $0.count + 8))) + [
          0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, value, 0,
        ]
      }
    case 10: addDatagram(4790) { _ in [0x0C, 0, 0, isVersion6 ? 2 : 1, 0, 0, value, 0] }
    case 11: addDatagram(6081) { _ in [0x01, 0] + bigEndian(type) + [0, 0, value, 0, 0, 1, 0, 0] }
    case 12:
      addDatagram(1701) {
        [0x40, 2] + bigEndian(UInt16(min(65_535, $0.count + 10))) + [
          0, 1, 0, value, 0xFF, 3, 0, isVersion6 ? 0x57 : 0x21,
        ]
      }
    default: addDatagram(6635) { _ in [0, 1, value | 1, 64] }
    }
  }

  private mutating func addAroundFrame(_ choice: UInt8, _ value: UInt8) {
    let addresses = [UInt8](repeating: 2, count: 12)
    switch choice % 8 {
    case 0, 1: addDatagram(4789) { _ in [8, 0, 0, 0, 0, 0, value, 0] }
    case 2: addDatagram(6081) { _ in [0, 0, 0x65, 0x58, 0, 0, value, 0] }
    case 3: wrap(.transport(47)) { _ in [0x20, 0, 0x65, 0x58, 0, 0, 0, value] }
    case 4: wrap(.transport(97)) { _ in [0x30, 0] }
    case 5:
      wrap(.transport(47)) { _ in
        [0x10, 0, 0x88, 0xBE, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
      }
    case 6: wrap(.frame) { _ in addresses + [0x88, 0xE7, 0, 0, 0, value] }
    default: addDatagram(37_008) { _ in [1, 0, 0, 1, 10, 1, value, 1] }
    }
  }

  private mutating func addDatagram(_ port: UInt16, _ header: ([UInt8]) -> [UInt8]) {
    wrap(.transport(17)) { inside in
      let header = header(inside)
      return bigEndian(UInt16(50_000)) + bigEndian(port)
        + bigEndian(UInt16(min(65_535, 8 + header.count + inside.count))) + [0, 0] + header
    }
  }
}
