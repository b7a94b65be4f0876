import Support
import TCPModel

/// What was found of a connection between two points.
struct PairResult {
  var directions: PerSide<PathDirection>
  var showsForeignSACK: Bool

  /// Everything arrived as it was sent, and the usual times of both ways are not far from each other.
  var isUnremarkable: Bool {
    guard !showsForeignSACK, directions.client.isUnremarkable, directions.server.isUnremarkable
    else { return false }
    guard let there = directions.client.delay, let back = directions.server.delay else {
      return true
    }
    return (there.median &- back.median).magnitude < PathDirection.leastAsymmetry
  }
}

/// What was found of each connection, by pair. Most have only a few numbers that are not 0: these take 120 bytes,
/// the others more than three times as many.
struct PairResults {
  private var smooth: [SmoothPair]
  private var others: [PairResult] = []

  init(count: Int = 0) {
    smooth = LargePages.array(repeating: SmoothPair(), count: count)
  }

  /// nil before the connection is over.
  subscript(pair: Int) -> PairResult? {
    let found = smooth[pair]
    if found.place == SmoothPair.unknown { return nil }
    if found.place != SmoothPair.here { return others[Int(found.place)] }
    return PairResult(
      directions: PerSide(client: found.client.direction, server: found.server.direction),
      showsForeignSACK: false)
  }

  /// The connection of these lanes is over. They are only looked at, in their place: to hand them on copies them.
  mutating func set(_ pair: Int, _ client: inout Lane, _ server: inout Lane) {
    if !client.showsForeignSACK, !server.showsForeignSACK,
      let there = SmoothDirection(client.result), let back = SmoothDirection(server.result)
    {
      smooth[pair] = SmoothPair(client: there, server: back, place: SmoothPair.here)
      return
    }
    smooth[pair].place = Int32(truncatingIfNeeded: others.count)
    others.append(
      PairResult(
        directions: PerSide(client: client.result, server: server.result),
        showsForeignSACK: client.showsForeignSACK || server.showsForeignSACK))
  }

  private struct SmoothPair: BitwiseCopyable {
    static let unknown: Int32 = -2
    static let here: Int32 = -1

    var client = SmoothDirection()
    var server = SmoothDirection()
    /// Among the others, if it is one of them.
    var place = SmoothPair.unknown
  }
}

/// A direction of which nothing is to be told but how much there was and how long it took.
private struct SmoothDirection: BitwiseCopyable {
  private var matched: UInt32 = 0
  private var sentRSTs: UInt32 = 0
  private var largest: (sender: UInt32, receiver: UInt32) = (0, 0)
  /// Of all that matched, or of none.
  private var hasTimes = false
  private var least: Int64 = 0
  private var median: Int64 = 0
  private var p95: Int64 = 0
  private var greatest: Int64 = 0

  init() {}

  /// nil of any other.
  init?(_ direction: PathDirection) {
    guard direction.isUnremarkable, direction.injectedRSTs == 0, direction.lostFrames.isEmpty,
      direction.injectedFrames.isEmpty, direction.undeliveredSegments.isEmpty,
      let matched = UInt32(exactly: direction.matched),
      let sentRSTs = UInt32(exactly: direction.sentRSTs)
    else { return nil }
    self.matched = matched
    self.sentRSTs = sentRSTs
    largest = (direction.largest.sender, direction.largest.receiver)
    guard let delay = direction.delay else { return }
    guard delay.count == direction.matched else { return nil }
    hasTimes = true
    (least, median, p95, greatest) = (delay.min, delay.median, delay.p95, delay.max)
  }

  var direction: PathDirection {
    var direction = PathDirection()
    direction.matched = Int64(matched)
    direction.sentRSTs = Int64(sentRSTs)
    direction.largest.sender = largest.sender
    direction.largest.receiver = largest.receiver
    if hasTimes {
      direction.delay = OneWayDelays(
        count: Int64(matched), min: least, median: median, p95: p95, max: greatest)
    }
    return direction
  }
}
