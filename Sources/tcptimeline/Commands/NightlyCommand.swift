import ArgumentParser
import Correlation
import Glibc
import History
import Nights
import Rendering
import TCPModel
import Timeline

/// `tcptimeline nightly INPUT... [-o FILE]`: a report on a series of socket snapshots.
struct NightlyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nightly",
    abstract: "Report on a series of socket snapshots: leaks, floods, queues, who listens.",
    usage: "tcptimeline nightly INPUT... [-o FILE] [--history DB] [options]",
    discussion: """
      EXAMPLES:
        tcptimeline nightly /var/lib/tcptimeline -o nightly.md
        tcptimeline nightly snapshots/*.txt --fail-on close_wait_growth
        tcptimeline nightly snapshots -o nightly.html --history nights.sqlite

      EXIT STATUS:
        0   done
        1   a finding named with --fail-on is present
        64  wrong usage
        65  the input is not what it claims
        66  no such input
        73  the output or the history cannot be written
        74  reading or writing failed midway
      """)

  @Argument(
    help: ArgumentHelp(
      "Snapshot files (ss output, /proc/net/tcp), folders of them, or - for standard input.",
      valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Write to this file, - for standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The kind of output (\(OutputFormat.names { $0.night != nil })); else the file's ending"
        + " decides.", valueName: "name"))
  var format: OutputFormat?

  @Option(
    help: ArgumentHelp(
      "Ports of outgoing connections (net.ipv4.ip_local_port_range).", valueName: "a-b"))
  var portRange = PortRange(NightOptions.defaultPortRange)

  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp(
      "Exit with 1 when this finding, or one as serious (error, warning), is present; repeatable.",
      valueName: "kind"))
  var failOn: [FailOn] = []

  @Option(
    help: ArgumentHelp(
      "Compare with earlier nights, and keep this one, in this SQLite file.", valueName: "file"),
    completion: .file())
  var history: String?

  @Option(
    help: ArgumentHelp(
      "Colours; auto follows the reader's light or dark scheme.", valueName: "name"))
  var theme = DiagramOptions.Theme.auto

  @Option(
    help: ArgumentHelp("Use the .mustache files in this folder (md, html).", valueName: "dir"),
    completion: .directory)
  var templates: String?

  @OptionGroup var threads: ThreadArguments

  func validate() throws {
    for case .kind(let kind) in failOn where !FindingKind.ofNights.contains(kind) {
      let kinds = FindingKind.ofNights.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "--fail-on \(kind.rawValue): only captures show that; snapshots show \(kinds)")
    }
  }

  func run() throws {
    guard !inputs.isEmpty else {
      throw Failure(
        .usage, "no input: name snapshot files or a folder of them (see tcptimeline nightly --help)"
      )
    }
    let format = try OutputFormat.chosen(format, for: output)
    guard let write = format.night else {
      throw format.cannot("a night is not written as", where: { $0.night != nil })
    }
    let templates = try OutputOptions.readTemplates(folder: templates, for: format)
    let files = try InputFiles.findSnapshots(inputs)
    let inputs = ProtectedFiles(files.compactMap(\.identity), paths: templates.files)
    if let history { try check(history, inputs) }
    var file = try OutputFile.open(
      path: output, sparing: inputs.with(paths: history.map(NightHistory.files) ?? []),
      mode: OutputFile.privateMode)
    var report = try NightReport.read(
      files, NightOptions(portRange: portRange.ports), threads: threads.chosen)
    let failure = compare(&report)
    var options = DiagramOptions()
    options.theme = theme
    try file.write(report, file.settings(options, templates), with: write)
    try file.commitAndSay()
    if let failure { Failure.say(failure.message) }
    try failOn.check(report.findings)
    if let failure { throw ExitCode(failure.status.rawValue) }
  }

  private func check(_ history: String, _ inputs: ProtectedFiles) throws(Failure) {
    guard !history.isEmpty else {
      throw Failure(.usage, "--history names no file; name one to keep the nights in")
    }
    guard !RawPath.hasEscapes(history) else {
      throw Failure(.usage, "\(history): is no UTF-8, as SQLite wants it; choose another --history")
    }
    if let status = FileIdentity.Status(path: history), inputs.contains(status.identity) {
      throw Failure(.cannotCreate, "\(history): is an input; choose another --history")
    }
  }

  /// Beside earlier nights, which must not keep the report from being written.
  private func compare(_ report: inout NightReport) -> Failure? {
    guard let history else { return nil }
    do throws(HistoryError) {
      let nights = try NightHistory(path: history)
      if let comparison = try nights.comparison(for: report) { report.compare(with: comparison) }
      try nights.record(report)
      return nil
    } catch {
      let status: ExitStatus =
        switch error.kind {
        case .cannotOpen: .cannotCreate
        case .locked, .failed: .inputOutput
        case .notAHistory: .badInput
        }
      return Failure(
        status, "\(history): \(error.message); the report was written without it")
    }
  }
}

/// `32768-60999`.
struct PortRange: ExpressibleByArgument, CustomStringConvertible {
  var ports: ClosedRange<UInt16>

  init(_ ports: ClosedRange<UInt16>) {
    self.ports = ports
  }

  init?(argument: String) {
    let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
    guard ends.count == 2, let first = ends[0], let last = ends[1], 0 < first, first <= last else {
      return nil
    }
    ports = first...last
  }

  var description: String { "\(ports.lowerBound)-\(ports.upperBound)" }
}
