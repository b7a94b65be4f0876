import Foundation
import TestSupport
import Testing

/// What a tab offers, in the real shell: the usual line has no command before its options.
@Suite struct CompletionTests {
  @Test(
    arguments: [
      ("tcptimeline Samples/http.pcapng --outcome ", ["closed", "half_open", "refused"]),
      ("tcptimeline --out", ["--outcome", "--output"]),
      ("tcptimeline Samples/http.pcapng -o a.svg --the", ["--theme"]),
      ("tcptimeline --format ", ["json", "svg", "text"]),
      ("tcptimeline Samples/text", ["Samples/textbook.pcap"]),
      ("tcptimeline night", ["nightly"]),
      ("tcptimeline nightly --hist", ["--history"]),
      ("tcptimeline explain --lang ", ["en", "ko"]),
    ])
  func bashOffers(line: String, expected: [String]) throws {
    let offered = try bash(completing: line)
    for word in expected { #expect(offered.contains(word), "\(line): \(offered)") }
  }

  private static let lines: [(String, [String])] = [
    ("tcptimeline Samples/http.pcapng --outcome ", ["closed", "half_open", "refused"]),
    ("tcptimeline --out", ["--outcome", "--output"]),
    ("tcptimeline --format ", ["json", "svg", "junit"]),
    ("tcptimeline Samples/text", ["Samples/textbook.pcap"]),
    ("tcptimeline night", ["nightly"]), ("tcptimeline nightly --hist", ["--history"]),
    ("tcptimeline explain --lang ", ["en", "ko"]),
  ]

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zsh"), "zsh is missing"),
    arguments: CompletionTests.lines)
  func zshOffers(line: String, expected: [String]) throws {
    let offered = try zsh(completing: line)
    for word in expected {
      #expect(offered.contains { word.hasSuffix($0) && !$0.isEmpty }, "\(line): \(offered)")
    }
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/fish"), "fish is missing"),
    arguments: CompletionTests.lines)
  func fishOffers(line: String, expected: [String]) throws {
    let offered = try fish(completing: line)
    for word in expected { #expect(offered.contains(word), "\(line): \(offered)") }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func everyShellHasAScript(shell: String) throws {
    let script = try Program().run("--generate-completion-script", shell)
    #expect(script.status == 0)
    #expect(script.text.contains("outcome"))
  }

  @Test func anUnknownShellIsAWrongUsage() throws {
    let result = try Program().run("--generate-completion-script", "csh")
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
  }

  /// The candidates that bash's own completion finds for a line whose cursor is at its end.
  private func bash(completing line: String) throws -> [String] {
    let scratch = try Scratch()
    try scratch.write(
      try Program().run("--generate-completion-script", "bash").output, "completions")
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let list = words.map { "'\($0)'" }.joined(separator: " ")
    let script = """
      shopt -s extglob
      source '\(scratch.path("completions"))'
      COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count) COMP_TYPE=9
      COMP_WORDS=(\(list)) COMP_CWORD=\(words.count - 1)
      _tcptimeline tcptimeline '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    return try run("/bin/bash", ["-c", script])
  }

  /// The candidates that fish offers, without what it says of them.
  private func fish(completing line: String) throws -> [String] {
    let scratch = try Scratch()
    try scratch.write(
      try Program().run("--generate-completion-script", "fish").output, "tcptimeline.fish")
    let script = """
      set -x HOME '\(scratch.folder.path)'; source '\(scratch.path("tcptimeline.fish"))'
      complete -C '\(line)'
      """
    return try run("/usr/bin/fish", ["--no-config", "-c", script])
      .map { String($0.prefix { $0 != "\t" }) }
  }

  /// What zsh's own completion adds, in a shell with a terminal of its own.
  private func zsh(completing line: String) throws -> [String] {
    let scratch = try Scratch()
    try scratch.write(
      try Program().run("--generate-completion-script", "zsh").output, "_tcptimeline")
    try scratch.write([], "offered")
    let setup = """
      PS1=; fpath=('\(scratch.folder.path)' $fpath)
      autoload -U compinit; compinit -u -d '\(scratch.path("dump"))'
      compadd () {
        local -a hits
        builtin compadd -O hits "$@"
        print -rl -- $hits >> '\(scratch.path("offered"))'
        builtin compadd "$@"
      }
      bindkey '^I' complete-word
      setopt no_beep; print ready > '\(scratch.path("ready"))'

      """
    try scratch.write(Array(setup.utf8), "setup")
    let driver = """
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell "cd '\(Repository.root.path)'; source '\(scratch.path("setup"))'"
      repeat 100; do [[ -s '\(scratch.path("ready"))' ]] && break; sleep 0.1; done
      zpty -w -n shell $'\(line)\t'
      repeat 50; do sleep 0.1; [[ -s '\(scratch.path("offered"))' ]] && break; done
      sleep 0.3
      zpty -d shell
      """
    _ = try run("/usr/bin/zsh", ["-f", "-c", driver])
    return String(decoding: try scratch.read("offered"), as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }

  private func run(_ shell: String, _ arguments: [String]) throws -> [String] {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["--default-signal", "timeout", "60", shell] + arguments
    process.currentDirectoryURL = Repository.root
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
