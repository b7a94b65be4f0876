import TCPModel

/// The first walk through the segments of one point: its connections, and what clocks are compared by.
public struct PointSurvey {
  private(set) var table = SightTable()
  private(set) var jumps = Jumps()
  private(set) var samples = SegmentSamples()

  public init() {}

  /// - Parameter base: The number of the point's first capture among those of all points.
  public mutating func add(_ segments: Span<Segment>, capturesFrom base: UInt16 = 0) {
    segments.withUnsafeBufferPointer { segments in
      guard let first = segments.baseAddress else { return }
      var next = 0
      while next < segments.count {
        let end = min(segments.count, next + SightTable.overlap)
        add(first + next, end - next, base)
        next = end
      }
    }
  }

  private mutating func add(_ segments: UnsafePointer<Segment>, _ count: Int, _ base: UInt16) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: SightTable.overlap) { hashes in
      guard let hashes = hashes.baseAddress else { return }
      for index in 0..<count {
        (hashes + index).initialize(to: table.fetch(segments[index].key))
      }
      for index in 0..<count {
        let segment = segments + index
        let capture = segment.pointee.capture &+ base
        let number = table.ingest(segment, hashes[index], capture: capture)
        let ordinal = table.ordinal
        jumps.note(segment, ordinal: ordinal, capture: capture)
        samples.note(segment, sight: number, table, ordinal: ordinal, capture: capture)
      }
    }
  }
}
