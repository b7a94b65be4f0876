import TCPModel

/// What a person should know about a night.
enum NightRules {
  /// One for each kind, in the order of `FindingKind.ofNights`.
  static let all: [any NightRule.Type] = [
    CloseWaitGrowthRule.self, TimeWaitNearPortRangeRule.self, SYNReceivedBacklogRule.self,
    AcceptQueueFullRule.self, SendQueueStuckRule.self, ReceiveQueueStuckRule.self,
    FINWait2StuckRule.self, LastACKStuckRule.self, RetransmissionsRisingRule.self,
    PeerDominatesRule.self, ListenerAppearedRule.self, ListenerVanishedRule.self,
  ]

  /// Most serious first.
  static func findings(in night: NightFindings) -> [Finding] {
    NightFindings.sorted(all.flatMap { $0.findings(in: night) })
  }
}
