import ArgumentParser
import Correlation
import Rendering
import TCPModel
import Timeline

/// `tcptimeline explain`: the textbook lifecycle, from an example that takes the way of a capture.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Draw and explain how a TCP connection opens and closes.",
    discussion: """
      EXAMPLES:
        tcptimeline explain                            every step in a sentence
        tcptimeline explain -o lifecycle.svg           the textbook's two figures
        tcptimeline explain --lang ko -o lifecycle.svg in Korean
      """)

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp(
      "Write to this file (.svg, .txt), - for standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "\(OutputFormat.names { $0.explanation != nil }); else the file's ending decides.",
      valueName: "name"))
  var format: OutputFormat?

  @Option(help: ArgumentHelp("Colours; auto follows the reader's scheme.", valueName: "name"))
  var theme = DiagramOptions.Theme.auto

  @Option(name: .customLong("lang"), help: ArgumentHelp("The language.", valueName: "en|ko"))
  var language = Language.en

  func run() throws {
    let format = try OutputFormat.chosen(format, for: output)
    guard let write = format.explanation else {
      throw format.cannot("a lesson is not written as", where: { $0.explanation != nil })
    }
    var options = DiagramOptions()
    options.theme = theme
    options.language = language
    var file = try OutputFile.open(path: output)
    let settings = file.settings(options, try OutputOptions.readTemplates(folder: nil, for: format))
    try file.write(Explanation(connection, language: language), settings, with: write)
    try file.commitAndSay()
  }

  /// The example, correlated like any capture.
  private var connection: Connection {
    let segments = Explanation.segments
    var correlator = Correlator()
    correlator.ingest(segments.span)
    var collector = DetailCollector([correlator.summary(at: 0)], keepsSegments: true)
    collector.ingest(segments.span)
    return collector.connection(at: 0)
  }
}
