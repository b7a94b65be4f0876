/// How text is laid out and painted: for a terminal, or plain for files and pipes.
public struct TextStyle: Sendable {
  /// Columns of the terminal; nil where lines may be as long as they need.
  public var width: Int?
  public var isColoured: Bool

  public init(width: Int? = nil, isColoured: Bool = false) {
    self.width = width
    self.isColoured = isColoured
  }

  public static let plain = TextStyle()

  /// Whether a person reads it as it comes.
  public var isTerminal: Bool { width != nil }

  /// Where sentences are broken: the terminal's width, but no longer than reads well.
  var sentenceWidth: Int { max(40, min(width ?? 100, 120)) }

  func paint(_ text: String, _ paint: Paint, to output: inout ByteWriter) {
    guard isColoured, let code = paint.code, !text.isEmpty else {
      output.text(text)
      return
    }
    output.literal("\u{1B}[")
    output.literal(code)
    output.literal("m")
    output.text(text)
    output.literal("\u{1B}[0m")
  }
}

/// What a piece of text is; colour is never the only sign of it.
enum Paint {
  case plain, heading, faint, good, bad, doubtful

  /// ECMA-48 SGR parameters.
  fileprivate var code: StaticString? {
    switch self {
    case .plain: nil
    case .heading: "1"
    case .faint: "2"
    case .good: "32"
    case .bad: "31"
    case .doubtful: "33"
    }
  }
}
