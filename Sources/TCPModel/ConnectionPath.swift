/// What lies between the capture points of one connection. Shared, not copied: summaries hold it.
public final class ConnectionPath: Sendable {
  /// By the side that sent.
  public let directions: PerSide<PathDirection>
  public let rewritten: PathRewrites
  /// Where the connection was captured, in the order of the path.
  public let points: [PathPoint]
  /// ICMP errors about its segments, and how far they came.
  public let messages: [PathMessage]
  /// Of the clocks' offset; nil where only one direction was seen.
  public let clockUncertainty: Nanoseconds?
  /// The end that the first point is nearer to.
  public let nearSide: Side

  public init(
    directions: PerSide<PathDirection>, rewritten: PathRewrites, points: [PathPoint],
    clockUncertainty: Nanoseconds?, nearSide: Side, messages: [PathMessage] = []
  ) {
    self.directions = directions
    self.rewritten = rewritten
    self.points = points
    self.clockUncertainty = clockUncertainty
    self.nearSide = nearSide
    self.messages = messages
  }
}

/// An ICMP error about a connection's segments at the points of its path.
public struct PathMessage: Sendable, Hashable {
  public enum Fate: String, Sendable {
    /// Every point that it had to pass saw it.
    case arrived
    /// A point saw it on its way, and the next one did not.
    case lost
    /// A router between the points sent it: only the points behind that one saw it.
    case madeOnPath = "made_on_path"
  }

  /// The side whose segment it is about, and to whom it goes.
  public var about: Side
  /// As the RFCs call it.
  public var name: String
  public var sender: IPAddress
  public var fate: Fate
  /// Where it was seen, in the order of the path: the point, and the frame there.
  public var sights: [Sight]

  public struct Sight: Sendable, Hashable {
    public var point: Int
    public var place: FramePlace

    public init(point: Int, place: FramePlace) {
      self.point = point
      self.place = place
    }
  }

  public init(about: Side, name: String, sender: IPAddress, fate: Fate, sights: [Sight]) {
    self.about = about
    self.name = name
    self.sender = sender
    self.fate = fate
    self.sights = sights
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
  /// Nothing at the other point explains it.
  case noCounterpart = "no_counterpart"
}
