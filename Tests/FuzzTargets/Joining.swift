import Correlation
import Paths
import TCPModel
import TraceParsing

extension FuzzTarget {
  /// Each part is what one point captured; the points are joined as the program joins them.
  func joinPaths(_ parts: Parts) -> Outcome {
    do throws(CaptureError) {
      var walk = try PathWalk(parts)
      return walk.run()
    } catch {
      return refused(error)
    }
  }
}

/// Captures of several points, with all their segments in memory.
private struct PathWalk {
  private var infos: [CaptureInfo] = []
  private var segments: [[Segment]] = []
  private var join: PathJoin
  private let names: [String]

  init(_ parts: Parts) throws(CaptureError) {
    var shared = SharedSegments(captures: parts.files.count)
    for (point, part) in parts.files.enumerated() {
      let file = InputFile()
      file.replace(by: part)
      var found: [Segment] = []
      let walk = try CaptureWalk.read(file.path) { span, _ in
        for index in span.indices {
          found.append(span[index])
          found[found.count - 1].capture = UInt16(truncatingIfNeeded: point)
        }
      }
      shared.note(found.span)
      infos.append(walk.info)
      segments.append(found)
    }
    for group in shared.groups {
      guard group.joined().allSatisfy(parts.files.indices.contains) else {
        fault("a group of captures that are none")
      }
    }
    names = parts.files.indices.map { "point \($0)" }
    join = PathJoin(
      segments.map { found in
        var survey = PointSurvey()
        survey.add(found.span)
        return survey
      })
  }

  mutating func run() -> FuzzTarget.Outcome {
    join.pair()
    guard Set(join.order) == Set(segments.indices) else { fault("a point is lost") }
    if join.mayHoldRelays {
      for found in segments {
        join.listen(found.span, SegmentPayloads(), pointOf: Array(segments.indices))
      }
      join.findRelays()
    }
    let messages = join.messages(infos.indices.map { _ in [] })
    guard messages.all.isEmpty else { fault("messages of nobody") }
    join.compareClocks(isSameClock: false, drops: infos.map { $0.interfaceDrops ?? 0 > 0 })
    var correlator = Correlator()
    let counted = walk { $0.match($1, pointOf: $2, &$3) }
    correlator.ingest(counted.span)
    correlator.finish()
    join.finish()
    let index = join.beginnings()
    join.rewind()
    let again = walk { $0.recall($1, pointOf: $2, &$3) }
    guard counted.map(\.place) == again.map(\.place) else {
      fault("the second walk counts other segments than the first")
    }
    let places = (0..<correlator.count).map { number in
      let summary = correlator.summary(at: number)
      return FramePlace(
        capture: UInt16(truncatingIfNeeded: summary.capture), frame: summary.firstFrame)
    }
    for place in places { _ = join.verdict(at: place, index, names: names) }
    join.rewind()
    join.record(places, index)
    _ = walk { $0.match($1, pointOf: $2, &$3) }
    join.finish()
    for place in places {
      for way in join.flights(from: place, index) {
        guard way.from < way.to else { fault("a way between no two points") }
        for flight in way.all where flight.sent.frame < 0 { fault("a flight of no frame") }
      }
    }
    if infos.contains(where: { !$0.warnings.isEmpty }) { return .damaged }
    return correlator.count == 0 ? .empty : .read
  }

  /// All segments in the order of the first point's time; gives those that are counted.
  private mutating func walk(
    _ take: (inout PathJoin, Span<Segment>, [Int], inout [Bool]) -> Void
  ) -> [Segment] {
    var all: [(time: Timestamp, point: Int, number: Int)] = []
    for (point, found) in segments.enumerated() {
      let clock = join.clock(of: point)
      for (number, segment) in found.enumerated() {
        all.append(
          (
            clock.corrected(
              segment.time, capture: segment.capture, frame: segment.frame, rank: { Int($0) }),
            point, number
          ))
      }
    }
    all.sort { ($0.time, $0.point, $0.number) < ($1.time, $1.point, $1.number) }
    var merged: [Segment] = []
    // Each point's own segments come in the order of its file.
    var next = Array(repeating: 0, count: segments.count)
    for one in all {
      var segment = segments[one.point][next[one.point]]
      next[one.point] += 1
      segment.time = one.time
      merged.append(segment)
    }
    var isCounted: [Bool] = []
    take(&join, merged.span, Array(segments.indices), &isCounted)
    return zip(merged, isCounted).filter(\.1).map(\.0)
  }
}

extension Segment {
  fileprivate var place: FramePlace { FramePlace(capture: capture, frame: frame) }
}
