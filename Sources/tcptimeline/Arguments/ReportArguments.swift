import ArgumentParser
import Rendering

/// What a report on captures takes, whichever command reads them.
struct ReportArguments {
  var output: OutputOptions
  var choice: SelectionOptions
  var diagrams: DiagramArguments
}

struct OutputOptions: ParsableArguments {
  @OptionGroup var common: CommonArguments<OfConnections>

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

  @Option(help: .templates, completion: .directory)
  var templates: String?

  var path: String? { common.path }
  var format: OutputFormat? { common.format }
  var failOn: [FailOn] { common.failOn }
  var threads: Int { common.threads }

  func chosenFormat() throws(Failure) -> OutputFormat { try common.chosenFormat() }
}
