import TCPModel

/// The peer does not close its end.
enum FINWait2StuckRule: StuckClosingRule {
  static let kind = FindingKind.finWait2Stuck
  static let state = TCPState.finWait2
  static let key = "night.fin_wait_2_stuck"
}
