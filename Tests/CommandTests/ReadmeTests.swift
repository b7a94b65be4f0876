import Foundation
import TestSupport
import Testing

/// The pages of the manual are true: console examples are what the program writes, commands run, links
/// lead somewhere. The examples are recorded again with the samples:
/// `TCPTIMELINE_RECORD=1 swift test --filter ReadmeTests`.
@Suite struct ReadmeTests {
  /// Relative to the repository.
  private static let pages: [String] = {
    let docs = Repository.root.appendingPathComponent("docs")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: docs.path)) ?? []
    return ["README.md", "CONTRIBUTING.md", "Samples/README.md"]
      + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
  }()

  /// Those whose every command runs as it stands: they name no capture that a reader has to bring.
  private static let wholePages = [
    "docs/gallery.md", "docs/lessons.md", "docs/mistakes.md", "docs/mistakes.ko.md", "docs/mcp.md",
    "docs/slow.md", "docs/reading.md", "docs/comparison.md", "docs/embedding.md",
    "docs/names.md", "docs/services.md", "docs/both-ends.md",
  ]

  private static func text(of page: String) throws -> String {
    try String(contentsOf: Repository.root.appendingPathComponent(page), encoding: .utf8)
  }

  @Test(arguments: pages)
  func examplesAreReal(page: String) throws {
    let text = try Self.text(of: page)
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
    #expect(try Self.text(of: "README.md").split(separator: "$ tcptimeline ").count >= 4)
  }

  // MARK: Commands

  private static let commands: [String] = wholePages.flatMap { page in
    blocks("sh", of: (try? text(of: page)) ?? "").flatMap { $0 }.map { line in
      String(line.prefix { $0 != "#" })
    }
  }

  /// The lines of the blocks of a language.
  private static func blocks(_ language: String, of text: String) -> [[Substring]] {
    var blocks: [[Substring]] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "```" + language {
        blocks.append([])
        isInside = true
      } else if line.hasPrefix("```") {
        isInside = false
      } else if isInside, !line.isEmpty {
        blocks[blocks.count - 1].append(line)
      }
    }
    return blocks
  }

  /// In a folder that has the samples, and takes what is written.
  @Test func everyCommandOfTheManualRuns() throws {
    let scratch = try Scratch()
    let files = FileManager.default
    for folder in ["docs/gallery", "docs/mistakes", "docs/both-ends"] {
      try files.createDirectory(
        at: scratch.folder.appendingPathComponent(folder), withIntermediateDirectories: true)
    }
    for link in ["Samples", "docs/examples"] {
      try files.createSymbolicLink(
        at: scratch.folder.appendingPathComponent(link),
        withDestinationURL: Repository.root.appendingPathComponent(link))
    }
    #expect(Self.commands.count > 40)
    for command in Self.commands {
      let words = command.split(separator: " ").map(String.init)
      guard words.first == "tcptimeline" else { continue }
      let result = try Program(folder: scratch.folder).run(Array(words.dropFirst()))
      #expect(result.status == 0, "\(command): \(result.errors)")
    }
  }

  // MARK: Links

  @Test(arguments: pages)
  func everyLinkLeadsSomewhere(page: String) throws {
    let text = Self.withoutCode(try Self.text(of: page))
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
      let isThere = FileManager.default.fileExists(atPath: target.path)
      #expect(isThere, "\(page): \(link)")
      if isThere, parts.count == 2, target.pathExtension == "md" {
        let headings = Self.anchors(of: try String(contentsOf: target, encoding: .utf8))
        #expect(headings.contains(String(parts[1])), "\(page): \(link)")
      }
    }
  }

  private static func withoutCode(_ text: String) -> String {
    text.replacing(/(?m)^```[\s\S]*?^```/, with: "").replacing(/`[^`\n]*`/, with: "")
  }

  /// As GitHub names headings.
  private static func anchors(of text: String) -> Set<String> {
    let lines = text.replacing(/(?m)^```[\s\S]*?^```/, with: "").split(separator: "\n")
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
