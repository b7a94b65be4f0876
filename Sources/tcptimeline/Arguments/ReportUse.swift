import Rendering
import TCPModel

/// What a command reports on: it decides the formats and findings that its options offer.
protocol ReportUse: SendableMetatype {
  static func takes(_ format: OutputFormat) -> Bool
  /// What it can find.
  static var kinds: [FindingKind] { get }
}

/// Captures, and nights where the inputs are snapshots alone.
enum OfConnections: ReportUse {
  static func takes(_ format: OutputFormat) -> Bool { format.connections != nil }
  static let kinds = FindingKind.allCases
}

enum OfLimits: ReportUse {
  static func takes(_ format: OutputFormat) -> Bool { format == .text }
  static let kinds = FindingKind.ofCaptures
}

enum OfNights: ReportUse {
  static func takes(_ format: OutputFormat) -> Bool { format.night != nil }
  static let kinds = FindingKind.ofNights
}

enum OfLessons: ReportUse {
  static func takes(_ format: OutputFormat) -> Bool { format.lesson != nil }
  static let kinds: [FindingKind] = []
}

enum OfComparisons: ReportUse {
  static func takes(_ format: OutputFormat) -> Bool { format.comparison != nil }
  static let kinds: [FindingKind] = []
}
