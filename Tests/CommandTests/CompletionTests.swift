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
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = Repository.root
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
