import TCPModel

/// One kind of finding about single connections: when it is there, its sentence and the numbers behind
/// it, and what a glance must not overlook. A new kind is a case of `FindingKind`, a rule in a file of
/// its own, and a line each in `FindingRules`.
protocol FindingRule: SendableMetatype {
  static var kind: FindingKind { get }
  static var severity: Finding.Severity { get }

  /// nil where a connection has nothing of it.
  static func judge(_ connection: ConnectionSummary) -> Sighting?

  /// One sentence about all connections with it at one server.
  static func sentence(_ group: FindingGroup) -> String

  /// The numbers of the sentence, beyond those that every group has.
  static func evidence(_ group: FindingGroup) -> Evidence

  /// Whether `judge` may see it in the connection of this record, which is smooth: it ended as usual,
  /// nothing was counted, nothing was sent again. Asked when a record is packed, so that only those
  /// connections are described that have to be. In doubt it may.
  ///
  /// - Parameter span: From its first to its last segment.
  static func mayBe(inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds) -> Bool
}

extension FindingRule {
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

  init(weight: Int64 = 1, frame: Int64?) {
    self.weight = weight
    frames = frame.map { [$0] } ?? []
  }

  init(weight: Int64, frames: [Int64]) {
    self.weight = weight
    self.frames = frames
  }

  /// What either side may have done, or both: a frame of each.
  ///
  /// - Parameter weight: Of a side; nil where it has not.
  init?(frames: PerSide<Int64?>, weight: (Side) -> Int64?) {
    let sides = Side.allCases.filter { weight($0) != nil }
    guard let most = sides.compactMap(weight).max() else { return nil }
    self.weight = most
    self.frames = sides.compactMap { frames[$0] }
  }
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
    add("syn_ack_retransmissions", handshake.synAckRetransmissions)
  }

  mutating func addReset(_ marks: Landmarks) {
    add("by", marks.resetBy?.name)
    add("reset_frame", marks.reset)
    add("reset_ttl", marks.resetTTL)
    add("usual_ttl", marks.usualTTL)
  }
}

/// All rules about single connections.
enum FindingRules {
  static let all: [any FindingRule.Type] = [
    RefusedRule.self, UnansweredRule.self, MiddleboxResetRule.self, HalfOpenRule.self,
    KeepAliveTimeoutRule.self, ResetRule.self, SYNRetriesRule.self, ZeroWindowStallRule.self,
    RetransmissionsRule.self, SlowHandshakeRule.self, SlowResponseRule.self, HalfClosedRule.self,
    MissingBytesRule.self, ClockBackwardsRule.self, OptionOddityRule.self,
    NeverArrivedRule.self, LossLocatedRule.self, AsymmetricDelayRule.self,
    MiddleboxRewritesRule.self,
  ]

  /// Whether any of them may see something in a smooth connection.
  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    SlowHandshakeRule.mayBe(inSmooth: record, span)
      || SlowResponseRule.mayBe(inSmooth: record, span)
      || HalfClosedRule.mayBe(inSmooth: record, span)
      || MissingBytesRule.mayBe(inSmooth: record, span)
      || ClockBackwardsRule.mayBe(inSmooth: record, span)
      || OptionOddityRule.mayBe(inSmooth: record, span)
  }
}
