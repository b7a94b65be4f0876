import TCPModel

/// A ladder whose parts come into view row by row: its rows one after the other, and with each what
/// lies at its height.
struct Unfolding {
  /// Where each row's moment begins, growing.
  private let tops: [Double]
  /// By its first frame, the row.
  private let rows: [String: Int]
  /// The moments of the ladders before it.
  private let first: Int
  /// The last moment to be shown; nil for all, one after the other.
  private let limit: Int?

  init(tops: [Double], rows: [String: Int], first: Int, limit: Int?) {
    self.tops = tops
    self.rows = rows
    self.first = first
    self.limit = limit
  }

  init(_ layout: LadderLayout, first: Int, limit: Int?) {
    var tops: [Double] = []
    var rows: [String: Int] = [:]
    for (index, height) in layout.heights.enumerated() {
      tops.append(max(tops.last ?? 0, height.top))
      switch layout.ladder.rows[index].content {
      case .segment(let segment): rows[segment.number] = index
      case .run(let run): rows[run.tally.firstFrame.map(String.init) ?? ""] = index
      case .omission(let gap): rows[gap.tally.firstFrame.map(String.init) ?? ""] = index
      case .pause, .snapshot: break
      }
    }
    self.init(tops: tops, rows: rows, first: first, limit: limit)
  }

  /// What stands above the first row is there from the beginning.
  private func isBefore(_ y: Double) -> Bool { tops.first.map { y < $0 - 6 } ?? true }

  /// The moment of what lies at a height.
  private func order(at y: Double) -> Int {
    first + max(0, tops.partitioningIndex { $0 > y + 0.5 } - 1)
  }

  func unfolded(_ shapes: [Shape]) -> [Shape] { shapes.flatMap(unfolded) }

  /// In its moment, or nothing where that is not to be shown.
  func timed(_ shapes: [Shape], _ moment: Moment) -> [Shape] {
    if let limit { return moment.order <= limit ? shapes : [] }
    var group = ShapeGroup("", [], shapes)
    group.moment = moment
    return [.group(group)]
  }

  private func unfolded(_ shape: Shape) -> [Shape] {
    switch shape {
    case .group(let group):
      switch group.name {
      case "segment", "segments", "omitted":
        guard let row = row(of: group) else { return [shape] }
        let from = group.facts.first { $0.name == "from" }?.value
        let way: Moment.Way =
          from == nil ? .whole : from == Side.client.name ? .rightward : .leftward
        return timed([shape], Moment(first + row, way))
      case "break", "snapshot": return timed([shape], Moment(order(at: middle(of: shape))))
      // Told when it is over: until then nobody knows what it will be.
      case "phase", "limit": return timed([shape], Moment(order(at: bottom(of: shape) - 8)))
      case "state": return state(group)
      case "lifeline", "outcome": return [shape]
      default:
        var inner = group
        inner.shapes = unfolded(group.shapes)
        return [.group(inner)]
      }
    case .text(let line):
      if isBefore(line.at.y) { return [shape] }
      return timed([shape], Moment(order(at: line.at.y - 4)))
    default: return [shape]
    }
  }

  private func row(of group: ShapeGroup) -> Int? {
    group.facts.first { $0.name == "frame" || $0.name == "first-frame" }.flatMap { rows[$0.value] }
  }

  /// The name when the state begins, and the bar as long as it lasts.
  private func state(_ group: ShapeGroup) -> [Shape] {
    var shapes: [Shape] = []
    var begin: Double?
    for shape in group.shapes {
      guard case .rectangle(let x, let y, let width, let height, let radius, let area) = shape
      else {
        let y = begin ?? middle(of: shape)
        shapes += isBefore(y) ? [shape] : timed([shape], Moment(order(at: y)))
        continue
      }
      begin = y
      let (from, until) = (isBefore(y) ? first : order(at: y), order(at: y + height - 1) + 1)
      guard let limit else {
        shapes += timed([shape], Moment(from, .downward(until: until)))
        continue
      }
      if from > limit { continue }
      // So far it has lasted until the next row.
      let next = limit + 1 - first
      let end = tops.indices.contains(next) ? min(y + height, max(tops[next], y + 4)) : y + height
      shapes.append(
        .rectangle(x: x, y: y, width: width, height: end - y, radius: radius, area))
    }
    if shapes.isEmpty { return [] }
    var named = group
    named.shapes = shapes
    return [.group(named)]
  }

  private func middle(of shape: Shape) -> Double {
    let extent = extent(of: shape)
    return (extent.lowerBound + extent.upperBound) / 2
  }

  private func bottom(of shape: Shape) -> Double { extent(of: shape).upperBound }

  private func extent(of shape: Shape) -> ClosedRange<Double> {
    var heights: [Double] = []
    func measure(_ shape: Shape) {
      switch shape {
      case .text(let line): heights.append(line.at.y - 4)
      case .line(let start, let end, _): heights += [start.y, end.y]
      case .polyline(let points, _), .polygon(let points, _): heights += points.map(\.y)
      case .polylines(let lines, _), .polygons(let lines, _): heights += lines.joined().map(\.y)
      case .rectangle(_, let y, _, let height, _, _): heights += [y, y + height]
      case .circle(let center, _, _): heights.append(center.y)
      case .group(let group): group.shapes.forEach(measure)
      }
    }
    measure(shape)
    return (heights.min() ?? 0)...(heights.max() ?? 0)
  }
}
