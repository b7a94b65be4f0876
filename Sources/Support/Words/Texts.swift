import TCPModel

/// The words of one language, read from `Templates/texts.*.txt`.
///
/// A line is `key = text`, with `{name}` where a value goes. `key.one` is the form for exactly one.
/// `{name|particle}` puts a particle behind the value, in the form that its last sound asks for.
public struct Texts: Sendable {
  public let language: Language
  private let entries: [String: String]

  public static func of(_ language: Language) -> Texts {
    Texts(language: language, entries: language.entries)
  }

  /// Asked for each sentence of data.
  fileprivate static let english = Texts.of(.en)

  public var keys: [String] { entries.keys.sorted() }

  /// As it is in the file; nil where it is not there.
  public func entry(_ key: String) -> String? { entries[key] }

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
    Texts.filled(form(of: key, for: number), values, number)
  }

  public func counted(_ key: String, _ number: Int) -> String { counted(key, Int64(number)) }

  private func form(of key: String, for number: Int64?) -> String {
    if number == 1, let one = entries[key + ".one"] { return one }
    return entries[key] ?? key
  }

  /// Unknown names stay for a later filling.
  public static func filled(_ text: String, _ values: KeyValuePairs<String, String>) -> String {
    values.isEmpty ? text : filled(text, values, nil)
  }

  private static func filled(
    _ text: String, _ values: KeyValuePairs<String, String>, _ number: Int64?
  ) -> String {
    var bytes: [UInt8] = []
    fill(text, into: &bytes) { name, bytes in
      guard let value = values.first(where: { $0.key.utf8.elementsEqual(name) })?.value else {
        return append(number, named: name, to: &bytes)
      }
      bytes += value.utf8
      return true
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  fileprivate typealias Name = Slice<UnsafeBufferPointer<UInt8>>

  /// Bytes, not characters: of an event, of which a file may hold a million, that takes a third of the time.
  ///
  /// - Parameter append: Adds the value of that name; false where there is none, and the place stays.
  fileprivate static func fill(
    _ text: String, into bytes: inout [UInt8], _ append: (Name, inout [UInt8]) -> Bool
  ) {
    var text = text
    text.withUTF8 { text in
      var rest = text[...]
      while let open = rest.firstIndex(of: UInt8(ascii: "{")),
        let close = rest[open...].firstIndex(of: UInt8(ascii: "}"))
      {
        let place = rest[(open + 1)..<close]
        let bar = place.firstIndex(of: UInt8(ascii: "|"))
        bytes += rest[..<open]
        let begin = bytes.count
        if append(bar.map { place[..<$0] } ?? place, &bytes) {
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

  /// A number is called `n`.
  fileprivate static func append(
    _ number: Int64?, named name: Name, to bytes: inout [UInt8]
  ) -> Bool {
    guard let number, name.elementsEqual([UInt8(ascii: "n")]) else { return false }
    bytes += Quantity.count(number).utf8
    return true
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

  private func append(_ wording: Wording, to bytes: inout [UInt8]) {
    if wording.key.isEmpty {
      if let place = wording.places.first { bytes += said(place.value).utf8 }
      return
    }
    Texts.fill(form(of: wording.key, for: wording.number), into: &bytes) { name, bytes in
      append(name, of: wording, to: &bytes)
    }
  }

  /// - Returns: false where the wording has no value of that name.
  private func append(
    _ name: Name, of wording: Wording, to bytes: inout [UInt8]
  ) -> Bool {
    for place in wording.places where place.name.utf8.elementsEqual(name) {
      switch place.value {
      case .wording(let wording): append(wording, to: &bytes)
      default: bytes += said(place.value).utf8
      }
      return true
    }
    return Texts.append(wording.number, named: name, to: &bytes)
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
  public var text: String { Texts.english(wording) }
}

extension Finding {
  /// The sentence in English, as data and programs have it.
  public var text: String { Texts.english(wording) }
}
