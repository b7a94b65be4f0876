import Support
import TCPModel

/// Names of hosts as captured bytes give them.
enum HostName {
  /// RFC 1035 2.3.4, in text.
  static let limit = 255

  /// A name in lower case (RFC 4343), or nil where the bytes are no host's name: an address, or nothing that
  /// can be shown.
  static func name(_ text: String) -> String? {
    let bytes = text.utf8.span
    var end = bytes.count
    if end > 0, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
    guard end > 0, end <= limit else { return nil }
    // The last label of a name is never a number (RFC 3696 2): that would be an address.
    var isNumber = false
    var lastLabelIsNumber = false
    var hasCapitals = false
    for index in 0..<end {
      let byte = bytes[index]
      let isFirst = index == 0 || bytes[index - 1] == UInt8(ascii: ".")
      if byte == UInt8(ascii: ".") {
        // No label is empty (RFC 1035 3.1).
        if isFirst { return nil }
        isNumber = false
        continue
      }
      guard isNameByte(byte) else { return nil }
      if byte <= UInt8(ascii: "Z"), byte >= UInt8(ascii: "A") { hasCapitals = true }
      isNumber = byte.isDigit && (isFirst || isNumber)
      lastLabelIsNumber = isNumber
    }
    if lastLabelIsNumber { return nil }
    guard bytes[end - 1] != UInt8(ascii: ".") else { return nil }
    let name = end == bytes.count ? text : String(decoding: text.utf8.prefix(end), as: UTF8.self)
    return hasCapitals ? name.lowercased() : name
  }

  /// The name in `host[:port]` (RFC 9110 7.2).
  static func name(ofAuthority authority: String) -> String? {
    guard authority.utf8.first != UInt8(ascii: "[") else { return nil }
    let end = authority.utf8.lastIndex(of: UInt8(ascii: ":"))
    return name(String(end.map { authority[..<$0] } ?? authority[...]))
  }

  /// Letters, digits, hyphens, and the underscore that many names have.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}
