import ArgumentParser

/// The command line as people type it: the report's options at the top, beside the other commands.
/// Completions and man pages are made from it, because those of a default command are left out of
/// the root that parses.
struct CommandLineGuide: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: TCPTimeline.configuration.commandName ?? "",
    abstract: ReportCommand.configuration.abstract,
    discussion: ReportCommand.configuration.discussion,
    version: TCPTimeline.configuration.version,
    subcommands: TCPTimeline.configuration.subcommands.filter { $0 != ReportCommand.self })

  @OptionGroup var report: ReportCommand

  /// What a request for completions or for the options as JSON asks for; nil for any other line.
  static func answer(to arguments: ArraySlice<String>) -> String? {
    switch (arguments.first, arguments.count) {
    case ("--generate-completion-script", 2):
      CompletionShell(rawValue: arguments.last ?? "").map { completionScript(for: $0) }
    case ("--experimental-dump-help", 1): _dumpHelp()
    default: nil
    }
  }
}
