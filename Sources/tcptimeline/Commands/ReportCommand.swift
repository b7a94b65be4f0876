import ArgumentParser
import Correlation
import Foundation
import Rendering
import Support
import TCPModel
import Timeline

/// `tcptimeline INPUT... [-o FILE]`: a report on captures, and on snapshots beside them.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show what happened to every TCP connection in a packet capture.",
    usage: "tcptimeline INPUT... [-o FILE] [options]",
    discussion: """
      EXAMPLES:
        tcptimeline a.pcap                     a table of all connections
        tcptimeline a.pcap -o report.svg       sequence diagrams, states, phases
        tcptimeline a.pcap --connection 3 -o 3.svg
        tcptimeline *.pcapng -o report.md      rotated captures as one report
        tcptimeline a.pcap -o - --format json  for other programs
        tcptimeline a.pcap --snapshots snapshots/ -o report.html
        tcpdump -w - -c 1000 tcp | tcptimeline -

      OTHER COMMANDS (each with --help):
        tcptimeline why                        what limited the most expensive transfers
        tcptimeline snapshot                   save this host's sockets now
        tcptimeline nightly                    report on a series of snapshots
        tcptimeline diff BEFORE AFTER          what got slower or worse between two captures
        tcptimeline pieces, fragment, merge    one report by many machines
        tcptimeline explain                    what TCP does, drawn step by step
        tcptimeline mcp --root DIR             answers for clients of the Model Context Protocol

      EXIT STATUS:
        0   done, also when a capture ends cut off (a warning)
        1   a finding named with --fail-on is present, or a choice leaves no connection
        64  wrong usage
        65  the input is not what it claims
        66  no such input
        73  the output cannot be written
        74  reading or writing failed midway
      """)

  @Argument(
    help: ArgumentHelp(
      "Captures (pcap, pcapng), socket snapshots (ss output, /proc/net/tcp), folders of them, or -"
        + " for standard input.", valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @Option(
    help: ArgumentHelp(
      "Join the sockets in this snapshot or folder of snapshots to the connections; repeatable.",
      valueName: "path"),
    completion: .file())
  var snapshots: [String] = []

  @Flag(help: "Tell what limited the most expensive transfers, as tcptimeline why does.")
  var why = false

  @Flag(help: "The inputs still grow: report at Ctrl-C, or where a pipe ends.")
  var follow = false

  @Option(
    help: ArgumentHelp(
      "The inputs still grow: write the report anew this often (10s, 500ms, 2min), too.",
      valueName: "time"))
  var every: DurationArgument?

  @OptionGroup(title: "Output")
  var output: OutputOptions

  @OptionGroup(title: "Choosing connections")
  var choice: SelectionOptions

  @OptionGroup(title: "Diagrams")
  var diagrams: DiagramArguments

  @OptionGroup(title: "Several capture points")
  var paths: PathArguments

  func run() throws {
    guard !inputs.isEmpty || !paths.named.isEmpty else {
      throw Failure(
        .usage,
        "no input: name a capture, a folder of captures, or - for standard input"
          + " (see tcptimeline --help)")
    }
    let format = try chosenFormat()
    func report(_ copy: String?, isInterim: Bool) throws(Failure) -> [Finding] {
      var pipeline = try Pipeline(
        format: format, output: output, choice: choice, diagrams: diagrams, paths: paths)
      pipeline.isInterim = isInterim
      return try pipeline.run(inputs, snapshots: snapshots, standardInput: copy)
    }
    guard follow || every != nil else {
      return try output.failOn.check(report(nil, isInterim: false))
    }
    let isScreen = output.output == nil && isatty(STDOUT_FILENO) == 1
    if every != nil, !isScreen, output.output.map(OutputFile.isOpenDescriptor) ?? true {
      throw Failure(.usage, "--every writes its report anew each time; name a file with -o")
    }
    let findings = try Following(interval: every?.nanoseconds).run(inputs) { copy, isInterim in
      // The screen is the file.
      if isScreen {
        var screen = ByteWriter(descriptor: STDOUT_FILENO)
        screen.text("\u{1B}[H\u{1B}[2J")
        screen.flush()
      }
      return try report(copy, isInterim: isInterim)
    }
    try output.failOn.check(findings)
  }

  /// A chart is a picture, also where no file's ending says so.
  private func chosenFormat() throws(Failure) -> OutputFormat {
    if why { return .why }
    guard let chart = diagrams.chart else { return try output.chosenFormat() }
    let isOpen = output.format == nil && (output.output.map(OutputFile.isOpenDescriptor) ?? true)
    let format = isOpen ? .svg : try output.chosenFormat()
    guard format.chart != nil else {
      throw Failure(
        .usage,
        "--chart \(chart.rawValue) makes an SVG picture, not \(format.name); use -o FILE.svg"
          + " (.md and .html reports hold all charts)")
    }
    return format
  }
}

struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Write to this file, - for standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The kind of output; else the file's ending decides.", valueName: "name"))
  var format: OutputFormat?

  @OptionGroup var zone: ZoneArguments

  @Flag(
    help: ArgumentHelp(
      "Put everything into one file that fits an issue: diagrams as Mermaid text, at most 65,536"
        + " characters (md)."))
  var selfContained = false

  @Flag(help: "List each connection's segments (json, ndjson).")
  var segments = false

  @Flag(help: "Show the targets of HTTP requests, not their length alone (json, ndjson).")
  var paths = false

  @Option(
    help: ArgumentHelp(
      "Events and all phases only for at most this many connections (json, ndjson).",
      valueName: "n"))
  var maxDetail = 10_000

  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp(
      "Exit with 1 when this finding, or one as serious (error, warning), is present; repeatable.",
      valueName: "kind"))
  var failOn: [FailOn] = []

  @Option(
    help: ArgumentHelp("Use the .mustache files in this folder (md, html).", valueName: "dir"),
    completion: .directory)
  var templates: String?

  @OptionGroup var threadArguments: ThreadArguments

  var chosenThreads: Int { threadArguments.chosen }

  func chosenFormat() throws(Failure) -> OutputFormat {
    try OutputFormat.chosen(format, for: output)
  }

  /// The built-in templates, or those `--templates` puts in their place.
  static func readTemplates(
    folder: String?, for format: OutputFormat
  ) throws(Failure) -> Templates {
    if folder != nil, !format.isTemplated {
      throw format.cannot("no template makes", where: \.isTemplated)
    }
    do {
      return try Templates(folder: folder)
    } catch {
      throw Failure(error)
    }
  }
}

