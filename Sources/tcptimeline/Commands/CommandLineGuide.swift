import ArgumentParser
import Foundation

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
      CompletionShell(rawValue: arguments.last ?? "").map { shell in
        shell == .bash
          ? withCommandsFirst(completionScript(for: shell)) : completionScript(for: shell)
      }
    case ("--experimental-dump-help", 1): _dumpHelp()
    default: nil
    }
  }

  /// Bash's script offers files for every word that is no option, and never gets to the commands: a
  /// command's name is looked for first, as the first word.
  private static func withCommandsFirst(_ script: String) -> String {
    let commands = configuration.subcommands.map { $0._commandName }
    let words = "local -a unparsed_words=(\"${COMP_WORDS[@]:1:${COMP_CWORD}}\")\n"
    let dispatch = """
      \(words)
          case "${unparsed_words[0]}" in
          \(commands.joined(separator: "|")))
              if ((COMP_CWORD > 1)); then
                  local -a repeating_flags=() non_repeating_flags=()
                  local -a repeating_options=() non_repeating_options=()
                  local -r subcommand="${unparsed_words[0]}"
                  unset 'unparsed_words[0]'
                  unparsed_words=("${unparsed_words[@]}")
                  "_tcptimeline_${subcommand}"
                  return
              fi
              ;;
          esac
          if ((COMP_CWORD == 1)); then
              COMPREPLY+=($(compgen -W '\(commands.joined(separator: " "))' -- "${cur}"))
          fi

      """
    // The first is the root's; each command's function follows it.
    guard let place = script.range(of: words) else { return script }
    return script.replacingCharacters(in: place, with: dispatch)
  }
}
