import Support
import TCPModel

/// How diagrams are drawn; what the command line offers under the same names.
public struct DiagramOptions: Sendable, Hashable {
  /// How the vertical distance follows time.
  public enum Scale: String, Sendable, CaseIterable {
    /// Proportional inside a burst, rows never closer than they can be read, long gaps cut out.
    case hybrid
    /// Strictly proportional.
    case time
    /// Every row as far from the last as any other.
    case event
  }

  public enum Theme: String, Sendable, CaseIterable {
    /// Follows the reader's `prefers-color-scheme`.
    case auto
    case light
    case dark
    /// Light, and dark inside an element of the class `dark` or with `data-theme="dark"`: for sites
    /// whose dark switch is not the system's.
    case css
  }

  /// What a diagram can do without.
  public enum Part: String, Sendable, CaseIterable {
    /// What a SYN offers.
    case options
    /// Initial sequence numbers.
    case isn
    case states
    /// Times, steps and frame numbers.
    case times
    case phases
    /// What stands above and below the diagram.
    case head, foot
    /// What a lesson says beside it.
    case words
  }

  /// The part of a connection that is drawn.
  public enum Crop: Sendable, Hashable {
    case handshake
    /// From the first FIN or RST on.
    case teardown
    case frames(ClosedRange<Int64>)
  }

  /// What the bars of an overview tell by their colour.
  public enum Colouring: String, Sendable, CaseIterable {
    /// What the connection was doing.
    case phase
    /// What held back the side that sent most.
    case limit
  }

  public var scale: Scale
  public var colouring: Colouring
  public var theme: Theme
  public var language: Language
  /// Rows of a ladder, and of an overview, before the rest is summed up in a line.
  public var maxRows: Int
  /// Draw every segment: no folding of plain data, no limit on rows.
  public var isExpanded: Bool
  /// No background, for pages that bring their own.
  public var isTransparent: Bool
  /// Pixels; kept in `widths`, so that every column has room.
  public var width: Int
  public static let widths = 640...2400
  /// A column of frame numbers.
  public var showsFrames: Bool
  public var hidden: Set<Part>
  /// nil for the whole connection.
  public var crop: Crop?
  /// What stands at the head of a picture or page instead of what it would say itself.
  public var title: String?
  /// A picture as broad and high as a slide, 16:9, with as many rows as it holds.
  public var isSlide: Bool
  /// Names for addresses; they win over those of the report's header.
  public var names: [IPAddress: String]
  /// In whose zone instants are told.
  public var clock: WallClock

  public init() {
    scale = .hybrid
    colouring = .phase
    theme = .auto
    language = .en
    maxRows = 60
    isExpanded = false
    isTransparent = false
    width = 920
    showsFrames = false
    hidden = []
    isSlide = false
    names = [:]
    clock = .utc
  }

  /// The same for the diagrams that a picture or page consists of.
  public var ofParts: DiagramOptions {
    var options = self
    options.title = nil
    return options
  }

  /// Pixels in which a picture is laid out.
  var fittingWidth: Double {
    Double(min(max(width, Self.widths.lowerBound), Self.widths.upperBound))
  }
}
