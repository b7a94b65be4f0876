extension Unicode.Scalar {
  /// Whether it could move a cursor, end a line, turn the reading direction, or pass unseen: control
  /// characters (C0, DEL, C1), line and paragraph separators, bidirectional controls, what has no
  /// width (joiners, fillers, selectors) and tags.
  public var isUnsafeToShow: Bool {
    switch value {
    case 0x00...0x1F, 0x7F...0x9F, 0xAD, 0x034F, 0x061C, 0x115F...0x1160, 0x17B4...0x17B5,
      0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFE00...0xFE0F,
      0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
      true
    default: false
    }
  }
}

extension String {
  /// The text with everything that is unsafe to show made visible (`\u{1b}`), on one line.
  public var safeToShow: String {
    if !unicodeScalars.contains(where: \.isUnsafeToShow) { return self }
    var safe = ""
    for scalar in unicodeScalars {
      if scalar.isUnsafeToShow {
        safe += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }
}
