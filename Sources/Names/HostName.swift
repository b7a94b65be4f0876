import Support
import TCPModel

/// Names of hosts as captured bytes give them.
enum HostName {
  /// RFC 1035 2.3.4, in text.
  static let limit = 255

  /// A name, or nil where the bytes are no host's name: an address, or nothing that can be shown.
  static func name(_ text: String) -> String? {
    var name = text[...]
    if name.utf8.last == UInt8(ascii: ".") { name = name.dropLast() }
    guard !name.isEmpty, name.utf8.count <= limit, name.utf8.allSatisfy(isNameByte) else {
      return nil
    }
    return isAddress(name) ? nil : String(name)
  }

  /// The name in `host[:port]` (RFC 9110 7.2).
  static func name(ofAuthority authority: String) -> String? {
    guard authority.utf8.first != UInt8(ascii: "[") else { return nil }
    let end = authority.utf8.lastIndex(of: UInt8(ascii: ":"))
    return name(String(end.map { authority[..<$0] } ?? authority[...]))
  }

  /// Letters, digits, hyphens, dots, and the underscore that many names have.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "_")
  }

  /// The last label of a name is never a number (RFC 3696 2).
  private static func isAddress(_ name: Substring) -> Bool {
    let isDot = { (byte: UInt8) in byte == UInt8(ascii: ".") }
    let last = name.utf8.reversed().drop(while: isDot).prefix { !isDot($0) }
    return !last.isEmpty && last.allSatisfy(\.isDigit)
  }
}
