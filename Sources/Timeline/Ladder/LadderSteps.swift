import TCPModel

/// What a lesson adds to a ladder: the numbers of its steps at the arrows, and room for what is said
/// beside them. The lesson brings the heading and the foot.
public struct LadderSteps: Sendable {
  /// By the frame that shows it.
  var numbers: [Int64: Int64]
  /// How high the words beside a step are, by its number.
  var room: [Int64: Double] = [:]

  public init(numbers: [Int64: Int64]) {
    self.numbers = numbers
  }

  /// Every frame's own number.
  public static func frames(of connection: Connection) -> LadderSteps {
    var steps = LadderSteps(numbers: [:])
    for case .segment(let segment) in connection.segments ?? [] {
      if let frame = segment.ownFrame { steps.numbers[frame] = frame }
    }
    return steps
  }

  static let radius = 7.5

  /// The rows with a number, in the order of the numbers.
  func rows(of ladder: Ladder) -> [(number: Int64, row: Int)] {
    ladder.rows.indices.compactMap { index in
      guard case .segment(let segment) = ladder.rows[index].content else { return nil }
      return segment.ownFrame.flatMap { numbers[$0] }.map { ($0, index) }
    }.sorted { $0.number < $1.number }
  }

  /// Rows whose words would meet those of the step before, and the room that is missing.
  func crowded(
    _ heights: [LadderSpacing.Heights], _ ladder: Ladder
  ) -> [(row: Int, missing: Double)] {
    if room.isEmpty { return [] }
    var end = -Double.infinity
    var crowded: [(row: Int, missing: Double)] = []
    for (number, row) in rows(of: ladder) {
      let y = heights[row].departure
      if end - y > 0.5 { crowded.append((row, end - y)) }
      end = max(end, y) + (room[number] ?? 0)
    }
    return crowded
  }

  /// A number in a circle, which grows to one side where the number is long.
  static func badge(
    _ number: Int64, at center: Point, _ ink: Ink, grows direction: Double = -1
  ) -> [Shape] {
    let width = max(2 * radius, TextMetrics.width(String(number), .detail) + 7)
    let point = Point(center.x + direction * (width / 2 - radius), center.y)
    return [
      .rectangle(
        x: point.x - width / 2, y: point.y - radius, width: width, height: 2 * radius,
        radius: radius, Area(.solid(.paper), Stroke(ink, 1.4))),
      .text(
        TextLine(
          [Word(String(number), .detail, .text)], at: Point(point.x, point.y + 3.6),
          anchor: .middle)),
    ]
  }
}
