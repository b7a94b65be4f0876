import Synchronization

/// A language that people are told things in, by its code. Names of the protocol stay English in all.
///
/// Those of the program are the files `Templates/texts.CODE.txt` that were there when it was built.
public struct Language: Sendable, RawRepresentable, CaseIterable {
  public let rawValue: String
  private let words: Words

  /// - Parameter file: The bytes of its texts; asked for when the first of them is to be said.
  public init(code: String, reading file: @escaping @Sendable () -> [UInt8]) {
    rawValue = code
    words = Words(file)
  }

  /// nil where there are no texts of it.
  public init?(rawValue: String) {
    guard let language = Language.allCases.first(where: { $0.rawValue == rawValue }) else {
      return nil
    }
    self = language
  }

  /// By their codes.
  public static let allCases = LanguageFiles.all.map { code, text in
    Language(code: code) {
      Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
  }

  /// The one that the others are held against, and that data are in.
  public static let en = Language(rawValue: "en") ?? Language(code: "en") { [] }

  var entries: [String: String] { words.entries }

  static func entries(of file: [UInt8]) -> [String: String] {
    var entries: [String: String] = [:]
    for line in file.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let key = String(decoding: trimmed(line[..<equals]), as: UTF8.self)
      entries[key] = String(decoding: trimmed(line[(equals + 1)...]), as: UTF8.self)
    }
    return entries
  }

  /// Bytes, not characters: those made reading the texts a fifth of the time of a picture.
  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let first = line.firstIndex(where: { $0 != UInt8(ascii: " ") }),
      let last = line.lastIndex(where: { $0 != UInt8(ascii: " ") })
    else { return [] }
    return line[first...last]
  }

  private final class Words: Sendable {
    private let file: @Sendable () -> [UInt8]
    private let read = Mutex<[String: String]?>(nil)

    init(_ file: @escaping @Sendable () -> [UInt8]) { self.file = file }

    var entries: [String: String] {
      read.withLock { read in
        if let read { return read }
        let entries = Language.entries(of: file())
        read = entries
        return entries
      }
    }
  }
}

extension Language: Hashable {
  public static func == (one: Language, other: Language) -> Bool { one.rawValue == other.rawValue }

  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
