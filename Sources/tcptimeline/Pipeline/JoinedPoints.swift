import Paths
import Support
import TCPModel
import TraceParsing

/// One place where packets were captured, with its captures.
struct CapturePoint {
  var name: String
  var captures: [InputCapture]
}

/// The captures of several points on their way to one report: what they have in common is found before
/// the first pass, segments are matched in it, and each segment is given on from one point only.
final class JoinedPoints {
  let names: [String]
  private var join: PathJoin
  /// By capture, the point it was taken at.
  private let pointOf: [Int]
  private var clocks: [PointClock] = []
  private var index: PathIndex?
  private var counted: [Segment] = []
  private var isMatched = false

  /// Finds the connections of every point and compares the clocks: two walks through all captures.
  init(
    _ points: [CapturePoint], isSameClock: Bool, _ pseudonyms: AddressPseudonyms?
  ) throws(Failure) {
    names = points.map(\.name)
    pointOf = points.enumerated().flatMap { point, place in place.captures.map { _ in point } }
    join = PathJoin(points: points.count)
    let streams = points.map { CaptureStream($0.captures, pseudonyms: pseudonyms) }
    try walk(streams) { join, segments, point in join.survey(segments, at: point) }
    join.pair()
    try walk(streams) { join, segments, point in join.sample(segments, at: point) }
    join.compareClocks(
      isSameClock: isSameClock,
      drops: streams.map { $0.infos.contains { $0.interfaceDrops ?? 0 > 0 } })
    clocks = points.indices.map { join.clock(of: $0) }
  }

  private func walk(
    _ streams: [CaptureStream], _ take: (inout PathJoin, Span<Segment>, Int) -> Void
  ) throws(Failure) {
    var base: UInt16 = 0
    for (point, stream) in streams.enumerated() {
      var numbered: [Segment] = []
      try stream.read { segments, _ in
        numbered.removeAll(keepingCapacity: true)
        for index in segments.indices {
          numbered.append(segments[index])
          numbered[index].capture &+= base
        }
        take(&join, numbered.span, point)
        return true
      }
      base &+= UInt16(truncatingIfNeeded: pointOf.count { $0 == point })
    }
  }

  // MARK: As the captures are read

  /// When a segment was captured, on the first point's clock.
  func time(of segment: Segment, capture: UInt16) -> Timestamp {
    clocks[pointOf[Int(capture)]].corrected(
      segment.time, capture: capture, frame: segment.frame, rank: { Int($0) })
  }

  func begin() {
    if isMatched { join.rewind() }
  }

  /// Matches segments the first time they come by; gives on those that are counted.
  func takeCounted(
    of segments: Span<Segment>, _ payloads: SegmentPayloads,
    _ consume: (Span<Segment>, SegmentPayloads) -> Bool
  ) -> Bool {
    var kept: [Segment] = []
    // Its memory serves for every batch.
    swap(&kept, &counted)
    kept.removeAll(keepingCapacity: true)
    for index in segments.indices {
      let segment = segments[index]
      let point = pointOf[Int(segment.capture)]
      let isCounted =
        isMatched ? join.isCounted(segment, at: point) : join.match(segment, at: point)
      if isCounted { kept.append(segment) }
    }
    let wantsMore = consume(kept.span, payloads)
    swap(&kept, &counted)
    return wantsMore
  }

  func end(isAll: Bool) {
    if isMatched || !isAll { return }
    join.finish()
    index = join.beginnings()
    isMatched = true
  }

  // MARK: What was found

  var summary: PathsSummary {
    PathsSummary(
      points: names.enumerated().map { point, name in
        PathsSummary.Point(
          name: name, captures: pointOf.indices.filter { pointOf[$0] == point },
          unmatched: index?.unmatched[point] ?? 0)
      },
      clocks: join.comparisons, pairs: join.pairs(0, names.count - 1))
  }

  func apply(to connection: inout Connection) {
    connection.path = nil
    connection.unmatched = nil
    guard let index else { return }
    let place = FramePlace(
      capture: UInt16(truncatingIfNeeded: connection.summary.capture),
      frame: connection.summary.firstFrame)
    switch join.verdict(at: place, index) {
    case .joined(let path): connection.path = path
    case .unmatched(let reason): connection.unmatched = reason
    case nil: connection.unmatched = .noCounterpart
    }
  }
}
