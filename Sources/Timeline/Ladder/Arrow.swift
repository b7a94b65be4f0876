/// The heads of arrows.
enum Arrow {
  /// Where what did not arrive ends, as a share of its way.
  static let lostEnd = 0.9
  /// Half the size of the cross there.
  static let cross = 5.0

  static func head(from tail: Point, to tip: Point, _ ink: Ink) -> Shape {
    .polygon(points(tail, tip), Area(.solid(ink)))
  }

  /// Two strokes, for what is only presumed.
  static func openHead(from tail: Point, to tip: Point, _ ink: Ink) -> Shape {
    .polyline(points(tail, tip), Stroke(ink, 1.4))
  }

  /// The line up to a share of its way, broken at the gaps (growing shares of the way).
  static func shaft(
    from tail: Point, to tip: Point, upTo end: Double, _ gaps: [ClosedRange<Double>],
    _ stroke: Stroke
  ) -> Shape {
    var pieces: [[Point]] = []
    var start = 0.0
    for gap in gaps + [end...max(end, 1)] {
      let stop = min(gap.lowerBound, end)
      // A shorter piece would be a speck.
      if stop - start > 0.01 { pieces.append([tail.toward(tip, start), tail.toward(tip, stop)]) }
      start = max(start, gap.upperBound)
    }
    return pieces.count == 1
      ? .line(pieces[0][0], pieces[0][1], stroke) : .polylines(pieces, stroke)
  }

  /// The gaps of a part of a way, as shares of the part.
  static func part(
    _ gaps: [ClosedRange<Double>], _ part: ClosedRange<Double>
  ) -> [ClosedRange<Double>] {
    let length = part.upperBound - part.lowerBound
    guard length > 0 else { return [] }
    return gaps.filter { $0.overlaps(part) }.map { gap in
      let start = (max(gap.lowerBound, part.lowerBound) - part.lowerBound) / length
      return start...max(start, (min(gap.upperBound, part.upperBound) - part.lowerBound) / length)
    }
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
