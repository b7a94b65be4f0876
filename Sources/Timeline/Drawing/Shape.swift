/// A piece of text in one font and ink.
public struct Word: Sendable, Hashable {
  public var text: String
  public var font: Font
  public var ink: Ink
  /// Space before it, in pixels.
  public var gap: Double

  public init(_ text: String, _ font: Font, _ ink: Ink = .text, gap: Double = 0) {
    self.text = text
    self.font = font
    self.ink = ink
    self.gap = gap
  }
}

/// One line of text.
public struct TextLine: Sendable, Hashable {
  public enum Anchor: String, Sendable {
    case start, middle, end
  }

  public let words: [Word]
  /// On the base line, at the anchor.
  public var at: Point
  public var anchor: Anchor
  /// Where the words run to.
  public var direction: Direction
  /// Keeps a rim of paper around the words, for those that lines may run through.
  public var hasRim: Bool

  /// In pixels.
  public let width: Double

  /// The width, where it is known already, saves measuring the words.
  public init(
    _ words: [Word], at point: Point, anchor: Anchor = .start, along direction: Direction = .level,
    width: Double? = nil
  ) {
    self.words = words
    self.at = point
    self.anchor = anchor
    self.direction = direction
    self.width = width ?? TextLine.width(of: words)
    hasRim = false
  }

  static func width(of words: [Word]) -> Double {
    words.reduce(0) { $0 + $1.gap + TextMetrics.width($1.text, $1.font) }
  }

  /// What the glyphs may cover.
  public var box: OrientedBox {
    let size = words.reduce(0) { max($0, $1.font.size) }
    let left: Double
    switch anchor {
    case .start: left = 0
    case .middle: left = -width / 2
    case .end: left = -width
    }
    return OrientedBox(
      pivot: at, left: left, right: left + width, top: -size, bottom: size * 0.26,
      direction: direction)
  }
}

/// How a line or an area is drawn.
public struct Stroke: Sendable, Hashable {
  public enum Dash: String, Sendable {
    case solid, dashed, dotted
  }

  public var ink: Ink
  public var width: Double
  public var dash: Dash

  public init(_ ink: Ink, _ width: Double = 1, _ dash: Dash = .solid) {
    self.ink = ink
    self.width = width
    self.dash = dash
  }
}

/// How densely an area is filled with its ink.
public enum Fill: Sendable, Hashable {
  case none
  case solid(Ink)
  /// A tint that words can lie on.
  case tint(Ink)
  /// The same, letting through what lies below.
  case veil(Ink)
}

public struct Area: Sendable, Hashable {
  public var fill: Fill
  public var stroke: Stroke?

  public init(_ fill: Fill, _ stroke: Stroke? = nil) {
    self.fill = fill
    self.stroke = stroke
  }
}

/// What a picture is made of.
public enum Shape: Sendable {
  case text(TextLine)
  case line(Point, Point, Stroke)
  case rectangle(x: Double, y: Double, width: Double, height: Double, radius: Double, Area)
  /// Straight lines through the points, closed when it has an area.
  case polyline([Point], Stroke)
  case polygon([Point], Area)
  /// Many lines of one kind, and many filled figures of one kind: for charts.
  case polylines([[Point]], Stroke)
  case polygons([[Point]], Area)
  case circle(Point, radius: Double, Area)
  case group(ShapeGroup)
}

/// Shapes that mean one thing, with what a program may want to know of it.
public struct ShapeGroup: Sendable {
  /// What it is: `segment`, `state`, `phase`, ..
  public var name: String
  /// Facts, in the order to write them.
  public var facts: [Fact]
  /// What a pointer held over it shows.
  public var tooltip: String?
  /// What links lead to it, where it has a name to be found by.
  public var anchor: String?
  /// The anchor it leads to.
  public var link: String?
  public var shapes: [Shape]
  /// When it comes into view, where a picture is shown piece by piece; nil from the beginning on.
  public var moment: Moment?

  public struct Fact: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }

    init(_ name: String, _ value: some BinaryInteger) {
      self.init(name, String(value))
    }
  }

  public init(
    _ name: String, _ facts: [Fact], tooltip: String? = nil, _ shapes: [Shape]
  ) {
    self.name = name
    self.facts = facts
    self.tooltip = tooltip
    self.shapes = shapes
  }
}

/// When a part of a picture comes into view, and how.
public struct Moment: Sendable, Hashable {
  public enum Way: Sendable, Hashable {
    case whole, rightward, leftward
    /// It grows until another moment begins.
    case downward(until: Int)
  }

  /// The pieces before it, from 0.
  public var order: Int
  public var way: Way

  public init(_ order: Int, _ way: Way = .whole) {
    self.order = order
    self.way = way
  }
}

/// A whole picture: shapes inside a size, and what they show in words.
public struct Figure: Sendable {
  public var width: Double
  public var height: Double
  public var title: String
  public var summary: String
  public var shapes: [Shape]
  /// How long each moment lasts before the next one, in tenths of a second; empty for a picture that
  /// stands still.
  public var pace: [Int] = []

  public init(width: Double, height: Double, title: String, summary: String, shapes: [Shape]) {
    self.width = width
    self.height = height
    self.title = title
    self.summary = summary
    self.shapes = shapes
  }
}

extension Shape {
  /// The same shape further down and to the right.
  func moved(x: Double, y: Double) -> Shape {
    func move(_ point: Point) -> Point { Point(point.x + x, point.y + y) }
    switch self {
    case .text(var line):
      line.at = move(line.at)
      return .text(line)
    case .line(let start, let end, let stroke):
      return .line(move(start), move(end), stroke)
    case .rectangle(let left, let top, let width, let height, let radius, let area):
      return .rectangle(
        x: left + x, y: top + y, width: width, height: height, radius: radius, area)
    case .polyline(let points, let stroke):
      return .polyline(points.map(move), stroke)
    case .polygon(let points, let area):
      return .polygon(points.map(move), area)
    case .polylines(let lines, let stroke):
      return .polylines(lines.map { $0.map(move) }, stroke)
    case .polygons(let figures, let area):
      return .polygons(figures.map { $0.map(move) }, area)
    case .circle(let center, let radius, let area):
      return .circle(move(center), radius: radius, area)
    case .group(var group):
      group.shapes = group.shapes.map { $0.moved(x: x, y: y) }
      return .group(group)
    }
  }

  /// The same, named for links where it is a group of that name.
  func anchored(_ name: String, at anchor: String) -> Shape {
    guard case .group(var group) = self, group.name == name else { return self }
    group.anchor = anchor
    return .group(group)
  }

  /// Every line of text in it, however deep.
  var texts: [TextLine] {
    switch self {
    case .text(let line): [line]
    case .group(let group): group.shapes.flatMap(\.texts)
    case .line, .rectangle, .polyline, .polygon, .polylines, .polygons, .circle: []
    }
  }
}

extension Figure {
  /// The same in the middle of a page of that shape, which is as small as holds it.
  public func framed(width: Double, height: Double) -> Figure {
    var page = self
    page.width = max(self.width, self.height * width / height)
    page.height = max(self.height, self.width * height / width)
    let (x, y) = ((page.width - self.width) / 2, (page.height - self.height) / 2)
    page.shapes = shapes.map { $0.moved(x: x, y: y) }
    return page
  }

  /// Every line of text in the picture, in drawing order.
  public var texts: [TextLine] { shapes.flatMap(\.texts) }
}
