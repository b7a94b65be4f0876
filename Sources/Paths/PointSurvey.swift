import TCPModel

/// The first walk through the segments of one point: its connections, and what clocks are compared by.
public struct PointSurvey {
  private(set) var table = SightTable()
  private(set) var jumps = Jumps()
  private(set) var samples = SegmentSamples()

  public init() {}

  public mutating func add(_ segments: Span<Segment>) {
    for index in segments.indices {
      let number = table.ingest(segments[index])
      let ordinal = table.ordinal
      jumps.note(segments[index], ordinal: ordinal)
      samples.note(
        segments[index], sight: number, bases: table.bases(number, from: segments[index].from),
        ordinal: ordinal)
    }
  }
}
