/// What can be found in captures and in nights: the names of the contract, and what `--fail-on` takes. Of
/// equally serious findings that cost as much, the one whose kind stands first comes first.
public enum FindingKind: String, Sendable, CaseIterable {
  // Attempts that failed.
  case synFlood = "syn_flood"
  case portScan = "port_scan"
  case refused
  case unanswered
  case neverArrived = "never_arrived"
  case icmpRejected = "icmp_rejected"
  case acceptQueueFull = "accept_queue_full"
  case middleboxReset = "middlebox_reset"
  case halfOpen = "half_open"
  case immediateClose = "immediate_close"
  case tlsAlert = "tls_alert"
  // Connections that broke.
  case mtuBlackHole = "mtu_black_hole"
  case idlePathDropped = "idle_path_dropped"
  case stalled
  case keepAliveTimeout = "keep_alive_timeout"
  case keepAliveRace = "keep_alive_race"
  case sackNotTranslated = "sack_not_translated"
  case truncatedResponse = "truncated_response"
  case reset
  // What was slow.
  case synMeetsTimeWait = "syn_meets_time_wait"
  case synRetries = "syn_retries"
  case zeroWindowStall = "zero_window_stall"
  case lossLocated = "loss_located"
  case retransmissions
  case bufferbloat
  case limitedByReceiver = "limited_by_receiver"
  case limitedBySender = "limited_by_sender"
  case limitedByPath = "limited_by_path"
  case slowHandshake = "slow_handshake"
  case slowResponse = "slow_response"
  case slowTail = "slow_tail"
  case nagleDelayedACK = "nagle_delayed_ack"
  // What is worth knowing.
  case halfClosed = "half_closed"
  case portPressure = "port_pressure"
  case idleTimeout = "idle_timeout"
  case pathMTU = "path_mtu"
  case stateContradiction = "state_contradiction"
  case clockStep = "clock_step"
  case captureDrops = "capture_drops"
  case clockBackwards = "clock_backwards"
  case asymmetricDelay = "asymmetric_delay"
  case middleboxRewrites = "middlebox_rewrites"
  case offloadSeen = "offload_seen"
  case optionOddity = "option_oddity"

  case closeWaitGrowth = "close_wait_growth"
  case timeWaitNearPortRange = "time_wait_near_port_range"
  case synReceivedBacklog = "syn_received_backlog"
  case sendQueueStuck = "send_queue_stuck"
  case receiveQueueStuck = "receive_queue_stuck"
  case finWait2Stuck = "fin_wait_2_stuck"
  case lastACKStuck = "last_ack_stuck"
  case retransmissionsRising = "retransmissions_rising"
  case peerDominates = "peer_dominates"
  case listenerAppeared = "listener_appeared"
  case listenerVanished = "listener_vanished"

  /// What snapshots over time show.
  public static let ofNights: [FindingKind] = [
    .closeWaitGrowth, .timeWaitNearPortRange, .synReceivedBacklog, .acceptQueueFull,
    .sendQueueStuck, .receiveQueueStuck, .finWait2Stuck, .lastACKStuck, .retransmissionsRising,
    .peerDominates, .listenerAppeared, .listenerVanished,
  ]

  /// What captures show: all but what only snapshots over time do.
  public static let ofCaptures: [FindingKind] = {
    let others = Set(ofNights).subtracting([.acceptQueueFull])
    return allCases.filter { !others.contains($0) }
  }()

  /// Its place in the order.
  public var rank: Int { FindingKind.ranks[self] ?? 0 }

  private static let ranks = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
