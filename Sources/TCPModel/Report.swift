/// The whole input in a few numbers.
public struct TraceSummary: Sendable, Hashable {
  public var connections: Int
  public var byOutcome: [Outcome: Int]
  public var tcpSegments: Int64
  public var payloadBytes: Int64
  public var start: Timestamp?
  public var end: Timestamp?
  /// What held back all that was sent, and whose side the connections' time was that sent something.
  public var limits = LimitTimes()
  public var blame = Blame()

  public init() {
    connections = 0
    byOutcome = [:]
    tcpSegments = 0
    payloadBytes = 0
  }
}

/// Everything a report says before it comes to single connections.
public struct ReportHeader: Sendable {
  public var captures: [CaptureInfo]
  public var summary: TraceSummary
  public var findings: [Finding]
  /// How many of the connections the report is about; all of them unless some were chosen.
  public var listed: Int
  /// Names for addresses, from the capture's name records and `--name`.
  public var names: [IPAddress: String]
  /// nil where there were no snapshots.
  public var snapshots: SnapshotSummary?
  /// Connections counted together; nil unless asked for.
  public var services: [Service]?
  /// The parts of time that `services` are counted by; nil without any.
  public var serviceTime: ServiceTime?
  /// QUIC, which is no TCP and encrypted: who speaks it with whom, and how much.
  public var quic: [QUICFlow] = []
  /// nil where all was captured at one point.
  public var paths: PathsSummary?

  public init(captures: [CaptureInfo], summary: TraceSummary) {
    self.captures = captures
    self.summary = summary
    findings = []
    listed = summary.connections
    names = [:]
  }
}
