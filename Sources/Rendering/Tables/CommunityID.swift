import TCPModel

/// Community ID v1 of a TCP flow, seed 0: `1:` and the Base64 text of
/// SHA-1(seed, low address, high address, protocol, 0, low port, high port), network byte order.
/// Specification: https://github.com/corelight/community-id-spec
public struct CommunityID: Sendable {
  private let digest: InlineArray<5, UInt32>

  private static let protocolNumber: UInt8 = 6

  public init(client: Endpoint, server: Endpoint) {
    let key = FlowKey(source: client, destination: server)
    var hash = SHA1()
    hash.append(UInt16(0))
    hash.append(key.low.address)
    hash.append(key.high.address)
    hash.append(Self.protocolNumber)
    hash.append(UInt8(0))
    hash.append(key.low.port)
    hash.append(key.high.port)
    digest = hash.finish()
  }

  public var text: String {
    var output = ByteWriter()
    write(to: &output)
    return String(decoding: output.takeBytes(), as: UTF8.self)
  }

  func writeJSON(to output: inout ByteWriter) {
    output.openText()
    write(to: &output)
    output.closeText()
  }

  func write(to output: inout ByteWriter) {
    output.reserve(2 + 28)
    output.put("1:")
    // 20 bytes are six groups of three, and two bytes that end in a group with one `=`.
    Self.group(digest[0] >> 8, to: &output)
    Self.group(digest[0] << 16 | digest[1] >> 16, to: &output)
    Self.group(digest[1] << 8 | digest[2] >> 24, to: &output)
    Self.group(digest[2], to: &output)
    Self.group(digest[3] >> 8, to: &output)
    Self.group(digest[3] << 16 | digest[4] >> 16, to: &output)
    output.put(Self.base64(digest[4] >> 10))
    output.put(Self.base64(digest[4] >> 4))
    output.put(Self.base64(digest[4] << 2))
    output.put(UInt8(ascii: "="))
  }

  /// Three bytes, the lower ones of the word.
  @inline(__always)
  private static func group(_ word: UInt32, to output: inout ByteWriter) {
    output.put(base64(word >> 18))
    output.put(base64(word >> 12))
    output.put(base64(word >> 6))
    output.put(base64(word))
  }

  /// RFC 4648 section 4.
  private static let alphabet: StaticString =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

  @inline(__always)
  private static func base64(_ word: UInt32) -> UInt8 {
    alphabet.utf8Start[Int(word & 0x3F)]
  }
}

extension SHA1 {
  mutating func append(_ address: IPAddress) {
    if address.isIPv6 {
      append(address.upper)
      append(address.lower)
    } else {
      append(UInt32(truncatingIfNeeded: address.lower))
    }
  }
}
