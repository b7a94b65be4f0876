import ArgumentParser
import Rendering
import Services
import Support
import TCPModel
import Timeline

/// `tcptimeline diff BEFORE AFTER`: the services of two captures side by side.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show what got slower, worse, new or gone between two captures.",
    discussion: """
      Services with at least 30 connections on both sides are compared: medians that differ by a fifth
      and a millisecond, and shares, where chance hardly ever makes such a difference (p below 0.01,
      corrected for all that is compared in a thousand such comparisons).

      EXAMPLES:
        tcptimeline diff monday.pcap tuesday.pcap
        tcptimeline diff before/ after/ --by name --fail-on regression
      """)

  @Argument(
    help: ArgumentHelp("The earlier capture, or a folder of them.", valueName: "before"),
    completion: .file())
  var before: String

  @Argument(
    help: ArgumentHelp("The later capture, or a folder of them.", valueName: "after"),
    completion: .file())
  var after: String

  enum Failing: String, ExpressibleByArgument, CaseIterable {
    case regression
  }

  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp("Exit with 1 when a service got worse.", valueName: "regression"))
  var failOn: [Failing] = []

  @OptionGroup var output: OutputArguments<OfComparisons>

  @Option(help: .language)
  var lang: Language?

  @Option(parsing: .unconditional, help: .time)
  var time: String?

  @Option(help: .threads)
  var threads: Int?

  @OptionGroup(title: "Choosing connections")
  var choice: SelectionOptions

  @OptionGroup(title: "Names")
  var naming: NamingArguments

  func run() throws {
    let format = try output.chosenFormat()
    guard let write = format.comparison else {
      throw format.cannot("a comparison is not written as", where: OfComparisons.takes)
    }
    let keepsInput = naming.anonymize && Anonymization.readsInput
    var inputs = [
      try InputFiles.sort([before], snapshots: [], isReadTwice: keepsInput),
      try InputFiles.sort([after], snapshots: [], isReadTwice: keepsInput),
    ]
    for index in inputs.indices { inputs[index].take(only: choice.filter) }
    for (files, path) in zip(inputs, [before, after]) where files.captures.isEmpty {
      throw Failure(.badInput, "\(path): no capture; diff compares captures")
    }
    var file = try OutputFile.open(
      path: output.path,
      sparing: ProtectedFiles(inputs[0].identities + inputs[1].identities, paths: []))
    let kind = choice.by ?? .server
    var request = ReportSource.Request(threads: ThreadCount.chosen(threads), choice: choice)
    request.by = kind
    request.wantsFindings = true
    request.clock = try WallClock.chosen(time)
    var naming = naming
    // One key for both, or nothing could be compared.
    let pseudonyms = naming.anonymize ? try Anonymization.pseudonyms(for: inputs) : nil
    if let pseudonyms {
      request.choice.rename(by: pseudonyms)
      naming.rename(by: pseudonyms)
    }
    request.names = naming.namesByAddress
    let (early, earlyServices) = try read(inputs[0], pseudonyms, request)
    let (late, lateServices) = try read(inputs[1], pseudonyms, request)
    let known = Set(early.findings.map(\.kind))
    let report = ComparisonReport(
      by: kind, before: early, after: late,
      services: ServiceCollector.compare(earlyServices, lateServices),
      newFindings: late.findings.filter { !known.contains($0.kind) },
      slowestBefore: earlyServices.slowest, slowestAfter: lateServices.slowest)
    let templates = try Templates.read(nil, for: format)
    try file.write(
      report,
      file.settings(DiagramOptions(), templates, ChosenLanguage(lang: lang), format), with: write)
    try file.commit()
    if !failOn.isEmpty, report.hasRegression {
      Failure.say("a service got worse (--fail-on regression)")
      throw ExitCode(1)
    }
  }

  private func read(
    _ inputs: InputFiles, _ pseudonyms: AddressPseudonyms?, _ request: ReportSource.Request
  ) throws(Failure) -> (ReportHeader, ServiceCollector) {
    let source = try ReportSource(inputs, pseudonyms, request)
    source.warn(unlessShownBy: nil)
    return (source.header, source.services ?? ServiceCollector(request.by ?? .server))
  }
}
