import TCPModel

/// A segment as it comes by in a walk after the first one, and whose it is.
struct SeenSegment: BitwiseCopyable {
  /// Valid while its batch is.
  let segment: UnsafePointer<Segment>
  /// Its number among all segments of its point.
  let ordinal: Int64
  let hash: UInt32
  let point: Int32
  /// -1 where it is nobody's.
  var sight: Int32 = -1
  var isFromClient = false
  /// The last one of its connection at its point.
  var isLast = false
}
