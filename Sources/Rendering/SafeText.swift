extension Unicode.Scalar {
  /// Whether showing it raw could move a cursor, end a line, or turn the reading direction:
  /// control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls.
  var isUnsafeToShow: Bool {
    switch value {
    case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0x061C, 0x200E...0x200F,
      0xFEFF:
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
