import Support

/// The JA4 fingerprint of a TLS client over TCP (FoxIO, BSD licence): what it offers, whatever the
/// order.
enum JA4 {
  static func fingerprint(of offer: ClientHello.Offer) -> String {
    var text = "t"
    text += JA4.version(offer.versions.max() ?? offer.legacyVersion)
    text += offer.hasServerName ? "d" : "i"
    text += JA4.twoDigits(offer.ciphers.count) + JA4.twoDigits(offer.extensions.count)
    text += JA4.protocolMark(offer.firstProtocol)
    text += "_" + hash(JA4.list(offer.ciphers.sorted()))
    // Server name and protocols are told apart above.
    var rest = JA4.list(offer.extensions.filter { $0 != 0 && $0 != 16 })
    if !rest.isEmpty, !offer.signatureAlgorithms.isEmpty {
      rest.append(UInt8(ascii: "_"))
      rest += JA4.list(offer.signatureAlgorithms)
    }
    return text + "_" + hash(rest)
  }

  private static func version(_ number: UInt16) -> String {
    switch number {
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

  /// Four hexadecimal digits each, with commas between them.
  private static func list(_ numbers: some Collection<UInt16>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * 5)
    for number in numbers {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
      for shift in [12, 8, 4, 0] {
        let digit = UInt8(truncatingIfNeeded: number >> shift & 0xF)
        bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
    return bytes
  }

  private static func hash(_ list: [UInt8]) -> String {
    list.isEmpty ? String(repeating: "0", count: 12) : SHA256.hexadecimal(of: list, first: 12)
  }
}
