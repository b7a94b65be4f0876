import TCPModel

/// All rules about single connections.
enum FindingRules {
  static let all: [any FindingRule.Type] = [
    ICMPRejectedRule.self, PathMTURule.self, RefusedRule.self, NeverArrivedRule.self,
    UnansweredRule.self, HalfOpenRule.self, SYNMeetsTimeWaitRule.self,
    SYNRetriesRule.self, SlowHandshakeRule.self, OptionOddityRule.self, ImmediateCloseRule.self,
    TLSAlertRule.self, KeepAliveRaceRule.self, MiddleboxResetRule.self, TruncatedResponseRule.self,
    ResetRule.self, HalfClosedRule.self,
    KeepAliveTimeoutRule.self, IdlePathDroppedRule.self, MTUBlackHoleRule.self,
    SACKNotTranslatedRule.self, StalledRule.self, ZeroWindowStallRule.self, LossLocatedRule.self,
    RetransmissionsRule.self, NagleDelayedACKRule.self, BufferbloatRule.self,
    LimitedByReceiverRule.self,
    LimitedBySenderRule.self, LimitedByPathRule.self, SlowResponseRule.self,
    ClockBackwardsRule.self,
    AsymmetricDelayRule.self, MiddleboxRewritesRule.self, OffloadSeenRule.self,
  ]

  /// What tells where something happens or what is set, and not why a connection was slower than others.
  @inline(__always)
  static func tellsOnlyWhere(_ kind: FindingKind) -> Bool {
    switch kind {
    case .lossLocated, .asymmetricDelay, .middleboxRewrites, .offloadSeen, .optionOddity: true
    default: false
    }
  }

  /// Whether any of them may see something in a smooth connection.
  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    SlowHandshakeRule.mayBe(inSmooth: record, span)
      || SlowResponseRule.mayBe(inSmooth: record, span)
      || MiddleboxResetRule.mayBe(inSmooth: record, span)
      || HalfClosedRule.mayBe(inSmooth: record, span)
      || ClockBackwardsRule.mayBe(inSmooth: record, span)
      || OptionOddityRule.mayBe(inSmooth: record, span)
      || ImmediateCloseRule.mayBe(inSmooth: record, span)
      || record.mayTellOfTrouble
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
    let explained = sightings.reduce(into: Set<FindingKind>()) {
      $0.formUnion($1.rule.explains)
      $0.formUnion($1.sighting.explains)
    }
    return explained.isEmpty ? sightings : sightings.filter { !explained.contains($0.rule.kind) }
  }
}
