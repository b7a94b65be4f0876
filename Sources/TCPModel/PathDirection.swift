/// One direction of a connection between two capture points.
public struct PathDirection: Sendable, Hashable {
  /// That one way usually takes longer than the other by less than this is not worth a word.
  public static let leastAsymmetry: Nanoseconds = 10_000_000

  /// Lost frames named; the rest is only counted.
  public static let namedFrames = 4096

  /// Segments of the sender's capture that arrived whole.
  public var matched: Int64 = 0
  /// Segments of the sender's capture of which a part or all did not arrive.
  public var lost: Int64 = 0
  /// In the sender's capture, in its order.
  public var lostFrames: [FramePlace] = []
  /// Where each of `lostFrames` was lost: the number of the first of the two points it lies between.
  /// Empty without a point in the middle.
  public var lostAfter: [UInt8] = []
  /// Arrivals beyond the first of a segment.
  public var duplicated: Int64 = 0
  /// Segments that arrived after one that was sent later.
  public var reordered: Int64 = 0
  /// Arrivals that the sender's end did not send.
  public var injected: Int64 = 0
  /// In the receiver's capture.
  public var injectedFrames: [FramePlace] = []
  /// RST segments among the injected.
  public var injectedRSTs: Int64 = 0
  /// RST segments that the sender's end did send.
  public var sentRSTs: Int64 = 0
  /// Segments that one capture shows and the other cannot tell of: it had not begun, had ended, or missed
  /// frames itself.
  public var unknown: Int64 = 0
  /// Arrivals that brought nothing new: repeats of what had arrived, not copies made on the path.
  public var needless: Int64 = 0
  /// Sequence space that no copy brought to the receiver's point, although it was sent there twice or more.
  public var undelivered: Int64 = 0
  /// The sender's segments that held it.
  public var undeliveredSegments: [UndeliveredSegment] = []
  /// Segments larger than the peer's MSS: a network card cuts them behind, or has merged them before, the
  /// capture at the sender's and at the receiver's point.
  public var oversized = AtBothPoints<Int64>(both: 0)
  /// Payload of the largest segment.
  public var largest = AtBothPoints<UInt32>(both: 0)
  /// Arrivals with other borders than they were sent with, none larger than the MSS: a device on the path
  /// cut or merged them.
  public var resegmented: Int64 = 0
  /// The first change of a DSCP.
  public var dscp: Rewrite<UInt8>?
  /// Segments sent with an ECT mark that arrived without any (RFC 3168 5).
  public var ecnCleared: Int64 = 0
  /// Segments that got their congestion mark on the way.
  public var ceMarked: Int64 = 0
  public var delay: OneWayDelays?

  public init() {}

  /// Something was sent, all of it arrived, and nothing is in doubt.
  public var hasArrivedWhole: Bool { matched > 0 && lost == 0 && unknown == 0 }

  /// Everything arrived once, in order and as it was sent.
  public var isUnremarkable: Bool {
    lost == 0 && duplicated == 0 && reordered == 0 && injected == 0 && unknown == 0 && needless == 0
      && undelivered == 0 && oversized.sender == 0 && oversized.receiver == 0 && resegmented == 0
      && dscp == nil && ecnCleared == 0 && ceMarked == 0
  }

  /// Segments that the sender's capture shows.
  public var sent: Int64 { matched &+ lost }

  /// How many were lost behind a point in the middle, by the number of the point before the loss.
  public func lost(after point: Int) -> Int {
    lostAfter.count { Int($0) == point }
  }
}

/// A segment of which no copy arrived.
public struct UndeliveredSegment: Sendable, Hashable {
  public var place: FramePlace
  public var payload: UInt32
  /// Something that was sent later arrived.
  public var isPassed: Bool

  public init(place: FramePlace, payload: UInt32, isPassed: Bool) {
    self.place = place
    self.payload = payload
    self.isPassed = isPassed
  }

  public var frame: Int64 { place.frame }
}

/// A value at the sender's point and at the receiver's.
public struct AtBothPoints<Value: Sendable & Hashable>: Sendable, Hashable {
  public var sender: Value
  public var receiver: Value

  public init(both value: Value) {
    sender = value
    receiver = value
  }
}

/// Times from one capture point to the other.
public struct OneWayDelays: Sendable, Hashable {
  public var count: Int64
  public var min: Nanoseconds
  public var median: Nanoseconds
  public var p95: Nanoseconds
  public var max: Nanoseconds

  public init(
    count: Int64, min: Nanoseconds, median: Nanoseconds, p95: Nanoseconds, max: Nanoseconds
  ) {
    self.count = count
    self.min = min
    self.median = median
    self.p95 = p95
    self.max = max
  }
}
