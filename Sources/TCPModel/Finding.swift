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
  public var wording: Wording
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
    kind: FindingKind, severity: Severity, connections: [Int], frames: [Int64],
    wording: Wording, evidence: [Evidence]
  ) {
    self.kind = kind
    self.severity = severity
    self.connections = connections
    self.frames = frames
    self.wording = wording
    self.evidence = evidence
  }
}
