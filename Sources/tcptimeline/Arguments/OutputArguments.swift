import ArgumentParser
import Rendering
import Support

/// The words for options that several commands take. Groups nest no deeper than they have to: each costs more
/// than a million instructions whenever the program starts, and in a build for debugging, where the parser
/// checks every group once more for each one around it, a tenth of a second.
extension ArgumentHelp {
  static var output: ArgumentHelp {
    ArgumentHelp("Write to this file, - for standard output.", valueName: "file")
  }
  static var format: ArgumentHelp {
    ArgumentHelp("The kind of output; else the file's ending decides.", valueName: "name")
  }
  static var templates: ArgumentHelp {
    ArgumentHelp("Use the .mustache files in this folder (md, html).", valueName: "dir")
  }
  static var time: ArgumentHelp {
    ArgumentHelp(
      "The zone of times that people read: utc, local, +09:00, Asia/Seoul. Data stays UTC.",
      valueName: "zone")
  }
  static var title: ArgumentHelp {
    ArgumentHelp("What stands at the head of the picture or page.", valueName: "text")
  }
  static var slide: ArgumentHelp {
    ArgumentHelp("A picture for a slide: 16:9, with as many rows as it holds (svg, png, pdf).")
  }
  static var theme: ArgumentHelp {
    ArgumentHelp(
      "Colours; auto follows the reader's light or dark scheme, css an element of the class dark.",
      valueName: "name")
  }
}

/// Where to write, and in which form.
struct OutputArguments<Use: ReportUse>: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")], help: .output, completion: .file())
  var path: String?

  @Option(name: .customLong("format"), help: .format)
  var given: FormatArgument<Use>?

  var format: OutputFormat? { given?.format }

  func chosenFormat() throws(Failure) -> OutputFormat {
    try OutputFormat.chosen(format, for: path, where: Use.takes)
  }
}

/// What all commands take that report on captures or nights.
struct CommonArguments<Use: ReportUse>: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")], help: .output, completion: .file())
  var path: String?

  @Option(name: .customLong("format"), help: .format)
  var given: FormatArgument<Use>?

  // "-03:00" is no option.
  @Option(parsing: .unconditional, help: .time)
  var time: String?

  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp(
      "Exit with 1 when this finding, or one as serious (error, warning), is present; repeatable.",
      valueName: "kind"))
  var givenFailOn: [FailOnArgument<Use>] = []

  @Option(name: .customLong("threads"), help: .threads)
  var givenThreads: Int?

  var format: OutputFormat? { given?.format }
  var threads: Int { ThreadCount.chosen(givenThreads) }
  var failOn: [FailOn] { givenFailOn.map(\.condition) }

  func chosenFormat() throws(Failure) -> OutputFormat {
    try OutputFormat.chosen(format, for: path, where: Use.takes)
  }

  func validate() throws {
    try ThreadCount.validate(givenThreads)
    for condition in failOn {
      if let reason = condition.isNever(among: Use.kinds) { throw ValidationError(reason) }
    }
  }

  /// In which zone people read times; chosen once, before anything is read.
  func clock() throws(Failure) -> WallClock { try WallClock.chosen(time) }

  /// The same words, for what reports otherwise; the format is chosen by now.
  func forOtherUse<Other>() throws -> CommonArguments<Other> {
    var other = try CommonArguments<Other>.parse([])
    other.path = path
    other.time = time
    other.givenFailOn = failOn.map(FailOnArgument.init)
    other.givenThreads = givenThreads
    return other
  }
}

extension WallClock {
  /// What `--time` says.
  static func chosen(_ zone: String?) throws(Failure) -> WallClock {
    guard let zone else { return .utc }
    if let clock = choose(zone) { return clock }
    throw Failure(
      .usage,
      "--time \(zone): no such zone; name utc, local, an offset (+09:00) or a zone of the system"
        + " (Asia/Seoul)")
  }
}
