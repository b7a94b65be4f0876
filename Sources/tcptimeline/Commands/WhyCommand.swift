import ArgumentParser
import Rendering
import Support

/// `tcptimeline why INPUT...`: what limited the most expensive transfers.
struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Tell what limited the most expensive transfers, whose side it was, what would help.",
    usage: "tcptimeline why INPUT... [-o FILE] [options]",
    discussion: """
      EXAMPLES:
        tcptimeline why a.pcap                 the five transfers that waited longest
        tcptimeline why a.pcap --connection 3  one of them
        tcptimeline why a.pcap -o why.txt
        tcptimeline why --client-capture c.pcap --server-capture s.pcap
      """)

  @Argument(
    help: ArgumentHelp(
      "Captures (pcap, pcapng), folders of them, or - for standard input.", valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @OptionGroup(title: "Output")
  var output: CommonArguments<OfLimits>

  @OptionGroup(title: "Choosing connections")
  var choice: SelectionOptions

  @OptionGroup(title: "Names")
  var naming: NamingArguments

  @OptionGroup(title: "Several capture points")
  var paths: PathArguments

  @Option(help: .language)
  var lang: Language?

  func run() throws {
    guard !inputs.isEmpty || !paths.named.isEmpty else {
      throw Failure(.usage, "no input: name a capture (see tcptimeline why --help)")
    }
    var report = try ReportArguments(
      output: OutputOptions.parse([]), choice: choice, diagrams: DiagramArguments.parse([]))
    report.output.common = try output.forOtherUse()
    report.diagrams.naming = naming
    report.diagrams.pictures.lang = lang
    let format = try OutputFormat.whyChosen(output.format, for: output.path)
    var pipeline = try Pipeline(format: format, report, paths: paths)
    try output.failOn.check(pipeline.run(inputs, snapshots: []))
  }
}
