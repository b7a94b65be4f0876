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
      CompletionShell(rawValue: arguments.last ?? "").map { shell -> String in
        let script = completionScript(for: shell)
        return switch shell {
        case .bash: withCommandsFirst(script)
        case .zsh: ZshCompletions.withCommandsFirst(script, names: commandNames)
        case .fish: FishCompletions.withCommandsFirst(script, names: commandNames)
        default: script
        }
      }
    case ("--experimental-dump-help", 1): _dumpHelp()
    default: nil
    }
  }

  private static var commandNames: [String] {
    configuration.subcommands.map { $0._commandName } + ["help"]
  }

  /// Bash's script offers files for every word that is no option, and never gets to the commands: a
  /// command's name is looked for first, as the first word.
  private static func withCommandsFirst(_ script: String) -> String {
    let commands = commandNames.dropLast()
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

/// Zsh takes either files or a command for the first word, and refuses a script that says both: a command's
/// name is looked for first.
enum ZshCompletions {
  static func withCommandsFirst(_ script: String, names: [String]) -> String {
    let both = "        '(-): :->command'\n        '(-)*:: :->arg'\n"
    let beginning = "    case \"${state}\" in\n    command)\n"
    let arguments = "    _arguments -w -s -S : \"${arg_specs[@]}\" && ret=0\n"
    // All of them are the root's, whose function is the first one.
    guard let both = script.firstRange(of: both),
      let place = script.firstRange(of: arguments),
      let start = script.firstRange(of: beginning),
      let middle = script.firstRange(of: "        ;;\n    arg)\n"),
      let end = script.firstRange(of: "    esac\n\n    return"),
      both.upperBound <= place.lowerBound, place.upperBound <= start.lowerBound,
      start.upperBound <= middle.lowerBound, middle.upperBound <= end.lowerBound
    else { return script }
    let dispatch = """
          if ((CURRENT == 2)); then
      \(script[start.upperBound..<middle.lowerBound])    elif [[ "${words[2]}" == (\(names.joined(separator: "|"))) ]]; then
              shift words
              ((CURRENT -= 1))
              "_tcptimeline_${words[1]}" && ret=0
              return "${ret}"
          fi

      """
    let parts = [
      script[..<both.lowerBound], script[both.upperBound..<place.lowerBound], dispatch[...],
      script[place.lowerBound..<start.lowerBound],
      script[script.index(end.lowerBound, offsetBy: 9)...],
    ]
    return parts.joined()
  }
}

/// Fish takes every word without a dash for an input: a command's name is looked for first.
enum FishCompletions {
  static func withCommandsFirst(_ script: String, names: [String]) -> String {
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
    let root = lines.firstIndex { $0.hasPrefix("        __tcptimeline_parse_subcommand ") }
    return lines.enumerated().map { index, line -> String in
      if index == root {
        return """
                  if contains -- "$unparsed_tokens[2]" \(names.joined(separator: " "))
                      set commands tcptimeline
                      set -e unparsed_tokens[1]
                  else
              \(line)
                  end
          """
      }
      // The first word is the first one.
      return String(line).replacing("\"tcptimeline\" -eq 2'", with: "\"tcptimeline\" -eq 1'")
    }.joined(separator: "\n")
  }
}
