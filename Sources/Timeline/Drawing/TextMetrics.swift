import Support

/// How wide text will be, without asking a font: what a reader's machine has is not known.
///
/// The widths are those of DejaVu Sans, the widest of the families the pictures name, so that
/// what fits here fits with any of them.
public enum TextMetrics {
  /// The width in pixels.
  public static func width(_ text: String, _ font: Font) -> Double {
    var thousandths = 0
    for scalar in text.unicodeScalars {
      thousandths += advance(scalar, isBold: font.isBold, isFixed: font.isFixed)
    }
    return Double(thousandths) * font.size / 1000
  }

  /// The text if it fits, else its beginning and an ellipsis.
  public static func fitting(_ text: String, _ font: Font, width limit: Double) -> String {
    // Columns are as wide as their widest text: a rounding error must not cut it.
    let limit = limit + 0.01
    if width(text, font) <= limit { return text }
    var kept = text
    while !kept.isEmpty, width(kept + "…", font) > limit { kept.removeLast() }
    while kept.last == " " { kept.removeLast() }
    return kept + "…"
  }

  /// The text if it fits, else its two ends and an ellipsis between them: addresses differ in
  /// their last digits and their ports.
  public static func fittingEnds(_ text: String, _ font: Font, width limit: Double) -> String {
    let limit = limit + 0.01
    if width(text, font) <= limit { return text }
    var head = text.prefix((text.count + 1) / 2)
    var tail = text.suffix(text.count / 2)
    while !head.isEmpty, width(head + "…" + tail, font) > limit {
      if head.count > tail.count { head.removeLast() } else { tail.removeFirst() }
    }
    return head + "…" + tail
  }

  /// Lines no wider than the limit, broken at spaces; a longer word is cut.
  public static func wrapped(_ text: String, _ font: Font, width limit: Double) -> [String] {
    wrapped(text) { width($0, font) <= limit }.map { fitting($0, font, width: limit) }
  }

  /// The same for a terminal, where an East Asian wide character takes two columns.
  public static func wrapped(_ text: String, columns limit: Int) -> [String] {
    wrapped(text) { DisplayWidth.of($0) <= limit }
  }

  private static func wrapped(_ text: String, fits: (String) -> Bool) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      guard let line = lines.last else {
        lines.append(String(word))
        continue
      }
      if fits(line + " " + word) {
        lines[lines.count - 1] = line + " " + word
      } else if let space = line.lastIndex(of: " "),
        isDots(word) || isUnit(word) && isNumber(line[line.index(after: space)...]),
        fits(line[space...].dropFirst() + " " + word)
      {
        // A number goes with its unit, and what is left open with its last word.
        lines[lines.count - 1] = String(line[..<space])
        lines.append(line[space...].dropFirst() + " " + word)
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func isDots(_ word: Substring) -> Bool { word.allSatisfy { $0 == "." } }

  private static func isUnit(_ word: Substring) -> Bool { word.first?.isLetter ?? false }

  private static func isNumber(_ word: Substring) -> Bool {
    let digits = word.first == "(" ? word.dropFirst() : word
    return digits.first?.isWholeNumber == true
      && digits.allSatisfy { $0.isWholeNumber || $0 == "." || $0 == "," }
      && digits.last?.isWholeNumber == true
  }

  /// Thousandths of the font size.
  private static func advance(_ scalar: Unicode.Scalar, isBold: Bool, isFixed: Bool) -> Int {
    let value = scalar.value
    if (0x20...0x7E).contains(value) {
      if isFixed { return 603 }
      return Int((isBold ? bold : regular)[Int(value) - 0x20])
    }
    if value == 0xA0 { return advance(" ", isBold: isBold, isFixed: isFixed) }
    if isSquare(scalar) { return 1000 }
    if isFixed, value < 0x2500 { return 603 }
    switch value {
    case 0xB7: return isBold ? 380 : 318  // ·
    case 0xB5: return isBold ? 736 : 636  // µ
    case 0x2013: return 500  // –
    case 0x2018, 0x2019: return isBold ? 380 : 318  // ‘ ’
    case 0x2026: return 1000  // …
    case 0x2190...0x22FF: return 880  // arrows and signs of mathematics
    case 0xA0...0x17F: return isBold ? 1170 : 1070
    default: return isBold ? 1410 : 1230
    }
  }

  /// At most as wide as the font is high: wide characters, the parts of a Korean syllable that stand
  /// behind its first one, and halfwidth forms.
  private static func isSquare(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1160...0x11FF, 0xD7B0...0xD7FF, 0xFF61...0xFFEF: true
    default: DisplayWidth.isWide(scalar)
    }
  }

  /// ASCII from the space to the tilde.
  private static let regular: [UInt16] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
  ]
  private static let bold: [UInt16] = [
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696,
    696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683,
    683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771,
    724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665,
    343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
  ]
}

extension TextMetrics {
  /// Text from outside made fit for a picture: one line, and a sign in place of what would not be seen
  /// and of what has a width that nobody knows.
  public static func plain(_ text: String, limit: Int = 120) -> String {
    var plain = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == limit { return plain + "…" }
      let value = scalar.value
      switch value {
      case 0x20...0x7E, 0xA1...0xAC, 0xAE...0x17F, 0x370...0x377, 0x384...0x52F, 0x2010...0x2027,
        0x2030...0x205E, 0x2190...0x22FF:
        plain.unicodeScalars.append(scalar)
      case 0x9, 0xA, 0xD, 0xA0:
        plain.append(" ")
      default:
        if isSquare(scalar), !scalar.isUnsafeToShow {
          plain.unicodeScalars.append(scalar)
        } else {
          plain.append("\u{FFFD}")
        }
      }
      count += 1
    }
    return plain
  }
}
