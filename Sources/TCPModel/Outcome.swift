public enum RoleBasis: String, Sendable {
  case syn, port
  case synACK = "syn_ack"
  case firstSegment = "first_segment"
}

public enum Outcome: String, Sendable, CaseIterable {
  case closed, reset, refused, unanswered
  case halfOpen = "half_open"
  case halfClosed = "half_closed"
  case open

  /// The connection came to nothing, or to an end that nobody had in mind.
  public var isFailure: Bool {
    switch self {
    case .refused, .unanswered, .halfOpen, .reset: true
    case .closed, .halfClosed, .open: false
    }
  }
}

/// Where the capture was taken, judged from the handshake's two round-trip times.
public enum Vantage: String, Sendable {
  case client, server, middle, unknown

  /// Whether what that end sent was captured where it arrives: the times to its ACKs are the receiver's own.
  public func isReceiver(of side: Side) -> Bool {
    self == .client && side == .server || self == .server && side == .client
  }
}
