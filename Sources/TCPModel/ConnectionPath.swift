/// What lies between the capture points of one connection. Shared, not copied: summaries hold it.
public final class ConnectionPath: Sendable {
  /// By the side that sent.
  public let directions: PerSide<PathDirection>
  public let rewritten: PathRewrites
  /// Where the connection was captured, in the order of the path.
  public let points: [PathPoint]
  /// Connections that carry the same bytes beyond a relay.
  public let proxied: [Int] = []
  /// Of the clocks' offset; nil where only one direction was seen.
  public let clockUncertainty: Nanoseconds?
  /// The end that the first point is nearer to.
  public let nearSide: Side

  public init(
    directions: PerSide<PathDirection>, rewritten: PathRewrites, points: [PathPoint],
    clockUncertainty: Nanoseconds?, nearSide: Side
  ) {
    self.directions = directions
    self.rewritten = rewritten
    self.points = points
    self.clockUncertainty = clockUncertainty
    self.nearSide = nearSide
  }
}

/// A frame of one of the captures.
public struct FramePlace: BitwiseCopyable, Sendable, Hashable {
  /// Which of the merged captures, from 0.
  public var capture: UInt16
  public var frame: Int64

  public init(capture: UInt16, frame: Int64) {
    self.capture = capture
    self.frame = frame
  }
}

/// One direction of a connection between two capture points.
public struct PathDirection: Sendable, Hashable {
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
  public var delay: OneWayDelays?

  public init() {}

  /// Segments that the sender's capture shows.
  public var sent: Int64 { matched &+ lost }

  /// How many were lost behind a point in the middle, by the number of the point before the loss.
  public func lost(after point: Int) -> Int {
    lostAfter.count { Int($0) == point }
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

/// A value as the client's capture has it and as the server's has it.
public struct Rewrite<Value: Sendable & Hashable>: Sendable, Hashable {
  public var atClient: Value
  public var atServer: Value

  public init(_ atClient: Value, _ atServer: Value) {
    self.atClient = atClient
    self.atServer = atServer
  }
}

/// What the path changed in the segments of a connection; nil or empty where it changed nothing.
public struct PathRewrites: Sendable, Hashable {
  public var clientAddress: Rewrite<IPAddress>?
  public var clientPort: Rewrite<UInt16>?
  public var serverAddress: Rewrite<IPAddress>?
  public var serverPort: Rewrite<UInt16>?
  /// The server's number less the client's, modulo 2^32; by the side whose initial sequence number it is.
  public var isnDelta = PerSide<UInt32?>(both: nil)
  /// By the side that offered it: as sent, as it arrived.
  public var mss = PerSide<Rewrite<UInt16>?>(both: nil)
  public var windowScale = PerSide<Rewrite<UInt8>?>(both: nil)
  /// Options of a SYN that did not arrive with it, by their names in the report.
  public var optionsStripped: [String] = []
  public var optionsAdded: [String] = []
  /// SACK blocks kept the numbers of the other side of a path that changes sequence numbers.
  public var sackNotTranslated = false
  /// Routers that lowered the time to live, by sender; nil where it rose.
  public var hops = PerSide<Int?>(both: nil)

  public init() {}

  /// Whether anything but the time to live differs.
  public var isNothing: Bool {
    var other = self
    other.hops = PerSide(both: nil)
    return other == PathRewrites()
  }
}

/// A connection in the capture of one point.
public struct PathPoint: Sendable, Hashable {
  /// Of the point, from 0 in the order of the path.
  public var point: Int
  public var name: String
  public var first: FramePlace
  public var last: FramePlace

  public init(point: Int, name: String, first: FramePlace, last: FramePlace) {
    self.point = point
    self.name = name
    self.first = first
    self.last = last
  }
}

/// Why a connection was seen at one point only. The raw value is the name in the JSON.
public enum UnmatchedReason: String, Sendable, Hashable {
  /// The other point was capturing, and nothing of it came by there.
  case neverArrived = "never_arrived"
  /// The other capture had not begun or had ended.
  case notCaptured = "not_captured"
  /// Several connections of the other capture may be it.
  case ambiguous
  /// Seen at the server's point; nothing at the client's explains it.
  case noCounterpart = "no_counterpart"
}

/// How the clock of one capture point stands to the first point's.
public struct ClockComparison: Sendable, Hashable {
  /// A clock that was set while it was captured.
  public struct Step: Sendable, Hashable {
    /// The point whose clock it is.
    public var point: Int
    /// The first frame with the new time.
    public var place: FramePlace
    /// By how much its clock went forward.
    public var size: Nanoseconds

    public init(point: Int, place: FramePlace, size: Nanoseconds) {
      self.point = point
      self.place = place
      self.size = size
    }
  }

  public var point: Int
  /// Where `offset` holds: the first frame of the first point.
  public var reference: Timestamp
  /// This point's clock less the first point's; nil where nothing shows it.
  public var offset: Nanoseconds?
  /// Half of the smallest round trip between the points; nil where only one direction was seen.
  public var uncertainty: Nanoseconds?
  /// How much faster it runs; nil where the captures are too short to tell.
  public var skewPPM: Double?
  public var skewUncertaintyPPM: Double?
  public var steps: [Step] = []

  public init(point: Int, reference: Timestamp) {
    self.point = point
    self.reference = reference
  }
}

/// What several capture points have in common.
public struct PathsSummary: Sendable, Hashable {
  public struct Point: Sendable, Hashable {
    public var name: String
    /// Its captures' numbers.
    public var captures: [Int]
    /// Connections that this point alone has.
    public var unmatched: Int

    public init(name: String, captures: [Int], unmatched: Int) {
      self.name = name
      self.captures = captures
      self.unmatched = unmatched
    }
  }

  public var points: [Point]
  /// Of every point but the first one, in the order of the path.
  public var clocks: [ClockComparison]
  /// Connections seen at the first and the last point.
  public var pairs: Int

  public init(points: [Point], clocks: [ClockComparison], pairs: Int) {
    self.points = points
    self.clocks = clocks
    self.pairs = pairs
  }
}
