import Glibc

/// Names of files are bytes to the kernel, and now and then no UTF-8, which is what texts are.
///
/// In the program's texts such a byte is a character from the end of the last private plane, so that
/// a name comes out as the bytes it went in as. What that plane is used for otherwise is taken for
/// bytes too.
enum RawPath {
  private static let escapes: ClosedRange<UInt32> = 0x10_FF80...0x10_FFFF

  /// The text for a name.
  static func text(_ bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self), !hasEscapes(text) { return text }
    var text = ""
    var rest = Array(bytes)[...]
    while let first = rest.first {
      let character = (1...4).lazy.filter { $0 <= rest.count }
        .compactMap { String(validating: rest.prefix($0), as: UTF8.self) }
        .first { $0.unicodeScalars.count == 1 && !hasEscapes($0) }
      if let character {
        text += character
        rest = rest.dropFirst(character.utf8.count)
      } else {
        if let escape = Unicode.Scalar(0x10_FF00 + UInt32(first)) {
          text.unicodeScalars.append(escape)
        }
        rest = rest.dropFirst()
      }
    }
    return text
  }

  static func text(_ name: UnsafePointer<CChar>) -> String {
    text(UnsafeRawBufferPointer(start: name, count: strlen(name)))
  }

  /// The bytes that `text` was made from.
  static func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.flatMap { scalar -> [UInt8] in
      escapes.contains(scalar.value)
        ? [UInt8(truncatingIfNeeded: scalar.value)] : Array(String(scalar).utf8)
    }
  }

  /// Whether no UTF-8 says this name.
  static func hasEscapes(_ text: String) -> Bool {
    // The first byte of that plane is rare, and a name long only by malice.
    text.utf8.contains(0xF4) && text.unicodeScalars.contains { escapes.contains($0.value) }
  }

  /// The name as messages and reports show it: `\xff` for a byte of no UTF-8.
  static func shown(_ text: String) -> String {
    guard hasEscapes(text) else { return text }
    return text.unicodeScalars.reduce(into: "") { shown, scalar in
      if escapes.contains(scalar.value) {
        shown += "\\x" + String(scalar.value & 0xFF, radix: 16)
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
  }
}

extension String {
  /// The bytes of this name for the kernel, with a zero behind them.
  func withPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    guard RawPath.hasEscapes(self) else { return withCString(body) }
    return (RawPath.bytes(self).map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer {
      // Never empty.
      $0.baseAddress.map(body) ?? withCString(body)
    }
  }
}
