import ArgumentParser
import Foundation
import Rendering
import TCPModel

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
        tcpdump -U -w - tcp | tcptimeline -    until Ctrl-C

      OTHER COMMANDS (each with --help):
        tcptimeline why                        what limited the slowest transfers
        tcptimeline snapshot                   save this host's sockets now
        tcptimeline nightly                    report on a series of snapshots
        tcptimeline diff BEFORE AFTER          what got worse between two captures
        tcptimeline pieces, fragment, merge    one report by many machines
        tcptimeline explain                    what TCP does, drawn step by step
        tcptimeline mcp --root DIR             answers for clients of MCP

      EXIT STATUS:
        0   done, also when a capture ends cut off (a warning)
        1   a finding of --fail-on is present, or no connection is chosen
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
    func write(_ copy: String?, isInterim: Bool) throws(Failure) -> [Finding] {
      var pipeline = try Pipeline(
        format: format, ReportArguments(output: output, choice: choice, diagrams: diagrams),
        paths: paths)
      pipeline.isInterim = isInterim
      return try pipeline.run(inputs, snapshots: snapshots, standardInput: copy)
    }
    guard follow || every != nil else {
      return try output.failOn.check(write(nil, isInterim: false))
    }
    let isScreen = output.path == nil && isatty(STDOUT_FILENO) == 1
    if every != nil, !isScreen, output.path.map(OutputFile.isOpenDescriptor) ?? true {
      throw Failure(.usage, "--every writes its report anew each time; name a file with -o")
    }
    let findings = try Following(interval: every?.nanoseconds).run(inputs) { copy, isInterim in
      // The screen is the file.
      if isScreen {
        var screen = ByteWriter(descriptor: STDOUT_FILENO)
        screen.text("\u{1B}[H\u{1B}[2J")
        screen.flush()
      }
      return try write(copy, isInterim: isInterim)
    }
    try output.failOn.check(findings)
  }

  /// A chart is a picture, also where no file's ending says so.
  private func chosenFormat() throws(Failure) -> OutputFormat {
    if why { return try OutputFormat.whyChosen(output.format, for: output.path) }
    guard let chart = diagrams.chart else { return try output.chosenFormat() }
    let isOpen = output.format == nil && (output.path.map(OutputFile.isOpenDescriptor) ?? true)
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
