internal import Support
internal import TCPModel
internal import Timeline

/// How a diagram is drawn.
public struct DiagramOptions: Sendable, Hashable {
  public enum Language: String, Sendable, CaseIterable {
    case english, korean
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
    options.language =
      switch language {
      case .english: .en
      case .korean: .ko
      }
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
