/// The first records of TLS connections: hellos as a browser sends them, with its extensions in another order
/// each time and reserved values (RFC 8701), and what a server of TLS 1.3 answers.
enum TLSBytes {
  static let helloLength = 517

  private static let ciphers: [UInt64] = [
    0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C,
    0x009D, 0x002F, 0x0035,
  ]

  /// One of 50 names.
  static func clientRecords(_ connection: Int, _ random: inout Random) -> [UInt8] {
    var extensions = fixed
    let name = Array("www\(10 + connection % 50).example.com".utf8)
    extensions.append(kind(0, vector(2, [0] + vector(2, name))))
    for index in extensions.indices.reversed() {
      extensions.swapAt(index, Int(random.next() % UInt64(index + 1)))
    }
    var body: [UInt8] = []
    body.appendBig(0x0303, 2)
    for _ in 0..<8 { body.appendBig(random.next(), 8) }
    // The random value (32) and the session id: a vector of 32 bytes.
    body.insert(32, at: 34)
    body += vector(2, bytes([reserved(&random)] + ciphers)) + [1, 0]
    var list = kind(reserved(&random), []) + extensions.flatMap { $0 }
    let padding = helloLength - 9 - body.count - 2 - list.count - 4
    list += kind(21, [UInt8](repeating: 0, count: max(0, padding)))
    return record(22, [1] + vector(3, body + vector(2, list)))
  }

  /// RFC 8701: 0x0A0A, 0x1A1A, ..
  private static func reserved(_ random: inout Random) -> UInt64 {
    let byte = (random.next() & 0xF) << 4 | 0xA
    return byte << 8 | byte
  }

  /// A segment of a whole response.
  static func serverRecords(isFirst: Bool, length: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    if isFirst {
      var body: [UInt8] = []
      body.appendBig(0x0303, 2)
      body += [UInt8](repeating: 7, count: 32) + vector(1, [UInt8](repeating: 8, count: 32))
      body.appendBig(0x13_0100, 3)
      body += vector(
        2, kind(43, [3, 4]) + kind(51, [0, 29] + vector(2, [UInt8](repeating: 9, count: 32))))
      bytes = record(22, [2] + vector(3, body)) + record(20, [1])
    }
    let rest = length - bytes.count - 5
    return rest < 0
      ? Array(bytes.prefix(length)) : bytes + record(23, [UInt8](repeating: 5, count: rest))
  }

  private static let fixed: [[UInt8]] = [
    kind(23, []), kind(0xFF01, [0]), kind(10, vector(2, bytes([0x2A2A, 29, 23, 24]))),
    kind(11, [1, 0]), kind(35, []),
    kind(16, vector(2, vector(1, Array("h2".utf8)) + vector(1, Array("http/1.1".utf8)))),
    kind(5, [1, 0, 0, 0, 0]),
    kind(
      13,
      vector(2, bytes([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]))),
    kind(18, []), kind(51, vector(2, bytes([29]) + vector(2, [UInt8](repeating: 6, count: 32)))),
    kind(45, [1, 1]), kind(43, vector(1, bytes([0x3A3A, 0x0304, 0x0303]))), kind(27, [2, 0, 2]),
    kind(0x4469, [0, 3, 2, 0x68, 0x32]),
  ]

  private static func bytes(_ numbers: [UInt64]) -> [UInt8] {
    var bytes: [UInt8] = []
    for number in numbers { bytes.appendBig(number, 2) }
    return bytes
  }

  private static func vector(_ lengthBytes: Int, _ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBig(UInt64(content.count), lengthBytes)
    return bytes + content
  }

  private static func kind(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBig(number, 2)
    return bytes + vector(2, content)
  }

  private static func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
    [type, 3, type == 22 ? 1 : 3] + vector(2, content)
  }
}
