import TCPModel

/// The language of labels and explanations. Names of the protocol stay English in both.
public enum Language: String, Sendable, CaseIterable {
  case en
  case ko
}

/// The words of one language, read from `Templates/texts.*.txt`.
///
/// A line is `key = text`, with `{name}` where a value goes. `key.one` is the form for exactly one.
/// `{name|particle}` puts a particle behind the value, in the form that its last sound asks for.
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
    let text = Texts.filled(form(of: key, for: number), values)
    return Texts.filled(text, ["n": Quantity.count(number)])
  }

  public func counted(_ key: String, _ number: Int) -> String { counted(key, Int64(number)) }

  private func form(of key: String, for number: Int64?) -> String {
    if number == 1, let one = entries[key + ".one"] { return one }
    return entries[key] ?? key
  }

  /// Unknown names stay for a later filling.
  public static func filled(_ text: String, _ values: KeyValuePairs<String, String>) -> String {
    guard !values.isEmpty else { return text }
    return filled(text) { name in values.first { $0.key == name }?.value }
  }

  private static func filled(_ text: String, _ value: (Substring) -> String?) -> String {
    var filled = ""
    var rest = text[...]
    // Bytes: to look for a brace among characters takes most of the time.
    while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
      let close = rest.utf8[open...].firstIndex(of: UInt8(ascii: "}"))
    {
      let place = rest[rest.index(after: open)..<close]
      let bar = place.firstIndex(of: "|")
      filled += rest[..<open]
      if let value = value(bar.map { place[..<$0] } ?? place) {
        filled += value
        if let bar {
          filled += Particle.form(of: place[place.index(after: bar)...], behind: value)
        }
      } else {
        filled += rest[open...close]
      }
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

extension Texts {
  /// What is to be said, in this language.
  public func callAsFunction(_ wording: Wording) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128)
    append(wording, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Bytes, not characters: of an event, of which a file may hold a million, that takes a third of the time.
  private func append(_ wording: Wording, to bytes: inout [UInt8]) {
    if wording.key.isEmpty {
      if let place = wording.places.first { bytes += said(place.value).utf8 }
      return
    }
    var text = form(of: wording.key, for: wording.number)
    text.withUTF8 { text in
      var rest = text[...]
      while let open = rest.firstIndex(of: UInt8(ascii: "{")),
        let close = rest[open...].firstIndex(of: UInt8(ascii: "}"))
      {
        let place = rest[(open + 1)..<close]
        let bar = place.firstIndex(of: UInt8(ascii: "|"))
        bytes += rest[..<open]
        let begin = bytes.count
        if append(bar.map { place[..<$0] } ?? place, of: wording, to: &bytes) {
          if let bar {
            let value = String(decoding: bytes[begin...], as: UTF8.self)
            let particle = String(decoding: place[(bar + 1)...], as: UTF8.self)
            bytes += Particle.form(of: particle[...], behind: value).utf8
          }
        } else {
          bytes += rest[open...close]
        }
        rest = rest[(close + 1)...]
      }
      bytes += rest
    }
  }

  /// - Returns: false where the wording has no value of that name.
  private func append(
    _ name: Slice<UnsafeBufferPointer<UInt8>>, of wording: Wording, to bytes: inout [UInt8]
  ) -> Bool {
    for place in wording.places where place.name.utf8.elementsEqual(name) {
      switch place.value {
      case .wording(let wording): append(wording, to: &bytes)
      default: bytes += said(place.value).utf8
      }
      return true
    }
    guard let number = wording.number, name.elementsEqual([UInt8(ascii: "n")]) else { return false }
    bytes += Quantity.count(number).utf8
    return true
  }

  public func said(_ value: Wording.Value) -> String {
    switch value {
    case .text(let text): return text
    case .digits(let number): return String(number)
    case .count(let number): return Quantity.count(number)
    case .duration(let duration): return Quantity.duration(duration)
    case .bytes(let count): return Quantity.bytes(count)
    case .bitRate(let rate): return Quantity.bitRate(rate)
    case .percent(let tenths): return Quantity.percent(tenths: tenths)
    case .share(let part, let whole): return Quantity.percent(part, of: whole)
    case .wording(let wording): return self(wording)
    case .list(let values, let joint):
      guard let first = values.first else { return "" }
      return values.dropFirst().reduce(said(first)) { before, next in
        self(joint, ["before": before, "after": said(next)])
      }
    }
  }
}

extension Event {
  /// The sentence in English, as data and programs have it.
  public var text: String { Texts.of(.en)(wording) }
}

extension Finding {
  /// The sentence in English, as data and programs have it.
  public var text: String { Texts.of(.en)(wording) }
}
