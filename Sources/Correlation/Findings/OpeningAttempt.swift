import TCPModel

/// An attempt to open a connection, in short.
public struct OpeningAttempt: Sendable {
  public var client: Endpoint
  public var server: Endpoint
  public var outcome: Outcome
  public var start: Timestamp
  /// The SYN was sent more than once.
  public var isRetried: Bool
  public var hasPayload: Bool
  /// Of the client.
  public var hasRequest: Bool
  /// The client sent an RST, and it ended the connection.
  public var isResetByClient: Bool
  /// One segment with a wrong checksum: nobody may have tried.
  public var isCorrupt: Bool

  public init(
    client: Endpoint, server: Endpoint, outcome: Outcome, start: Timestamp, isRetried: Bool,
    hasPayload: Bool, hasRequest: Bool, isResetByClient: Bool, isCorrupt: Bool
  ) {
    self.client = client
    self.server = server
    self.outcome = outcome
    self.start = start
    self.isRetried = isRetried
    self.hasPayload = hasPayload
    self.hasRequest = hasRequest
    self.isResetByClient = isResetByClient
    self.isCorrupt = isCorrupt
  }

  public init(_ connection: ConnectionSummary) {
    self.init(
      client: connection.client, server: connection.server, outcome: connection.outcome,
      start: connection.start, isRetried: connection.handshake.synRetransmissions > 0,
      hasPayload: connection.traffic.client.payloadBytes + connection.traffic.server.payloadBytes
        > 0,
      hasRequest: connection.traffic.client.payloadBytes > 0,
      isResetByClient: connection.landmarks.resetBy == .client,
      isCorrupt: connection.landmarks.isCorrupt)
  }

  /// Nothing came of it.
  var hasFailed: Bool {
    if isCorrupt { return false }
    return switch outcome {
    case .refused, .unanswered, .halfOpen: true
    case .reset: !hasPayload
    case .closed, .halfClosed, .open: false
    }
  }

  /// Opened, and closed before anything was asked.
  var isProbe: Bool {
    if isCorrupt || hasRequest { return false }
    return switch outcome {
    case .closed, .halfClosed, .reset: true
    case .refused, .unanswered, .halfOpen, .open: false
    }
  }

  /// As a SYN with a forged address leaves it: never completed, never tried again.
  var isLeftOpen: Bool {
    if isCorrupt { return false }
    return switch outcome {
    case .unanswered, .halfOpen: !isRetried
    case .reset: !hasPayload && isResetByClient
    case .refused, .closed, .halfClosed, .open: false
    }
  }
}
