/// The heads of arrows.
enum Arrow {
  static func head(from tail: Point, to tip: Point, _ ink: Ink) -> Shape {
    .polygon(points(tail, tip), Area(.solid(ink)))
  }

  /// Two strokes, for what is only presumed.
  static func openHead(from tail: Point, to tip: Point, _ ink: Ink) -> Shape {
    .polyline(points(tail, tip), Stroke(ink, 1.4))
  }

  private static func points(_ tail: Point, _ tip: Point) -> [Point] {
    let direction = Direction(from: tail, to: tip)
    func at(_ back: Double, _ side: Double) -> Point {
      Point(
        tip.x - direction.cosine * back - direction.sine * side,
        tip.y - direction.sine * back + direction.cosine * side)
    }
    return [at(9, 3.8), at(0.8, 0), at(9, -3.8)]
  }
}
