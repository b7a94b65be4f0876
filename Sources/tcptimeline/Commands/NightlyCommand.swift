import ArgumentParser
import Glibc
import History
import Nights
import Rendering
import Support
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
        tcptimeline nightly snapshots --last 24h -o nightly.html --history nights.sqlite
        tcptimeline nightly snapshots --between 22:00 06:00 --time local
        tcptimeline nightly /mnt/fleet --last 24h -o fleet-%Y-%m-%d.html --prometheus fleet.prom

      In the name of the output %Y, %m, %d, %F, %H, %M and %S stand for the night's last time.

      EXIT STATUS:
        0   done
        1   a finding named with --fail-on is present, or no snapshot is chosen
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

  @OptionGroup var common: CommonArguments<OfNights>

  @OptionGroup var night: NightArguments

  @Option(
    help: ArgumentHelp(
      "Ports of outgoing connections (net.ipv4.ip_local_port_range).", valueName: "a-b"))
  var portRange = PortRange(NightOptions.defaultPortRange)

  @Option(
    help: ArgumentHelp(
      "Compare with earlier nights, and keep this one, in this SQLite file.", valueName: "file"),
    completion: .file())
  var history: String?

  @Option(help: .theme)
  var theme = DiagramOptions.Theme.auto

  @Option(help: .templates, completion: .directory)
  var templates: String?

  @Option(help: .language)
  var lang: Language?

  @OptionGroup var fleet: FleetArguments

  func validate() throws {
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
    let format = try common.chosenFormat()
    guard format.night != nil else {
      throw format.cannot("a night is not written as", where: OfNights.takes)
    }
    let clock = try common.clock()
    histories?.clock = format.clock(clock)
    let templates = try Templates.read(templates, for: format)
    let files = try InputFiles.findSnapshots(inputs)
    let inputs = ProtectedFiles(files.compactMap(\.identity), paths: templates.files)
    if let history { try check(history, inputs) }
    var outputs = try NightOutputs(
      path: common.path, prometheus: fleet.prometheus, format: format,
      sparing: inputs.with(paths: history.map(NightHistory.files) ?? []))
    var hosts = try InputFiles.hosts(of: files, from: fleet.hostFrom, threads: common.threads)
    let span = try hosts.choose(night, clock: clock, threads: common.threads)
    let nights = try HostNights.read(
      hosts,
      NightOptions(portRange: portRange.ports, clock: format.clock(clock)), in: span,
      threads: common.threads, nil
    ) { nights in
      histories?.compare(&nights)
    }
    var options = DiagramOptions()
    options.theme = theme
    options.clock = clock
    let language = ChosenLanguage(lang: lang)
    options.language = language.inFiles
    try outputs.write(nights, options, templates, language)
    let failure = histories?.failure
    if let failure { Failure.say(failure.message) }
    try common.failOn.check(nights.findings)
    if let failure { throw ExitCode(failure.status.rawValue) }
  }

  private func listHosts() throws {
    let files = try InputFiles.findSnapshots(inputs)
    let file = try OutputFile.open(
      path: common.path, sparing: ProtectedFiles(files.compactMap(\.identity)),
      mode: OutputFile.privateMode)
    let hosts = try InputFiles.hosts(of: files, from: fleet.hostFrom, threads: common.threads)
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
