/// A pcap file of IPv4 packets without a link layer, written as it is made.
struct FrameWriter {
  private var bytes: [UInt8] = []
  private let put: ([UInt8]) -> Void
  /// Microseconds since 2023-11-14T22:13:20Z.
  var time: Int64 = 0
  private var random: UInt64 = 0x9E37_79B9_7F4A_7C15

  init(put: @escaping ([UInt8]) -> Void) {
    self.put = put
    bytes = [0xA1, 0xB2, 0xC3, 0xD4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0]
    word(262_144)
    word(101)
  }

  mutating func next() -> UInt64 {
    random ^= random << 13
    random ^= random >> 7
    random ^= random << 17
    return random
  }

  mutating func next(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

  private mutating func word(_ value: UInt32) {
    bytes.append(UInt8(value >> 24))
    bytes.append(UInt8(value >> 16 & 0xFF))
    bytes.append(UInt8(value >> 8 & 0xFF))
    bytes.append(UInt8(value & 0xFF))
  }

  private mutating func half(_ value: Int) {
    bytes.append(UInt8(value >> 8 & 0xFF))
    bytes.append(UInt8(value & 0xFF))
  }

  /// - Parameters:
  ///   - headers: Before the transport's, behind the IPv4 header: each one IPv4 in IPv4.
  ///   - fragment: Of the IPv4 header: flags and offset.
  mutating func add(
    _ segment: TCPSegment, headers: Int = 0, fragment: Int = 0x4000, identification: Int = 0,
    isTransportLeftOut: Bool = false
  ) {
    let transport = isTransportLeftOut ? segment.payload : 20 + segment.payload
    let total = 20 * (headers + 1) + transport
    let stamp = 1_700_000_000_000_000 + time
    word(UInt32(truncatingIfNeeded: stamp / 1_000_000))
    word(UInt32(truncatingIfNeeded: stamp % 1_000_000))
    word(UInt32(total))
    word(UInt32(total))
    for depth in 0...headers {
      bytes.append(0x45)
      bytes.append(0)
      half(total - 20 * depth)
      half(identification)
      half(depth == headers ? fragment : 0x4000)
      bytes.append(64)
      bytes.append(depth == headers ? 6 : 4)
      half(0)
      word(segment.isAnswer ? segment.server : segment.client)
      word(segment.isAnswer ? segment.client : segment.server)
    }
    if !isTransportLeftOut {
      half(segment.isAnswer ? segment.serverPort : segment.clientPort)
      half(segment.isAnswer ? segment.clientPort : segment.serverPort)
      word(segment.sequence)
      word(segment.acknowledgment)
      bytes.append(0x50)
      bytes.append(segment.flags)
      half(segment.window)
      half(0)
      half(0)
    }
    for _ in 0..<segment.payload { bytes.append(0x61) }
    if bytes.count > 1 << 20 { flush() }
  }

  mutating func flush() {
    put(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}

struct TCPSegment {
  var client: UInt32 = 0xC000_0201
  var server: UInt32 = 0xC633_6401
  var clientPort = 40_000
  var serverPort = 80
  var isAnswer = false
  var sequence: UInt32 = 0
  var acknowledgment: UInt32 = 0
  var flags: UInt8 = 0x10
  var window = 65_535
  var payload = 0

  static let fin: UInt8 = 1
  static let syn: UInt8 = 2
  static let rst: UInt8 = 4
  static let push: UInt8 = 8
  static let ack: UInt8 = 16
}
