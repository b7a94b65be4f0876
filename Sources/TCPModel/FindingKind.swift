/// What can be found in captures and in nights: the names of the contract, and what `--fail-on` takes.
/// In the order of seriousness, captures first.
public enum FindingKind: String, Sendable, CaseIterable {
  case refused
  case unanswered
  case neverArrived = "never_arrived"
  case middleboxReset = "middlebox_reset"
  case halfOpen = "half_open"
  case keepAliveTimeout = "keep_alive_timeout"
  case reset
  case synRetries = "syn_retries"
  case zeroWindowStall = "zero_window_stall"
  case lossLocated = "loss_located"
  case retransmissions
  case slowHandshake = "slow_handshake"
  case slowResponse = "slow_response"
  case halfClosed = "half_closed"
  case stateContradiction = "state_contradiction"
  case clockStep = "clock_step"
  case captureDrops = "capture_drops"
  case clockBackwards = "clock_backwards"
  case asymmetricDelay = "asymmetric_delay"
  case middleboxRewrites = "middlebox_rewrites"
  case optionOddity = "option_oddity"

  case closeWaitGrowth = "close_wait_growth"
  case timeWaitNearPortRange = "time_wait_near_port_range"
  case synReceivedBacklog = "syn_received_backlog"
  case acceptQueueFull = "accept_queue_full"
  case sendQueueStuck = "send_queue_stuck"
  case receiveQueueStuck = "receive_queue_stuck"
  case finWait2Stuck = "fin_wait_2_stuck"
  case lastACKStuck = "last_ack_stuck"
  case retransmissionsRising = "retransmissions_rising"
  case peerDominates = "peer_dominates"
  case listenerAppeared = "listener_appeared"
  case listenerVanished = "listener_vanished"

  /// What only snapshots over time show.
  public static let ofNights = Array(
    allCases[(allCases.firstIndex(of: .closeWaitGrowth) ?? 0)...])

  /// Its place in the order of seriousness.
  public var rank: Int { FindingKind.ranks[self] ?? 0 }

  private static let ranks = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
