import ArgumentParser
import CBuild
import Glibc
import Rendering

/// `tcptimeline`: the commands and what they share.
struct TCPTimeline: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: Generator.name,
    abstract: ReportCommand.configuration.abstract,
    version: version,
    subcommands: [
      ReportCommand.self, WhyCommand.self, DiffCommand.self, SnapshotCommand.self,
      NightlyCommand.self, PiecesCommand.self, FragmentCommand.self, MergeCommand.self,
      ExplainCommand.self, ProtocolCommand.self,
    ],
    defaultSubcommand: ReportCommand.self)

  /// `tcptimeline 0.2.0 (commit, date)`; without the parentheses where the build knows no commit.
  private static var version: String {
    let build = [TCPTIMELINE_COMMIT, TCPTIMELINE_DATE].filter { !$0.isEmpty }
    let version = "\(Generator.name) \(Generator.version)"
    return build.isEmpty ? version : version + " (" + build.joined(separator: ", ") + ")"
  }
}

@main
struct Main {
  static func main() {
    Signals.occupyStandardDescriptors()
    Signals.prepare()
    // Swift reads the command line from there.
    if CommandLine.argc == 0 {
      end(
        with: Failure(
          .noInput, "the command line cannot be read: there is no /proc (mount -t proc proc /proc)")
      )
    }
    if let answer = CommandLineGuide.answer(to: given.dropFirst()) {
      write(answer)
      exit(ExitStatus.done.rawValue)
    }
    do {
      var command = try TCPTimeline.parseAsRoot(arguments(given.dropFirst()))
      try command.run()
    } catch let failure as Failure {
      end(with: withCommandMeant(failure))
    } catch {
      finish(with: error)
    }
  }

  /// The command line, names of files as `RawPath` writes them.
  private static var given: [String] {
    (0..<Int(CommandLine.argc)).compactMap { index in
      CommandLine.unsafeArgv[index].map { RawPath.text($0) }
    }
  }

  /// A mistyped command is taken for an input that is not there.
  private static func withCommandMeant(_ failure: Failure) -> Failure {
    let names = TCPTimeline.configuration.subcommands.map { $0._commandName } + ["help"]
    guard failure.status == .noInput, let word = given.dropFirst().first,
      FileIdentity.Status(path: word) == nil, let name = Spelling.nearest(to: word, among: names)
    else { return failure }
    var failure = failure
    failure.message += "; did you mean the command \(name)?"
    return failure
  }

  /// To standard output, with an end of line.
  private static func write(_ text: String) {
    var output = ByteWriter(descriptor: STDOUT_FILENO)
    output.text(text + "\n")
    output.flush()
    if let code = output.failure { end(with: Failure(writing: "standard output", code)) }
  }

  /// A reader that closes the pipe ends the program quietly, as if the signal had.
  private static func end(with failure: Failure) -> Never {
    if failure.isBrokenPipe { Signals.end(by: SIGPIPE) }
    Failure.say(failure.message)
    exit(failure.status.rawValue)
  }

  /// The command line as the parser wants it: `--help` alone is that of the default command, and an
  /// option of two values is said twice.
  private static func arguments(_ given: ArraySlice<String>) -> [String] {
    if given.count == 1, given.first == "--help" || given.first == "-h" {
      return [ReportCommand._commandName, "--help"]
    }
    var arguments: [String] = []
    for argument in given {
      let previous = arguments.suffix(2)
      if previous.first == "--between", previous.count == 2, arguments.last != "--between",
        !arguments.dropLast(2).contains("--between")
      {
        arguments.append("--between")
      }
      arguments.append(argument)
    }
    return arguments
  }

  /// Help, the version and completion scripts go to standard output; a wrong command line is one
  /// line on standard error.
  private static func finish(with error: any Error) -> Never {
    let code = TCPTimeline.exitCode(for: error)
    if code == .success {
      write(TCPTimeline.fullMessage(for: error))
      exit(ExitStatus.done.rawValue)
    }
    guard code == .validationFailure else { exit(code.rawValue) }
    let complaint = CommandLineComplaint(
      TCPTimeline.message(for: error), full: TCPTimeline.fullMessage(for: error),
      unnamed: ReportCommand._commandName)
    Failure.say(complaint.text)
    exit(ExitStatus.usage.rawValue)
  }
}
