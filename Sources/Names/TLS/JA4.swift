import Support

/// The JA4 fingerprint of a TLS client over TCP (FoxIO, BSD licence): what it offers, whatever the
/// order.
enum JA4 {
  static func fingerprint(of hello: ClientHello) -> String {
    let ciphers = hello.ciphers.filter { !ClientHello.isGREASE($0) }
    let extensions = hello.extensions.filter { !ClientHello.isGREASE($0) }
    var text = "t"
    text += version(of: hello)
    text += hello.hasServerName ? "d" : "i"
    text += twoDigits(ciphers.count) + twoDigits(extensions.count)
    text += protocolMark(hello.firstProtocol)
    text += "_" + hash(ciphers.map(fourDigits).sorted().joined(separator: ","))
    // Server name and protocols are told apart above.
    var rest = extensions.filter { $0 != 0 && $0 != 16 }.map(fourDigits).sorted()
      .joined(separator: ",")
    let algorithms = hello.signatureAlgorithms.filter { !ClientHello.isGREASE($0) }
    if !rest.isEmpty, !algorithms.isEmpty {
      rest += "_" + algorithms.map(fourDigits).joined(separator: ",")
    }
    return text + "_" + hash(rest)
  }

  private static func version(of hello: ClientHello) -> String {
    let offered = hello.versions.filter { !ClientHello.isGREASE($0) }.max()
    switch offered ?? hello.legacyVersion {
    case 0x0304: return "13"
    case 0x0303: return "12"
    case 0x0302: return "11"
    case 0x0301: return "10"
    case 0x0300: return "s3"
    case 0x0002: return "s2"
    default: return "00"
    }
  }

  /// Its first and last character, or of its hexadecimal digits where these are no letters or digits.
  private static func protocolMark(_ name: [UInt8]) -> String {
    guard let first = name.first, let last = name.last else { return "00" }
    if isAlphanumeric(first), isAlphanumeric(last) {
      return String(decoding: [first, last], as: UTF8.self)
    }
    return String(first >> 4, radix: 16) + String(last & 0xF, radix: 16)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool { byte.isDigit || byte.isLetter }

  private static func twoDigits(_ count: Int) -> String {
    Quantity.twoDigits(Int64(min(count, 99)))
  }

  private static func fourDigits(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 4 - digits.utf8.count) + digits
  }

  private static func hash(_ text: String) -> String {
    text.isEmpty ? String(repeating: "0", count: 12) : SHA256.hexadecimal(of: text.utf8, first: 12)
  }
}
