import ArgumentParser
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
    abstract: "Report on socket snapshots of one host or many: leaks, floods, queues, listeners.",
    usage: "tcptimeline nightly INPUT... [-o FILE] [--history DB] [options]",
    discussion: """
      EXAMPLES:
        tcptimeline nightly /var/lib/tcptimeline -o nightly.md
        tcptimeline nightly snapshots/*.txt --fail-on close_wait_growth
        tcptimeline nightly snapshots -o nightly.html --history nights.sqlite
        tcptimeline nightly /mnt/fleet -o fleet-%Y-%m-%d.html --prometheus fleet.prom

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
    help: ArgumentHelp(
      "Write to this file, - for standard output; %Y, %m, %d, %F, %H, %M, %S stand for the night's"
        + " last time.", valueName: "file"),
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

  @OptionGroup var zone: ZoneArguments

  @OptionGroup var languages: LanguageArguments

  @OptionGroup var fleet: FleetArguments

  @OptionGroup var threads: ThreadArguments

  func validate() throws {
    for case .kind(let kind) in failOn where !FindingKind.ofNights.contains(kind) {
      let kinds = FindingKind.ofNights.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "--fail-on \(kind.rawValue): only captures show that; snapshots show \(kinds)")
    }
    if fleet.forgets, history == nil {
      throw ValidationError("--forget-host and --forget-older need --history FILE")
    }
  }

  func run() throws {
    var histories = NightHistories(path: history, fleet)
    if inputs.isEmpty, fleet.forgets, let histories {
      if let history { try check(history, ProtectedFiles()) }
      return try histories.forget()
    }
    guard !inputs.isEmpty else {
      throw Failure(
        .usage, "no input: name snapshot files or a folder of them (see tcptimeline nightly --help)"
      )
    }
    if fleet.listsHosts { return try listHosts() }
    let format = try OutputFormat.chosen(format, for: output)
    guard format.night != nil else {
      throw format.cannot("a night is not written as", where: { $0.night != nil })
    }
    let clock = try zone.chosen()
    histories?.clock = format.clock(clock)
    let templates = try OutputOptions.readTemplates(folder: templates, for: format)
    let files = try InputFiles.findSnapshots(inputs)
    let inputs = ProtectedFiles(files.compactMap(\.identity), paths: templates.files)
    if let history { try check(history, inputs) }
    var outputs = try NightOutputs(
      path: output, prometheus: fleet.prometheus, format: format,
      sparing: inputs.with(paths: history.map(NightHistory.files) ?? []))
    let hosts = try InputFiles.hosts(of: files, from: fleet.hostFrom, threads: threads.chosen)
    let nights = try HostNights.read(
      hosts,
      NightOptions(portRange: portRange.ports, clock: format.clock(clock)),
      threads: threads.chosen, nil
    ) { nights in
      histories?.compare(&nights)
    }
    var options = DiagramOptions()
    options.theme = theme
    options.clock = clock
    options.language = languages.inFiles
    try outputs.write(nights, options, templates, languages)
    let failure = histories?.failure
    if let failure { Failure.say(failure.message) }
    try failOn.check(nights.findings)
    if let failure { throw ExitCode(failure.status.rawValue) }
  }

  private func listHosts() throws {
    let files = try InputFiles.findSnapshots(inputs)
    let file = try OutputFile.open(
      path: output, sparing: ProtectedFiles(files.compactMap(\.identity)),
      mode: OutputFile.privateMode)
    let hosts = try InputFiles.hosts(of: files, from: fleet.hostFrom, threads: threads.chosen)
    try file.writeHosts(hosts)
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
