/// The eleven states of RFC 9293 3.3.2. The raw value is the name used everywhere.
public enum TCPState: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  case closed, listen, synSent, synReceived, established
  case finWait1, finWait2, closeWait, closing, lastACK, timeWait

  public var name: String {
    switch self {
    case .closed: "CLOSED"
    case .listen: "LISTEN"
    case .synSent: "SYN_SENT"
    case .synReceived: "SYN_RECEIVED"
    case .established: "ESTABLISHED"
    case .finWait1: "FIN_WAIT_1"
    case .finWait2: "FIN_WAIT_2"
    case .closeWait: "CLOSE_WAIT"
    case .closing: "CLOSING"
    case .lastACK: "LAST_ACK"
    case .timeWait: "TIME_WAIT"
    }
  }
}

/// Why a state is believed.
public enum StateBasis: String, Sendable {
  /// The endpoint's own segment shows it.
  case observed
  /// It must follow from a segment sent to the endpoint.
  case inferred
  /// No segment shows it: a capture that begins midstream, a timer.
  case assumed
  /// A socket snapshot shows it.
  case snapshot
}

/// An endpoint enters a state.
public struct StateChange: Sendable, Hashable {
  public var state: TCPState
  /// From the connection's first segment; nil when the instant is not known (a starting state).
  public var at: Nanoseconds?
  /// The frame that shows it; nil when none does.
  public var frame: Int64?
  /// The frame is one of the far end's capture, and its segment never came to the near one.
  public var isSeenFarOnly = false
  public var basis: StateBasis

  /// The frame that shows it in the capture that tells the connection.
  public var ownFrame: Int64? { isSeenFarOnly ? nil : frame }

  public init(state: TCPState, at: Nanoseconds?, frame: Int64?, basis: StateBasis) {
    self.state = state
    self.at = at
    self.frame = frame
    self.basis = basis
  }
}
