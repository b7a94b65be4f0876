/// What captures can show (the contract's list), in the order of seriousness.
public enum FindingKind: String, Sendable, CaseIterable {
  case refused
  case unanswered
  case middleboxReset = "middlebox_reset"
  case halfOpen = "half_open"
  case keepAliveTimeout = "keep_alive_timeout"
  case reset
  case synRetries = "syn_retries"
  case zeroWindowStall = "zero_window_stall"
  case retransmissions
  case slowHandshake = "slow_handshake"
  case slowResponse = "slow_response"
  case halfClosed = "half_closed"
  case stateContradiction = "state_contradiction"
  case captureDrops = "capture_drops"
  case clockBackwards = "clock_backwards"
  case optionOddity = "option_oddity"

  public var severity: Finding.Severity {
    switch self {
    case .refused, .unanswered, .middleboxReset, .halfOpen, .keepAliveTimeout: .error
    case .reset, .synRetries, .zeroWindowStall, .retransmissions, .slowHandshake, .slowResponse,
      .halfClosed, .stateContradiction, .captureDrops:
      .warning
    case .clockBackwards, .optionOddity: .info
    }
  }
}
