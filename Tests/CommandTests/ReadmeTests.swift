import Foundation
import TestSupport
import Testing

/// The pages of the manual are true: console examples are what the program writes, links lead
/// somewhere. The examples are recorded again with the samples:
/// `TCPTIMELINE_RECORD=1 swift test --filter ReadmeTests`.
@Suite struct ReadmeTests {
  @Test(arguments: Manual.pages)
  func examplesAreReal(page: String) throws {
    let text = try Manual.text(of: page)
    var lines: [Substring] = []
    var isExample = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if isExample, line != "```" { continue }
      isExample = false
      lines.append(line)
      guard line.hasPrefix("$ tcptimeline "), lines.dropLast().last == "```console" else {
        continue
      }
      let result = try Program().run(line.split(separator: " ").dropFirst(2).map(String.init))
      // What is refused is said on standard error; a terminal shows both.
      #expect((result.status == 0) == result.errors.isEmpty)
      lines += (result.text + result.errors).dropLast()
        .split(separator: "\n", omittingEmptySubsequences: false).map { Substring(String($0)) }
      isExample = true
    }
    let real = lines.joined(separator: "\n")
    if ProcessInfo.processInfo.environment["TCPTIMELINE_RECORD"] != nil {
      let file = Repository.root.appendingPathComponent(page)
      try real.write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(text == real, "\(page)")
    }
  }

  @Test func theReadmeHasExamples() throws {
    #expect(try Manual.text(of: "README.md").split(separator: "$ tcptimeline ").count >= 4)
  }

  // MARK: Links

  @Test(arguments: Manual.pages)
  func everyLinkLeadsSomewhere(page: String) throws {
    let text = Self.withoutCode(try Manual.text(of: page))
    let folder = Repository.root.appendingPathComponent(page).deletingLastPathComponent()
    let links =
      text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.output.1) }
      + text.matches(of: /(?:src|srcset|href)="([^"]+)"/).map { String($0.output.1) }
    for link in links where !link.contains("://") && !link.hasPrefix("mailto:") {
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let target =
        parts[0].isEmpty
        ? Repository.root.appendingPathComponent(page)
        : folder.appendingPathComponent(String(parts[0]))
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(atPath: target.path, isDirectory: &isFolder)
      #expect(isThere, "\(page): \(link)")
      // The site of `make docs` has files, and those of some folders alone.
      let place = target.standardizedFileURL.path.dropFirst(Repository.root.path.count + 1)
      let isOnSite = try Self.onSite().contains { place == $0 || place.hasPrefix($0 + "/") }
      #expect(!isFolder.boolValue && isOnSite, "\(page): the site has no \(link)")
      if isThere, parts.count == 2, target.pathExtension == "md" {
        let headings = Self.anchors(of: try String(contentsOf: target, encoding: .utf8))
        #expect(headings.contains(String(parts[1])), "\(page): \(link)")
      }
    }
  }

  /// What the site's script copies.
  private static func onSite() throws -> [String] {
    let script = try Manual.text(of: "docs/site.sh")
    let copy = try #require(script.firstMatch(of: /(?m)^cp -r (.*) "\$pages"$/))
    return copy.output.1.split(separator: " ").map(String.init)
  }

  private static func withoutCode(_ text: String) -> String {
    Manual.withoutBlocks(text).replacing(/`[^`\n]*`/, with: "")
  }

  /// As GitHub names headings.
  private static func anchors(of text: String) -> Set<String> {
    let lines = Manual.withoutBlocks(text).split(separator: "\n")
    return Set(
      lines.filter { $0.hasPrefix("#") }.map { line in
        let title = line.drop { $0 == "#" || $0 == " " }.lowercased()
        return String(
          title.compactMap { character -> Character? in
            if character == " " { return "-" }
            return character.isLetter || character.isNumber || "-_".contains(character)
              ? character : nil
          })
      })
  }
}
