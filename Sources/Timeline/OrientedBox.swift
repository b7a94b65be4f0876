/// Where a line points to, as a unit vector; angles would need functions that differ by machine.
public struct Direction: Sendable, Hashable {
  public let cosine: Double
  public let sine: Double

  public static let level = Direction(from: Point(0, 0), to: Point(1, 0))

  init(from start: Point, to end: Point) {
    let (x, y) = (end.x - start.x, end.y - start.y)
    let length = (x * x + y * y).squareRoot()
    cosine = length > 0 ? x / length : 1
    sine = length > 0 ? y / length : 0
  }
}

/// A rectangle turned around a pivot, for text that rides along an arrow.
public struct OrientedBox: Sendable, Hashable {
  /// Top left, top right, bottom right, bottom left before turning.
  public let corners: [Point]
  private let direction: Direction

  /// The sides are offsets from the pivot before turning; `direction` is where the text runs to.
  init(
    pivot: Point, left: Double, right: Double, top: Double, bottom: Double, direction: Direction
  ) {
    self.direction = direction
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)].map { x, y in
      Point(
        pivot.x + x * direction.cosine - y * direction.sine,
        pivot.y + x * direction.sine + y * direction.cosine)
    }
  }

  /// A line, as a box without height.
  init(from start: Point, to end: Point) {
    direction = Direction(from: start, to: end)
    corners = [start, end, end, start]
  }

  public var minX: Double { corners.reduce(.infinity) { min($0, $1.x) } }
  public var maxX: Double { corners.reduce(-.infinity) { max($0, $1.x) } }
  public var minY: Double { corners.reduce(.infinity) { min($0, $1.y) } }
  public var maxY: Double { corners.reduce(-.infinity) { max($0, $1.y) } }

  /// Whether the boxes share more than `tolerance` pixels along every axis.
  public func overlaps(_ other: OrientedBox, tolerance: Double = 0) -> Bool {
    // Separating axes: two rectangles are apart when a side's direction shows a gap.
    for turned in [direction, other.direction] {
      for (x, y) in [(turned.cosine, turned.sine), (-turned.sine, turned.cosine)] {
        let mine = span(x, y)
        let theirs = other.span(x, y)
        if min(mine.1, theirs.1) - max(mine.0, theirs.0) <= tolerance { return false }
      }
    }
    return true
  }

  /// The box's shadow on an axis.
  private func span(_ x: Double, _ y: Double) -> (Double, Double) {
    var low = Double.infinity
    var high = -Double.infinity
    for corner in corners {
      let position = corner.x * x + corner.y * y
      low = min(low, position)
      high = max(high, position)
    }
    return (low, high)
  }
}
