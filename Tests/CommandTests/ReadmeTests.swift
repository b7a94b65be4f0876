import Foundation
import TestSupport
import Testing

/// The console examples in the README are what the program writes. They are recorded again with
/// the samples: `TCPTIMELINE_RECORD=1 swift test --filter ReadmeTests`.
@Suite struct ReadmeTests {
  @Test func examplesAreReal() throws {
    let file = Repository.root.appendingPathComponent("README.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    var lines: [Substring] = []
    var examples = 0
    var isExample = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if isExample, line != "```" { continue }
      isExample = false
      lines.append(line)
      guard line.hasPrefix("$ tcptimeline "), lines.dropLast().last == "```console" else {
        continue
      }
      let result = try Program().run(line.split(separator: " ").dropFirst(2).map(String.init))
      #expect(result.status == 0)
      lines += result.text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        .map { Substring(String($0)) }
      examples += 1
      isExample = true
    }
    let real = lines.joined(separator: "\n")
    #expect(examples >= 3)
    if ProcessInfo.processInfo.environment["TCPTIMELINE_RECORD"] != nil {
      try real.write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(text == real)
    }
  }
}
