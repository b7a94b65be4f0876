/// Cuts a picture that is higher than a page where nothing is cut through but what runs along it: lifelines, bars.
public struct PageCuts {
  public struct Part: Sendable, Hashable {
    public var top: Int
    public var height: Int
  }

  /// As high as a page is that is so broad: A4 and Letter less their margins.
  private static let height = 1.25
  /// A part is no smaller than this share of a page, unless it is the last one.
  private static let least = 0.6

  /// From top to bottom; a single one where the picture fits.
  public static func parts(of figure: Figure) -> [Part] {
    let page = figure.width * height
    let end = Int(figure.height.rounded(.up))
    var spans: [ClosedRange<Double>] = []
    for shape in figure.shapes { shape.addSpans(to: &spans) }
    spans.sort { $0.upperBound > $1.upperBound }
    var parts: [Part] = []
    var top = 0
    while Double(end - top) > page {
      let room = Double(top) + page * least...Double(top) + page
      let cut = Int(lastGap(in: room, between: spans) ?? room.upperBound)
      parts.append(Part(top: top, height: cut - top))
      top = cut
    }
    return parts + [Part(top: top, height: end - top)]
  }

  /// - Parameter spans: The lowest end first.
  private static func lastGap(
    in range: ClosedRange<Double>, between spans: [ClosedRange<Double>]
  ) -> Double? {
    var cut = range.upperBound.rounded(.down)
    for span in spans {
      if span.upperBound < cut { break }
      if span.lowerBound < cut { cut = (span.lowerBound - 1).rounded(.down) }
    }
    return cut >= range.lowerBound ? cut : nil
  }
}

extension Shape {
  /// From where to where it reaches, by its parts, but for what is upright and narrow.
  fileprivate func addSpans(to spans: inout [ClosedRange<Double>]) {
    func add(_ points: [Point]) {
      let heights = points.map(\.y)
      guard let top = heights.min(), let bottom = heights.max() else { return }
      spans.append(top...bottom)
    }
    switch self {
    case .text(let line): spans.append(line.box.minY...line.box.maxY)
    case .line(let start, let end, _):
      if start.x != end.x { add([start, end]) }
    case .rectangle(_, let y, let width, let height, _, _):
      if width > 12 || height < 24 { spans.append(y...(y + max(0, height))) }
    case .polyline(let points, _), .polygon(let points, _): add(points)
    case .polylines(let lines, _), .polygons(let lines, _): lines.forEach(add)
    case .circle(let center, let radius, _): spans.append(center.y - radius...center.y + radius)
    case .group(let group): for shape in group.shapes { shape.addSpans(to: &spans) }
    }
  }
}
