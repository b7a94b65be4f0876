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
  private let center: Point
  /// Half of its length along `direction`, and half of its height across it.
  private let length: Double
  private let height: Double
  private let direction: Direction

  public let minX: Double
  public let maxX: Double
  public let minY: Double
  public let maxY: Double

  /// The sides are offsets from the pivot before turning; `direction` is where the text runs to.
  init(
    pivot: Point, left: Double, right: Double, top: Double, bottom: Double, direction: Direction
  ) {
    let (x, y) = ((left + right) / 2, (top + bottom) / 2)
    self.init(
      center: Point(
        pivot.x + x * direction.cosine - y * direction.sine,
        pivot.y + x * direction.sine + y * direction.cosine),
      length: (right - left) / 2, height: (bottom - top) / 2, direction: direction)
  }

  private init(center: Point, length: Double, height: Double, direction: Direction) {
    self.center = center
    self.length = length
    self.height = height
    self.direction = direction
    let across = abs(direction.cosine) * length + abs(direction.sine) * height
    let down = abs(direction.sine) * length + abs(direction.cosine) * height
    minX = center.x - across
    maxX = center.x + across
    minY = center.y - down
    maxY = center.y + down
  }

  /// Whether the boxes share more than `tolerance` pixels along every axis.
  public func overlaps(_ other: OrientedBox, tolerance: Double = 0) -> Bool {
    // Separating axes: two rectangles are apart when a side's direction shows a gap.
    let (x, y) = (other.center.x - center.x, other.center.y - center.y)
    for turned in direction == other.direction ? [direction] : [direction, other.direction] {
      let along = abs(x * turned.cosine + y * turned.sine)
      let across = abs(y * turned.cosine - x * turned.sine)
      if reach(turned).along + other.reach(turned).along - along <= tolerance { return false }
      if reach(turned).across + other.reach(turned).across - across <= tolerance { return false }
    }
    return true
  }

  /// The part of a line that lies in the box and `margin` pixels around it, as shares of its way.
  func covered(from start: Point, to end: Point, margin: Double) -> ClosedRange<Double>? {
    var (first, last) = (0.0, 1.0)
    /// Keeps what lies between -limit and limit on one of the box's own axes.
    func cut(_ start: Double, _ end: Double, _ limit: Double) -> Bool {
      let step = end - start
      if step == 0 { return abs(start) < limit }
      let (enter, leave) = ((-limit - start) / step, (limit - start) / step)
      first = max(first, min(enter, leave))
      last = min(last, max(enter, leave))
      return first < last
    }
    func along(_ point: Point) -> Double {
      (point.x - center.x) * direction.cosine + (point.y - center.y) * direction.sine
    }
    func across(_ point: Point) -> Double {
      (point.y - center.y) * direction.cosine - (point.x - center.x) * direction.sine
    }
    guard cut(along(start), along(end), length + margin),
      cut(across(start), across(end), height + margin)
    else { return nil }
    return first...last
  }

  /// Half of the box's shadow on a direction and across it.
  private func reach(_ turned: Direction) -> (along: Double, across: Double) {
    let cosine = abs(direction.cosine * turned.cosine + direction.sine * turned.sine)
    let sine = abs(direction.sine * turned.cosine - direction.cosine * turned.sine)
    return (cosine * length + sine * height, sine * length + cosine * height)
  }
}
