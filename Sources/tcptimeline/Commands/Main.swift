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
      end(with: failure)
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
    let message = TCPTimeline.message(for: error)
    guard code == .validationFailure else { exit(code.rawValue) }
    let full = TCPTimeline.fullMessage(for: error)
    let help = full.split(separator: "\n").first { $0.hasPrefix("Help:") }?.dropFirst(5)
    Failure.say(oneLine(message) + " (" + oneLine(String(help ?? "see tcptimeline --help")) + ")")
    exit(ExitStatus.usage.rawValue)
  }

  /// `Unknown option` to `unknown option`, no line breaks, and lists in one line.
  private static func oneLine(_ text: String) -> String {
    let lines = text.split(separator: "\n")
    let items = lines.filter { $0.drop(while: \.isWhitespace).hasPrefix("- ") }
      .map { $0.drop(while: \.isWhitespace).dropFirst(2) }
    let others = lines.prefix(lines.count - items.count).joined(separator: " ")
    let words = (others + " " + items.joined(separator: ", "))
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let sentence = words.hasSuffix(".") ? String(words.dropLast()) : words
    return sentence.prefix(1).lowercased() + sentence.dropFirst()
  }
}
