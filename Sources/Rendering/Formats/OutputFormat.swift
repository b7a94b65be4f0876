import Support
import TCPModel
import Timeline

/// A kind of output: all that the program has to know of one. To add a format, write a file that
/// makes such a value and name it in `all`.
public struct OutputFormat: Sendable {
  /// What `--format` takes.
  public let name: String
  /// Endings of file names, without the dot, in lower case.
  public let endings: [String]
  /// File names that say it without an ending of their own.
  public var fileNames: [String] = []
  /// Whether it has a place for findings and for warnings about the inputs. Looking for findings
  /// costs a pass over the connections; warnings go to standard error where there is no place.
  public var showsFindings = false
  /// Whether it shows the most serious findings, but has no place for warnings.
  public var headsFindings = false
  /// Whether its report on connections has a place for sockets, so that snapshots alone can be told
  /// by it too.
  public var listsSockets = false
  /// Whether it is plain text for people, in the language of their terminal.
  public var isTextToRead = false
  /// Whether programs read it: its times are UTC, whatever zone people want.
  public var isData = false

  /// What its times are told in where people want them so.
  public func clock(_ wanted: WallClock) -> WallClock { isData ? .utc : wanted }

  /// Whether it can list each connection's segments.
  public var listsSegments = false
  /// Whether templates make it.
  public var isTemplated = false

  /// Whether its document has a place for every connection, not for the most notable ones alone.
  public var listsEveryConnection = false
  /// Connections that a person at a terminal is shown, the most notable ones; nil where it is no text to
  /// read there.
  public var rowsOnTerminal: Int?

  /// Says what has to be installed for it, where that is missing.
  public var missing: (@Sendable () -> String?)?

  // What it can report on; nil where it cannot.
  public var connections: ConnectionOutput?
  public var chart: DocumentWriter<ChartRequest>?
  public var night: DocumentWriter<NightReport>?
  public var fleet: DocumentWriter<FleetReport>?
  public var lesson: DocumentWriter<LessonPage>?
  public var quiz: DocumentWriter<LessonPage>?
  public var services: DocumentWriter<ServiceReport>?
  public var comparison: DocumentWriter<ComparisonReport>?
  /// Whether its report on connections has a place for services.
  public var listsServices = false

  public init(_ name: String, endings: [String]) {
    self.name = name
    self.endings = endings
  }

  /// Every format, in the order in which messages and help name them.
  public static let all: [OutputFormat] = [
    .svg, .png, .pdf, .markdown, .html, .json, .ndjson, .csv, .zeek, .mermaid, .plantUML,
    .perfetto, .junit, .sarif, .text, .brief,
  ]
}

/// Writes a whole document, and gives the files that lie beside it.
public typealias DocumentWriter<Subject> =
  @Sendable (Subject, ReportSettings, inout ByteWriter) throws(RenderingFailure) -> [ReportAsset]

/// How a format shows connections.
public enum ConnectionOutput: Sendable {
  /// One by one, however many there are.
  case each(need: ConnectionNeed, make: @Sendable (ReportSettings) -> any ReportWriter)
  /// On one page, with charts beside the diagrams or without.
  case document(hasCharts: Bool, write: DocumentWriter<DocumentReport>)

  /// How much of a connection is shown.
  public var need: ConnectionNeed {
    switch self {
    case .each(let need, _): need
    case .document: .events
    }
  }
}

/// What the writers of all formats may want to know beside their subject.
public struct ReportSettings: Sendable {
  public var options = DiagramOptions()
  /// Of plain text.
  public var style = TextStyle.plain
  public var templates: Templates
  /// The name of the folder for pictures, relative to the report; nil where there is no place for
  /// one.
  public var assetFolder: String?
  /// What a text may be at most in characters; it leaves out what is least notable and says so.
  public var characterLimit: Int?
  /// Whether connections come with their events; false where there are too many.
  public var isDetailed = true

  public init(templates: Templates) {
    self.templates = templates
  }
}

/// One chart of the connections of a report.
public struct ChartRequest: Sendable {
  public var report: DocumentReport
  public var chart: Chart
  /// Whether the connections were chosen by their numbers.
  public var isChoice: Bool

  public init(_ chart: Chart, of report: DocumentReport, isChoice: Bool) {
    self.report = report
    self.chart = chart
    self.isChoice = isChoice
  }
}

// MARK: - Choosing one

extension OutputFormat {
  /// The format with that name.
  public init?(named name: String) {
    guard let format = Self.all.first(where: { $0.name == name }) else { return nil }
    self = format
  }

  /// The format a file's name asks for; nil when the ending is not known.
  public init?(fileName: String) {
    let name = fileName.lastPathComponent
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 }
    let ending = dot.map { name[name.index(after: $0)...].lowercased() }
    let format =
      Self.all.first { $0.fileNames.contains(name) }
      ?? Self.all.first { format in ending.map(format.endings.contains) ?? false }
    guard let format else { return nil }
    self = format
  }

  /// `md, html, json or text`: the formats for which something holds.
  public static func names(where holds: (OutputFormat) -> Bool) -> String {
    let names = all.filter(holds).map(\.name)
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension OutputFormat: Hashable {
  public static func == (left: OutputFormat, right: OutputFormat) -> Bool {
    left.name == right.name
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
  }
}
