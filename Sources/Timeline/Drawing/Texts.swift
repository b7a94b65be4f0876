import Support
import TCPModel

/// The language of labels and explanations. Names of the protocol stay English in both.
public enum Language: String, Sendable, CaseIterable {
  case en
  case ko
}

/// The words of one language, read from `Templates/texts.*.txt`.
///
/// A line is `key = text`, with `{name}` where a value goes. `key.one` is the form for exactly one.
public struct Texts: Sendable {
  public let language: Language
  private let entries: [String: String]

  public static func of(_ language: Language) -> Texts {
    switch language {
    case .en: english
    case .ko: korean
    }
  }

  private static let english = Texts(.en, PackageResources.texts_en_txt)
  private static let korean = Texts(.ko, PackageResources.texts_ko_txt)

  private init(_ language: Language, _ bytes: [UInt8]) {
    self.language = language
    var entries: [String: String] = [:]
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let key = String(decoding: Texts.trimmed(line[..<equals]), as: UTF8.self)
      entries[key] = String(decoding: Texts.trimmed(line[(equals + 1)...]), as: UTF8.self)
    }
    self.entries = entries
  }

  public var keys: [String] { entries.keys.sorted() }

  /// The text with its values in place; a missing key shows itself.
  public func callAsFunction(
    _ key: String, _ values: KeyValuePairs<String, String> = [:]
  ) -> String {
    Texts.filled(entries[key] ?? key, values)
  }

  /// The form for a number, with the number itself as `{n}`.
  public func counted(
    _ key: String, _ number: Int64, _ values: KeyValuePairs<String, String> = [:]
  ) -> String {
    let form = number == 1 && entries[key + ".one"] != nil ? key + ".one" : key
    let text = Texts.filled(entries[form] ?? form, values)
    return Texts.filled(text, ["n": Quantity.count(number)])
  }

  public func counted(_ key: String, _ number: Int) -> String { counted(key, Int64(number)) }

  /// Unknown names stay for a later filling.
  static func filled(_ text: String, _ values: KeyValuePairs<String, String>) -> String {
    guard !values.isEmpty else { return text }
    var filled = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = rest[rest.index(after: open)..<close]
      filled += rest[..<open]
      filled += values.first { $0.key == name }?.value ?? String(rest[open...close])
      rest = rest[rest.index(after: close)...]
    }
    return filled + rest
  }

  /// Bytes, not characters: those made reading the texts a fifth of the time of a picture.
  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let first = line.firstIndex(where: { $0 != UInt8(ascii: " ") }),
      let last = line.lastIndex(where: { $0 != UInt8(ascii: " ") })
    else { return [] }
    return line[first...last]
  }
}
