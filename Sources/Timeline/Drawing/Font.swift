/// A text's size and shape; the colour is its ink.
public enum Font: String, Sendable, CaseIterable {
  case title, titleSmall, titleTiny
  case head, subhead, note, word, body
  case label, labelStrong, detail
  case state, stateInferred
  case fixed, fixedSmall

  /// Pixels.
  public var size: Double {
    switch self {
    case .title: 17
    case .titleSmall: 14
    case .titleTiny: 11.5
    case .head: 13
    case .subhead, .note: 11
    case .word, .body: 12
    case .label, .labelStrong: 11
    case .detail, .state, .stateInferred: 10
    case .fixed: 11
    case .fixedSmall: 10
    }
  }

  public var isBold: Bool {
    switch self {
    case .title, .titleSmall, .titleTiny, .head, .word, .labelStrong, .state: true
    case .subhead, .note, .body, .label, .detail, .stateInferred, .fixed, .fixedSmall: false
    }
  }

  public var isItalic: Bool { self == .stateInferred }

  /// All digits and letters equally wide.
  public var isFixed: Bool { self == .fixed || self == .fixedSmall }
}

/// What a stroke, a filling or a word means; the style sheets give it a colour in each scheme.
public enum Ink: String, Sendable, CaseIterable {
  /// The page, and words on it by rank.
  case paper, text, muted, faint
  case handshake, send, wait, receive, idle, teardown, timeWait
  case trouble, caution, quiet
}
