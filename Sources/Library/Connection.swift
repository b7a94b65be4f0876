internal import Support
internal import TCPModel

/// A TCP connection, as the segments of a capture tell it.
///
/// What Wireshark calls a stream: both directions of a pair of endpoints, begun anew by a SYN whose
/// sequence number is not the one its sender began with.
public struct Connection: Sendable, Hashable, Identifiable {
  /// What became of it.
  public enum Outcome: String, Sendable, CaseIterable {
    /// Both ends closed, and both FINs were acknowledged (RFC 9293, section 3.6).
    case closed
    /// An RST ended it (RFC 9293, section 3.5.2).
    case reset
    /// The SYN was answered by an RST.
    case refused
    /// The SYN was not answered.
    case unanswered
    /// The SYN was answered, and the handshake never completed.
    case halfOpen
    /// One end closed, the other had not by the end of the capture.
    case halfClosed
    /// Neither end had closed by the end of the capture.
    case open
  }

  /// A pair of an address and a port.
  public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// Dotted decimal, or RFC 5952's form of an IPv6 address.
    public var address: String
    public var port: UInt16

    /// `192.0.2.1:443` or `[2001:db8::1]:443`.
    public var description: String
  }

  /// What one end sent.
  public struct Traffic: Sendable, Hashable {
    /// Those without payload too.
    public var segments: Int64
    /// Payload in bytes, as often as it was sent.
    public var payloadBytes: Int64
    /// Segments that sent again what the end had sent before; nil where that cannot be told.
    public var retransmittedSegments: Int64?
  }

  /// Its number, from 1 on, in the order of first segments.
  public var id: Int
  /// The end that sent the SYN; where the capture has none, the likelier one.
  public var client: Endpoint
  public var server: Endpoint
  /// The time of the first segment, in nanoseconds since 1970-01-01 00:00 UTC.
  public var start: Int64
  /// From the first segment to the last.
  public var duration: Duration
  public var outcome: Outcome
  /// From the SYN to the ACK that completes the handshake; nil where the capture lacks one of them or
  /// the SYN was sent more than once.
  public var roundTrip: Duration?
  public var sentByClient: Traffic
  public var sentByServer: Traffic
  /// The numbers of its first and its last frame in the capture, from 1 on.
  public var frames: ClosedRange<Int64>
}

/// Something about connections that a person should know.
public struct Finding: Sendable, Hashable {
  public enum Severity: String, Sendable {
    case error, warning, info
  }

  /// A stable name, such as `retransmissions`.
  public var kind: String
  public var severity: Severity
  /// One sentence.
  public var text: String
  /// The ``Connection/id``s of some connections that have it.
  public var connections: [Int]
  /// The frames that show it.
  public var frames: [Int64]
}

// MARK: From what the modules inside know

extension Connection {
  init(_ summary: ConnectionSummary) {
    id = summary.id
    client = Endpoint(summary.client)
    server = Endpoint(summary.server)
    start = summary.start.nanoseconds
    duration = .nanoseconds(summary.duration)
    outcome = Outcome(summary.outcome)
    roundTrip = summary.handshake.rtt.map { .nanoseconds($0) }
    sentByClient = Traffic(summary.traffic.client)
    sentByServer = Traffic(summary.traffic.server)
    frames = summary.firstFrame...max(summary.firstFrame, summary.lastFrame)
  }
}

extension Connection.Outcome {
  init(_ outcome: TCPModel.Outcome) {
    switch outcome {
    case .closed: self = .closed
    case .reset: self = .reset
    case .refused: self = .refused
    case .unanswered: self = .unanswered
    case .halfOpen: self = .halfOpen
    case .halfClosed: self = .halfClosed
    case .open: self = .open
    }
  }
}

extension Connection.Endpoint {
  init(_ endpoint: TCPModel.Endpoint) {
    address = endpoint.address.description
    port = endpoint.port
    description = endpoint.description
  }
}

extension Connection.Traffic {
  init(_ traffic: TCPModel.Traffic) {
    segments = traffic.segments
    payloadBytes = traffic.payloadBytes
    retransmittedSegments = traffic.retransmittedSegments
  }
}

extension Finding {
  init(_ finding: TCPModel.Finding) {
    kind = finding.kind.rawValue
    severity =
      switch finding.severity {
      case .error: .error
      case .warning: .warning
      case .info: .info
      }
    text = finding.text
    connections = finding.connections
    frames = finding.frames
  }
}
