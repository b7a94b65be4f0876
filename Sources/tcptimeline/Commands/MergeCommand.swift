import ArgumentParser
import Rendering

/// `tcptimeline merge JOURNAL...`: the report on the captures whose pieces these are.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make of the journals of all pieces the report that the captures themselves give.",
    usage: "tcptimeline merge JOURNAL... [-o FILE] [options]",
    discussion: """
      The journals may come in any order, but every piece of every input has to be there, once. The
      captures are not read any more.

      EXAMPLES:
        tcptimeline merge journals -o report.json
        tcptimeline merge journals -o connections.csv
        tcptimeline merge journals --connection 3 -o 3.svg
      """)

  @Argument(
    help: ArgumentHelp(
      "Journals that tcptimeline fragment wrote, or folders of them.", valueName: "journal"),
    completion: .file())
  var journals: [String] = []

  @OptionGroup(title: "Output")
  var output: OutputOptions

  @OptionGroup(title: "Choosing connections")
  var choice: SelectionOptions

  @OptionGroup(title: "Diagrams")
  var diagrams: DiagramArguments

  func run() throws {
    guard !journals.isEmpty else {
      throw Failure(.usage, "no journal: name a folder of them (see tcptimeline merge --help)")
    }
    guard choice.filter == nil else {
      throw Failure(.usage, "--filter reads frames, which journals do not hold any more")
    }
    guard !diagrams.naming.anonymize || !Anonymization.readsInput else {
      throw Failure(
        .usage,
        "--anonymize makes its key from the captures, which are not here; set TCPTIMELINE_KEY")
    }
    let files = try JournalFiles(journals)
    var pipeline = try Pipeline(
      format: try output.chosenFormat(),
      ReportArguments(output: output, choice: choice, diagrams: diagrams))
    pipeline.spared = files.identities
    try output.failOn.check(pipeline.run(files.inputs))
  }
}
