/// Korean particles have two forms, by whether the word before them ends in a consonant when it is spoken. Of
/// letters and digits that is known by how they are read.
enum Particle {
  /// How a word ends: `으로` is `로` behind ㄹ, too.
  enum Ending { case vowel, consonant, rieul }

  /// - Parameter particle: One of its forms, that behind a consonant.
  /// - Returns: The form that fits; a particle that has one form as it is.
  static func form(of particle: Substring, behind word: String) -> Substring {
    let other: Substring
    switch particle {
    case "은": other = "는"
    case "이": other = "가"
    case "을": other = "를"
    case "과": other = "와"
    case "이라": other = "라"
    case "이다": other = "다"
    case "이라고": other = "라고"
    case "으로": return ending(of: word) == .consonant ? particle : "로"
    default: return particle
    }
    return ending(of: word) == .vowel ? other : particle
  }

  static func ending(of word: String) -> Ending {
    let word = withoutParentheses(word[...])
    guard let end = word.lastIndex(where: { $0.isLetter || $0.isNumber || $0 == "%" }) else {
      return .vowel
    }
    let spoken = word[...end]
    guard let scalar = spoken.unicodeScalars.last else { return .vowel }
    if (0xAC00...0xD7A3).contains(scalar.value) {
      // Syllables stand in the order of their last consonants, 28 of them with none; ㄹ is the eighth.
      switch (scalar.value - 0xAC00) % 28 {
      case 0: return .vowel
      case 8: return .rieul
      default: return .consonant
      }
    }
    if let unit = unit(of: spoken) { return unit }
    if scalar.properties.numericType != nil { return digits(spoken) }
    return latin(spoken)
  }

  /// What stands in parentheses is not counted: `web (10.0.0.1)` is followed as `web` is.
  private static func withoutParentheses(_ word: Substring) -> Substring {
    guard word.last == ")", let open = word.lastIndex(of: "("), open != word.startIndex else {
      return word
    }
    return word[..<open]
  }

  /// 영일이삼사오육칠팔구; with zeros behind it 십, 백, 천, 만.
  private static func digits(_ word: Substring) -> Ending {
    switch word.last {
    case "1", "7", "8": .rieul
    case "2", "4", "5", "9": .vowel
    default: .consonant
    }
  }

  /// Units behind a number: 초, 분, 시간, 일, 바이트, 비트, 퍼센트.
  private static func unit(of word: Substring) -> Ending? {
    if word.last == "%" { return .vowel }
    guard let space = word.lastIndex(of: " "), space != word.startIndex,
      word[word.index(before: space)].isNumber
    else { return nil }
    switch word[word.index(after: space)...] {
    case "s", "ms", "µs", "ns", "B", "kB", "MB", "GB", "TB", "PB": return .vowel
    case "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s": return .vowel
    case "min", "h": return .consonant
    case "d": return .rieul
    default: return nil
    }
  }

  /// Capitals are read one by one, but for those that are spoken as words; other words as English has them:
  /// a stop behind a short vowel closes the syllable, behind a consonant it gets a vowel of its own.
  private static func latin(_ word: Substring) -> Ending {
    let letters = word.reversed().prefix { $0.isLetter && $0.isASCII }
    let text = String(letters.reversed())
    switch text {
    case "SYN", "FIN", "LISTEN", "ACK", "SACK": return .consonant
    default: break
    }
    guard let last = text.last else { return .vowel }
    if text.allSatisfy(\.isUppercase) {
      switch last {
      case "L", "R": return .rieul
      case "M", "N": return .consonant
      default: return .vowel
      }
    }
    let vowels = "aeiou"
    let before = Array(text.lowercased().dropLast().suffix(2))
    switch last.lowercased() {
    case "l": return .rieul
    case "m", "n": return .consonant
    case "g": return before.last == "n" ? .consonant : .vowel
    case "p", "b", "t", "k", "c":
      guard let near = before.last else { return .vowel }
      if last.lowercased() == "k", near == "c" { return .consonant }
      let isShort = vowels.contains(near) && !(before.count == 2 && vowels.contains(before[0]))
      return isShort ? .consonant : .vowel
    default: return .vowel
    }
  }
}
