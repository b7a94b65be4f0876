import TCPModel

/// A segment at work: what came, from whom, when.
struct Moment: BitwiseCopyable {
  let segment: SegmentView
  /// When the capture point saw it; a clock may have been set back since the segment before.
  let now: Instant
  /// The same, but never before another segment of the connection: for phases, which never go back.
  let clock: Instant

  var sender: End { segment.from }

  /// Two times and not the record: the compiler would copy it, whatever it is told.
  ///
  /// - Parameters:
  ///   - start: Of the connection.
  ///   - latest: The latest time seen of it, this segment's included.
  @inline(__always)
  init(_ segment: SegmentView, start: Timestamp, latest: Timestamp) {
    self.segment = segment
    now = Instant(at: segment.time.since(start), frame: segment.frame)
    clock = Instant(at: latest.since(start), frame: segment.frame)
  }
}

/// Where all goes that follows from a segment, and what its payload is.
struct Sink {
  var verdict = SegmentVerdict()
  /// For changes of state and phases.
  let journal: UnsafeMutablePointer<Journal>
  var piece = Piece.data

  init(journal: UnsafeMutablePointer<Journal>) { self.journal = journal }
}
