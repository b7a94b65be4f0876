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

  @Option(help: ArgumentHelp("svg or text; else the file's ending decides.", valueName: "name"))
  var format: OutputFormat?

  @Option(help: ArgumentHelp("Colours; auto follows the reader's scheme.", valueName: "name"))
  var theme = DiagramOptions.Theme.auto

  @Option(name: .customLong("lang"), help: ArgumentHelp("The language.", valueName: "en|ko"))
  var language = Language.en

  func run() throws {
    let explanation = Explanation(connection, language: language)
    let bytes: [UInt8]
    switch format ?? output.flatMap(OutputFormat.init(fileName:)) ?? .text {
    case .svg:
      var options = DiagramOptions()
      options.theme = theme
      options.language = language
      let header = ReportHeader(captures: [], summary: TraceSummary())
      bytes = SVGReport(header: header, options: options).explanation(explanation)
    case .text:
      bytes = ExplanationText(explanation).bytes
    case .markdown, .html, .json, .ndjson, .csv, .zeek, .mermaid, .plantuml:
      throw Failure(.usage, "explain writes svg or text")
    }
    var file = try OutputFile.open(path: output, inputs: [])
    var writer = ByteWriter(descriptor: file.descriptor)
    writer.append(bytes)
    try file.finish(&writer)
    try file.commit()
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
