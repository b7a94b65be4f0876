import TCPModel

/// The first walk through the segments of one point: its connections, and what clocks are compared by.
public struct PointSurvey {
  private(set) var table = SightTable()
  private(set) var jumps = Jumps()
  private(set) var samples = SegmentSamples()

  public init() {}

  public mutating func add(_ segments: Span<Segment>) {
    for index in segments.indices {
      let segment = segments[index]
      let number = table.ingest(segment)
      let ordinal = table.ordinal
      jumps.note(segment, ordinal: ordinal)
      samples.note(
        segment, sight: number, bases: table.bases(number, from: segment.from), ordinal: ordinal)
    }
  }
}
