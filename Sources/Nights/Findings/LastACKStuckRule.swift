import TCPModel

/// The peer does not acknowledge the FIN.
enum LastACKStuckRule: StuckClosingRule {
  static let kind = FindingKind.lastACKStuck
  static let state = TCPState.lastACK
  static let key = "night.last_ack_stuck"
}