struct SelectionOptions: ParsableArguments {
  @Option(
    name: .customLong("connection"),
    help: ArgumentHelp("Only this connection; a number or a range (3-7).", valueName: "id"))
  var connections: [IDRange] = []

  @Option(
    name: .customLong("host"),
    help: ArgumentHelp(
      "Only connections of this address or network, or to a server of this name (*.example.com).",
      valueName: "host"))
  var hosts: [HostPattern] = []

  @Option(
    name: .customLong("application"),
    help: ArgumentHelp("Only connections over which this is spoken.", valueName: "name"))
  var applications: [Application] = []

  @Option(
    name: .customLong("port"),
    help: ArgumentHelp("Only connections with this port on either side.", valueName: "n"))
  var ports: [UInt16] = []

  @Option(
    name: .customLong("outcome"),
    help: ArgumentHelp("Only connections that ended so.", valueName: "name"))
  var outcomes: [Outcome] = []

  @Option(
    help: ArgumentHelp(
      "Read only the frames that this expression in tcpdump's language accepts"
        + " ('host 192.0.2.7 and tcp port 443').", valueName: "expression"))
  var filter: String?

  @Option(
    help: ArgumentHelp(
      "Only connections alive between two times: 14:03 of the capture's day, RFC 3339, seconds since"
        + " 1970, or +seconds from the first packet.", valueName: "time time"))
  var between: [InstantArgument] = []

  @Option(
    help: ArgumentHelp(
      "Count connections together by server, client, name, pair, application or subnet/LEN.",
      valueName: "kind"))
  var by: ServiceKind?

  @Option(
    help: ArgumentHelp(
      "Only the n connections that took longest, times of nothing to do not counted.",
      valueName: "n"))
  var slowest: Int?

  @Option(help: ArgumentHelp("At most n connections.", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Keep at most n connections while reading, for little memory: the oldest closed ones go first.",
      valueName: "n"))
  var maxConnections: Int?

  func validate() throws {
    if between.count == 1 || between.count > 2 {
      throw ValidationError("--between takes two times: --between +0.5 +2")
    }
    if let slowest, slowest < 1 { throw ValidationError("--slowest takes a number from 1") }
    if let maxConnections, maxConnections < 1 {
      throw ValidationError("--max-connections takes a number from 1")
    }
    if let limit, limit < 0 { throw ValidationError("--limit takes a number from 0") }
  }

  /// The options that were given and choose, but for `--limit`.
  var given: [String] {
    [
      (connections.isEmpty, "--connection"), (hosts.isEmpty, "--host"),
      (applications.isEmpty, "--application"), (ports.isEmpty, "--port"),
      (outcomes.isEmpty, "--outcome"), (between.isEmpty, "--between"),
      (slowest == nil, "--slowest"), (filter == nil, "--filter"),
    ].compactMap { isLeftOut, name in isLeftOut ? nil : name }
  }

  /// The conditions, with times counted from the first packet resolved.
  func selection(start: Timestamp?, clock: WallClock) throws(Failure) -> Selection {
    var selection = Selection()
    selection.connections = connections
    selection.hosts = hosts
    selection.applications = applications
    selection.ports = ports
    selection.outcomes = outcomes
    selection.slowest = slowest
    selection.limit = limit
    if between.count == 2 {
      guard
        let times = InstantArgument.range(
          between[0], between[1], from: start ?? Timestamp(nanoseconds: 0), clock: clock)
      else { throw Failure(.found, "--between ends before it begins: no connection is chosen") }
      selection.between = times
    }
    return selection
  }
}

extension Outcome: ExpressibleByArgument {}

extension IDRange: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}

extension Application: ExpressibleByArgument {}

extension ServiceKind: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension HostPattern: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}

extension InstantArgument: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}
