import Foundation
import TestSupport
import Testing

@Suite struct VersionTests {
  /// The newest release of CHANGELOG.md is what the program says it is.
  @Test func changelogAndProgramAgree() throws {
    let file = Repository.root.appendingPathComponent("CHANGELOG.md")
    let heading = try #require(
      String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        .first { $0.hasPrefix("## [") && !$0.contains("Unreleased") })
    let version = heading.dropFirst(4).prefix { $0 != "]" }
    #expect(heading.contains(/^## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/))
    let said = try Program().run("--version").text
    #expect(said.split { $0 == " " || $0 == "\n" }.prefix(2) == ["tcptimeline", version])
  }
}
