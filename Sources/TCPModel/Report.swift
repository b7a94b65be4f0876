/// What was read: one file, or standard input.
public struct CaptureInfo: Sendable, Hashable {
  public enum Format: String, Sendable {
    case pcap, pcapng, ss
    case procNetTCP = "proc_net_tcp"
  }

  public enum Compression: String, Sendable {
    case none, gzip, zstd, lz4
  }

  public var path: String
  public var format: Format
  public var compression: Compression
  /// LINKTYPE names without the prefix, in the order of the interfaces, each once.
  public var linkTypes: [String]
  public var frames: Int64
  public var tcpSegments: Int64
  /// The file's size, or what was read of a pipe.
  public var bytes: Int64
  public var firstTime: Timestamp?
  public var lastTime: Timestamp?
  /// The file ends inside a record.
  public var isTruncated: Bool
  public var interfaceDrops: Int64?
  /// Frames that hold no TCP segment, or none that could be read: reason to frames.
  public var skipped: [String: Int64]
  public var warnings: [String]
  /// What people wrote into the capture (pcapng comments), in its order.
  public var comments: [Comment]

  public struct Comment: Sendable, Hashable {
    /// The frame it belongs to; nil for the capture or an interface.
    public var frame: Int64?
    public var text: String

    public init(frame: Int64?, text: String) {
      self.frame = frame
      self.text = text
    }
  }

  public init(path: String, format: Format) {
    self.path = path
    self.format = format
    compression = .none
    linkTypes = []
    frames = 0
    tcpSegments = 0
    bytes = 0
    isTruncated = false
    skipped = [:]
    warnings = []
    comments = []
  }
}

/// The whole input in a few numbers.
public struct TraceSummary: Sendable, Hashable {
  public var connections: Int
  public var byOutcome: [Outcome: Int]
  public var tcpSegments: Int64
  public var payloadBytes: Int64
  public var start: Timestamp?
  public var end: Timestamp?

  public init() {
    connections = 0
    byOutcome = [:]
    tcpSegments = 0
    payloadBytes = 0
  }
}

/// What a person should know, with its evidence.
public struct Finding: Sendable, Hashable {
  /// Most serious first.
  public enum Severity: String, Sendable, Comparable, CaseIterable {
    case error, warning, info

    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .error: 0
      case .warning: 1
      case .info: 2
      }
    }
  }

  /// Connections named in a finding; the rest is only counted.
  public static let namedConnections = 1000

  public var kind: FindingKind
  public var severity: Severity
  public var connections: [Int]
  public var frames: [Int64]
  /// One sentence with the numbers.
  public var text: String
  /// Named numbers and words behind the sentence, in the order to show.
  public var evidence: [Evidence]

  public struct Evidence: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
      case number(Int64)
      case text(String)
    }

    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  public init(
    kind: FindingKind, severity: Severity, connections: [Int], frames: [Int64], text: String,
    evidence: [Evidence]
  ) {
    self.kind = kind
    self.severity = severity
    self.connections = connections
    self.frames = frames
    self.text = text
    self.evidence = evidence
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
