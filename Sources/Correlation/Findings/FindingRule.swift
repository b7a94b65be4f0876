import TCPModel

/// One kind of finding about single connections: when it is there, its sentence and the numbers behind
/// it, what follows from it, and what a glance must not overlook. A new kind is a case of `FindingKind`, a
/// rule in a file of its own, a line or two in `FindingRules`, and a section of docs/findings.md.
protocol FindingRule: SendableMetatype {
  static var kind: FindingKind { get }
  /// How serious it is, unless a sighting says otherwise.
  static var severity: Finding.Severity { get }

  /// nil where a connection has nothing of it, and where what was captured cannot tell.
  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting?

  /// One sentence about all connections with it at one place.
  static func sentence(_ group: FindingGroup) -> String

  /// The numbers of the sentence, beyond those that every group has.
  static func evidence(_ group: FindingGroup) -> Evidence

  /// What is nothing of its own in a connection with this: one cause, one finding.
  static var explains: Set<FindingKind> { get }

  /// Whether `judge` may see it in the connection of this record, which is smooth: it ended as usual,
  /// nothing was counted, nothing was sent again. Asked when a record is packed, so that only those
  /// connections are described that have to be. In doubt it may.
  ///
  /// - Parameter span: From its first to its last segment.
  static func mayBe(inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds) -> Bool
}

extension FindingRule {
  static var explains: Set<FindingKind> { [] }

  /// A smooth connection has nothing of most kinds.
  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool { false }
}

/// What a rule sees in one connection.
struct Sighting {
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

  /// What a person waits before trying again.
  static let failure: Nanoseconds = 10_000_000_000
}

/// Named numbers and words, in the order to show.
struct Evidence {
  private(set) var items: [Finding.Evidence] = []

  mutating func add(_ name: String, _ value: (some BinaryInteger)?) {
    if let value { items.append(Finding.Evidence(name, .number(Int64(clamping: value)))) }
  }

  mutating func add(_ name: String, _ value: String?) {
    if let value { items.append(Finding.Evidence(name, .text(value))) }
  }

  mutating func addHandshakeRetries(_ handshake: Handshake) {
    add("syn_retransmissions", handshake.synRetransmissions)
    add("syn_ack_retransmissions", handshake.synACKRetransmissions)
  }

  mutating func addReset(_ marks: Landmarks) {
    add("by", marks.resetBy?.name)
    add("reset_frame", marks.reset)
    add("reset_ttl", marks.rstTTL)
    add("usual_ttl", marks.usualTTL)
  }
}

/// All rules about single connections.
enum FindingRules {
  static let all: [any FindingRule.Type] = [
    ICMPRejectedRule.self, PathMTURule.self, RefusedRule.self, NeverArrivedRule.self,
    UnansweredRule.self, HalfOpenRule.self, SYNMeetsTimeWaitRule.self,
    SYNRetriesRule.self, SlowHandshakeRule.self, OptionOddityRule.self, ImmediateCloseRule.self,
    KeepAliveRaceRule.self, MiddleboxResetRule.self, ResetRule.self, HalfClosedRule.self,
    KeepAliveTimeoutRule.self, IdlePathDroppedRule.self, MTUBlackHoleRule.self,
    SACKNotTranslatedRule.self, StalledRule.self, ZeroWindowStallRule.self, LossLocatedRule.self,
    RetransmissionsRule.self, NagleDelayedACKRule.self, BufferbloatRule.self,
    LimitedByReceiverRule.self,
    LimitedBySenderRule.self, LimitedByPathRule.self, SlowResponseRule.self,
    ClockBackwardsRule.self,
    AsymmetricDelayRule.self, MiddleboxRewritesRule.self,
  ]

  /// Whether any of them may see something in a smooth connection.
  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    SlowHandshakeRule.mayBe(inSmooth: record, span)
      || SlowResponseRule.mayBe(inSmooth: record, span)
      || HalfClosedRule.mayBe(inSmooth: record, span)
      || ClockBackwardsRule.mayBe(inSmooth: record, span)
      || OptionOddityRule.mayBe(inSmooth: record, span)
      || ImmediateCloseRule.mayBe(inSmooth: record, span)
      || KeepAliveRaceRule.mayBe(inSmooth: record, span)
      || IdleTimeoutTally.mayBe(inSmooth: record, span)
      || CaptureTally.mayBe(inSmooth: record, span)
      || HeldTime.mayBe(inSmooth: record, span)
      || NagleDelayedACKRule.mayBe(inSmooth: record, span)
  }

  /// What of several rules' sightings in a connection stands by itself.
  static func withoutWhatFollows(
    _ sightings: [(rule: any FindingRule.Type, sighting: Sighting)]
  ) -> [(rule: any FindingRule.Type, sighting: Sighting)] {
    let explained = sightings.reduce(into: Set<FindingKind>()) { $0.formUnion($1.rule.explains) }
    return explained.isEmpty ? sightings : sightings.filter { !explained.contains($0.rule.kind) }
  }
}
