import TCPModel

/// What a rule sees in one connection.
struct Sighting {
  struct OtherLeg {
    let connection: Int
    let frame: Int64
  }

  /// Which of several connections is the most telling one: the largest.
  var weight: Int64
  /// Those that show it.
  var frames: [Int64]
  /// nil for the rule's own.
  var severity: Finding.Severity?
  /// What it cost those who waited, at least; a failed attempt or a broken connection costs more than its
  /// time.
  var cost: Nanoseconds
  /// The message that shows it, of those kinds.
  var icmp: ICMPMessage?
  /// What is nothing of its own here, beyond what its rule always explains.
  var explains: Set<FindingKind> = []
  /// Where the connection's other leg, behind a translator of addresses, shows more.
  var otherLeg: OtherLeg?
  /// Which of several causes it is, each a finding of its own at one server.
  var variant = ""
  /// What the sentence would say of it beside its figures: one sentence cannot be about two stories.
  var story = ""

  init(
    weight: Int64 = 1, frame: Int64?, severity: Finding.Severity? = nil, cost: Nanoseconds = 0
  ) {
    self.init(weight: weight, frames: [frame], severity: severity, cost: cost)
  }

  init(
    weight: Int64 = 1, frames: [Int64?], severity: Finding.Severity? = nil, cost: Nanoseconds = 0
  ) {
    self.weight = weight
    self.frames = frames.compactMap(\.self)
    self.severity = severity
    self.cost = max(0, cost)
  }

  /// What either side may have done, or both: a frame of each.
  ///
  /// - Parameter weight: Of a side; nil where it has not.
  init?(frames: PerSide<Int64?>, cost: Nanoseconds = 0, weight: (Side) -> Int64?) {
    let sides = Side.allCases.filter { weight($0) != nil }
    guard let most = sides.compactMap(weight).max() else { return nil }
    self.init(weight: most, frames: sides.map { frames[$0] }, cost: cost)
  }

  func telling(_ story: String) -> Sighting {
    var sighting = self
    sighting.story = story
    return sighting
  }

  /// What a person waits before trying again.
  static let failure: Nanoseconds = 10_000_000_000
}
