internal import Support
internal import TCPModel
internal import Timeline

/// How a diagram is drawn.
public struct DiagramOptions: Sendable, Hashable {
  /// What people read is there in these languages; names of the protocol are English in all.
  public struct Language: Sendable, Hashable, CaseIterable {
    /// As `tcptimeline --lang` takes it.
    public let code: String

    private init(_ language: Support.Language) { code = language.rawValue }

    /// nil where there are no texts of it.
    public init?(code: String) {
      guard let language = Support.Language(rawValue: code) else { return nil }
      self.init(language)
    }

    public static let allCases = Support.Language.allCases.map(Language.init)
    public static let english = Language(.en)
  }

  public enum Theme: String, Sendable, CaseIterable {
    /// Follows the reader's `prefers-color-scheme`.
    case automatic
    case light, dark
  }

  public var language: Language
  public var theme: Theme
  /// Pixels; what lies outside 640 to 2400 is drawn with the nearest of them.
  public var width: Int
  /// Rows before the rest is summed up in a line.
  public var rows: Int
  /// No background, for pages that bring their own.
  public var isTransparent: Bool

  public init(
    language: Language = .english, theme: Theme = .automatic, width: Int = 920, rows: Int = 60,
    isTransparent: Bool = false
  ) {
    self.language = language
    self.theme = theme
    self.width = width
    self.rows = rows
    self.isTransparent = isTransparent
  }

  var drawing: Timeline.DiagramOptions {
    var options = Timeline.DiagramOptions()
    options.language = Support.Language(rawValue: language.code) ?? .en
    options.theme =
      switch theme {
      case .automatic: .auto
      case .light: .light
      case .dark: .dark
      }
    options.width = width
    options.maxRows = max(1, rows)
    options.isTransparent = isTransparent
    return options
  }
}
