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
    /// The same by the reason.
    public var reasons: [UnmatchedReason: Int] = [:]

    public init(name: String, captures: [Int], unmatched: Int) {
      self.name = name
      self.captures = captures
      self.unmatched = unmatched
    }
  }

  /// A connection that one point alone has.
  public struct Alone: Sendable, Hashable {
    public var id: Int
    public var point: Int
    public var client: Endpoint
    public var server: Endpoint
    public var reason: UnmatchedReason
    /// Connections that carry the same bytes beyond a relay.
    public var proxied: [Int]

    public init(_ connection: ConnectionSummary, point: Int, _ reason: UnmatchedReason) {
      id = connection.id
      self.point = point
      client = connection.client
      server = connection.server
      self.reason = reason
      proxied = connection.proxied
    }
  }

  /// So many of them are named.
  public static let namedAlone = 100

  public var points: [Point]
  /// Of every point but the first one, in the order of the path.
  public var clocks: [ClockComparison]
  /// Connections seen at the first and the last point.
  public var pairs: Int
  /// Of all connections together between the first and the last point, by the side that sent.
  public var directions = PerSide<PathDirection>(both: PathDirection())
  /// Connections that one point alone has, the first ones.
  public var alone: [Alone] = []

  public init(points: [Point], clocks: [ClockComparison], pairs: Int) {
    self.points = points
    self.clocks = clocks
    self.pairs = pairs
  }
}
