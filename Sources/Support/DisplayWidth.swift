/// How many columns of a terminal a text takes.
public enum DisplayWidth {
  public static func of(_ text: String) -> Int {
    plain(text) ?? text.reduce(0) { $0 + width($1) }
  }

  /// Below U+0300 nothing is wide or joins what is before it, and each scalar is a column; nil beyond. Nearly
  /// every cell of a table is asked for, and most hold at most a `µ`.
  private static func plain(_ text: String) -> Int? {
    var count = 0
    for byte in text.utf8 {
      if byte >= 0xCC { return nil }
      if byte & 0xC0 != 0x80 { count += 1 }
    }
    return count
  }

  /// The text, or its beginning and an ellipsis.
  public static func shorten(_ text: String, to limit: Int) -> String {
    guard of(text) > limit else { return text }
    var short = ""
    var used = 1
    for character in text {
      used += width(character)
      if used > limit { break }
      short.append(character)
    }
    return short + "…"
  }

  /// The text in pieces of so many columns, nothing left out.
  public static func pieces(_ text: String, of limit: Int) -> [String] {
    guard of(text) > limit else { return [text] }
    var pieces: [String] = []
    var piece = ""
    var used = 0
    for character in text {
      used += width(character)
      if used > limit, !piece.isEmpty {
        pieces.append(piece)
        (piece, used) = ("", width(character))
      }
      piece.append(character)
    }
    return pieces + [piece]
  }

  /// East Asian wide and fullwidth characters (Unicode Standard Annex 11), by block.
  public static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// Two for wide characters and emoji, else one. Of several scalars the first one tells: a Korean
  /// syllable that is written in parts is as wide as a whole one.
  private static func width(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    return isWide(first) || (0x1F300...0x1FAFF).contains(first.value) ? 2 : 1
  }
}
